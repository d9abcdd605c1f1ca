"""The supply in the database: wishes, locks, changes with their evidence, and the one statement before each frame."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.accounts import live_balance
from prepaid.records import AccountKind, Stage, Wiring, WishKind, WishState
from prepaid.supply import Answer, Decision, Facts, Reason
from prepaid.switching import Change, Evidence, Look, Progress, Supply, SupplyState
from prepaid.units import ZERO, add, negative
from sql.accounts import open_ground, price_in_force
from sql.holds import provisional_of
from sql.leases import Lease
from sql.tables import (
    account_heads,
    accounts,
    analyzer_states,
    analyzers,
    assignments,
    bases,
    commissionings,
    holds,
    leases,
    locks,
    supply_changes,
    supply_states,
    wishes,
)

_SUPPLY_WISHES = (WishKind.CUT, WishKind.KEEP_ON, WishKind.RESTORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An open wish about one supply."""

    wish_id: int
    kind: WishKind
    until_at: datetime
    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What the database says in the moment before a frame: the facts of the decision, and whether the lease is ours."""

    facts: Facts
    entry_no: int
    lease_ends_at: datetime | None


def load_supply(conn: Connection, site_id: int) -> dict[int, SupplyState]:
    """The supply of every analyzer of the site as last recorded; those never recorded get their row now."""
    question = (
        sa.select(analyzers.c.id.label("analyzer"), supply_states, supply_changes)
        .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(
            supply_changes,
            sa.and_(supply_changes.c.analyzer_id == analyzers.c.id, supply_changes.c.ended_at.is_(None)),
        )
        .where(analyzers.c.site_id == site_id)
    )
    found: dict[int, SupplyState] = {}
    missing = []
    for row in conn.execute(question).mappings():
        analyzer_id = row["analyzer"]
        if row[supply_states.c.analyzer_id] is None:
            missing.append({"analyzer_id": analyzer_id, "supply": Supply.UNKNOWN, "seen": Supply.UNKNOWN})
            found[analyzer_id] = SupplyState()
        else:
            found[analyzer_id] = _state(row)
    if missing:
        conn.execute(supply_states.insert(), missing)
    return found


def open_wishes(conn: Connection, site_id: int, now: datetime) -> dict[int, Wish]:
    """The newest open wish about the supply of each analyzer."""
    question = (
        sa.select(wishes.c.id, wishes.c.analyzer_id, wishes.c.kind, wishes.c.until_at, wishes.c.asked_by)
        .where(
            wishes.c.site_id == site_id,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
            wishes.c.kind.in_(_SUPPLY_WISHES),
        )
        .order_by(wishes.c.id)
    )
    return {
        row.analyzer_id: Wish(wish_id=row.id, kind=row.kind, until_at=row.until_at, asked_by=row.asked_by)
        for row in conn.execute(question)
    }


def open_restore_wish(conn: Connection, analyzer_id: int, now: datetime) -> int | None:
    """The open wish to restore this analyzer's supply, if there is one."""
    found: int | None = conn.scalar(
        sa.select(sa.func.max(wishes.c.id)).where(
            wishes.c.analyzer_id == analyzer_id,
            wishes.c.kind == WishKind.RESTORE,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
        )
    )
    return found


def paused_until(conn: Connection, site_id: int, now: datetime) -> datetime | None:
    """Until when enforcement of the site is paused by a person; None when it is not."""
    found: datetime | None = conn.scalar(sa.select(_paused(site_id, now)))
    return found


def locked_analyzers(conn: Connection, site_id: int) -> set[int]:
    """Analyzers under a safety lock."""
    question = (
        sa.select(locks.c.analyzer_id)
        .join(analyzers, analyzers.c.id == locks.c.analyzer_id)
        .where(analyzers.c.site_id == site_id, locks.c.removed_at.is_(None))
    )
    return set(conn.scalars(question))


def end_wish(conn: Connection, wish_id: int, state: WishState, result: str, now: datetime) -> None:
    """Ends a wish that was carried out, refused or has expired."""
    conn.execute(
        wishes.update()
        .where(wishes.c.id == wish_id, wishes.c.ended_at.is_(None))
        .values(state=state, result=result[:400], ended_at=now)
    )


def expire_wishes(conn: Connection, site_id: int, now: datetime) -> list[int]:
    """Ends wishes whose time is over; answers their ids."""
    over = [wishes.c.site_id == site_id, wishes.c.ended_at.is_(None), wishes.c.until_at <= now]
    found = list(conn.scalars(sa.select(wishes.c.id).where(*over)))
    if found:
        conn.execute(wishes.update().where(*over).values(state=WishState.EXPIRED, ended_at=now))
    return found


def look_again(conn: Connection, lease: Lease, analyzer_id: int, state: SupplyState, now: datetime) -> Fresh | None:
    """Balance, wishes, locks and lease by ONE statement, in the moment before a frame. None: the analyzer is gone."""
    rows = conn.execute(_fresh_question(lease.site_id, analyzer_id, now)).all()
    own = next((row for row in rows if row.id == analyzer_id), None)
    if own is None:
        return None
    held = own.lease_token == lease.token and own.lease_holder == lease.holder
    return Fresh(
        facts=_facts(own, live_balance(own.balance, open_ground(rows)), state, now),
        entry_no=own.entry_no,
        lease_ends_at=own.lease_ends_at if held else None,
    )


def facts_now(conn: Connection, site_id: int, analyzer_id: int, now: datetime) -> tuple[Facts | None, SupplyState]:
    """What a decision about this analyzer depends on, for people who ask what a wish or a lock would do.

    No facts: it has no account yet. Of the state only supply and reason are read.
    """
    recorded = conn.execute(
        sa.select(supply_states.c.supply, supply_states.c.reason).where(supply_states.c.analyzer_id == analyzer_id)
    ).one_or_none()
    state = SupplyState() if recorded is None else SupplyState(supply=recorded.supply, reason=recorded.reason)
    rows = conn.execute(_fresh_question(site_id, analyzer_id, now)).all()
    own = next((row for row in rows if row.id == analyzer_id), None)
    facts = None if own is None else _facts(own, live_balance(own.balance, open_ground(rows)), state, now)
    return facts, state


def _facts(own: Any, live: Decimal, state: SupplyState, now: datetime) -> Facts:
    return Facts(
        now=now,
        live_balance=add(live, negative(own.provisional_amount or ZERO)),
        locked=bool(own.is_locked),
        switchable=own.wiring is not Wiring.NONE,
        commissioned=bool(own.is_commissioned),
        wish=own.wish_kind,
        wish_until=own.wish_until_at,
        exempt=bool(own.account_exempt or own.exempt or own.kind is AccountKind.HOUSE),
        cut_for_credit=state.cut_for_credit,
        emergency_credit=own.emergency_credit,
        restore_threshold=own.restore_threshold,
        enforced=own.stage is Stage.ENFORCED,
        paused_until=own.paused_until_at,
        hold_protects=bool(own.is_protected),
    )


def _fresh_question(site_id: int, analyzer_id: int, now: datetime) -> sa.Select[Any]:
    account_of = (
        sa.select(assignments.c.account_id)
        .where(
            assignments.c.analyzer_id == analyzer_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
        )
        .scalar_subquery()
    )
    wished = wishes.alias("wished")
    newest = (
        sa.select(sa.func.max(wishes.c.id))
        .where(
            wishes.c.analyzer_id == analyzers.c.id,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
            wishes.c.kind.in_(_SUPPLY_WISHES),
        )
        .correlate(analyzers)
        .scalar_subquery()
    )
    return (
        sa.select(
            analyzers.c.id,
            analyzers.c.wiring,
            analyzers.c.exempt,
            accounts.c.kind,
            accounts.c.stage,
            accounts.c.exempt.label("account_exempt"),
            accounts.c.emergency_credit,
            accounts.c.restore_threshold,
            account_heads.c.entry_no,
            account_heads.c.balance,
            bases.c.source,
            bases.c.highest_wh,
            bases.c.charged_wh,
            price_in_force().label("price_per_kwh"),
            wished.c.kind.label("wish_kind"),
            wished.c.until_at.label("wish_until_at"),
            leases.c.token.label("lease_token"),
            leases.c.holder.label("lease_holder"),
            leases.c.ends_at.label("lease_ends_at"),
            _yes(sa.exists().where(locks.c.analyzer_id == analyzers.c.id, locks.c.removed_at.is_(None))).label(
                "is_locked"
            ),
            _yes(_commissioned()).label("is_commissioned"),
            _yes(_protected(now)).label("is_protected"),
            _paused(site_id, now).label("paused_until_at"),
            provisional_of(accounts.c.id, now).label("provisional_amount"),
        )
        .select_from(assignments)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .join(account_heads, account_heads.c.account_id == accounts.c.id)
        .outerjoin(bases, sa.and_(bases.c.analyzer_id == analyzers.c.id, bases.c.closed_at.is_(None)))
        .outerjoin(wished, wished.c.id == newest)
        .outerjoin(leases, leases.c.site_id == analyzers.c.site_id)
        .where(
            assignments.c.account_id == account_of, assignments.c.from_at.is_not(None), assignments.c.until_at.is_(None)
        )
    )


def _yes(condition: sa.Exists) -> sa.Case[Any]:
    """A condition as 1 or 0: SQL Server has no boolean columns in a SELECT list."""
    return sa.case((condition, 1), else_=0)


def _commissioned() -> sa.Exists:
    """A passed record for the serial number that answers now."""
    return sa.exists().where(
        commissionings.c.analyzer_id == analyzers.c.id,
        commissionings.c.passed,
        commissionings.c.serial_number == analyzer_states.c.serial_number,
        analyzer_states.c.analyzer_id == analyzers.c.id,
    )


def _protected(now: datetime) -> sa.Exists:
    """Some analyzer of the account is in a hold that protects it."""
    sibling = assignments.alias("sibling")
    return sa.exists().where(
        holds.c.analyzer_id == sibling.c.analyzer_id,
        holds.c.ended_at.is_(None),
        holds.c.protects_until_at > now,
        sibling.c.account_id == accounts.c.id,
        sibling.c.from_at.is_not(None),
        sibling.c.until_at.is_(None),
    )


def _paused(site_id: int, now: datetime) -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.max(wishes.c.until_at))
        .where(
            wishes.c.site_id == site_id,
            wishes.c.kind == WishKind.PAUSE,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
        )
        .scalar_subquery()
    )


def start_change(
    conn: Connection,
    *,
    site_id: int,
    analyzer_id: int,
    account_id: int,
    serial_number: str | None,
    decision: Decision,
    live: Decimal,
    entry_no: int,
    wish_id: int | None,
    before: Look,
    at: datetime,
) -> Change:
    """A new supply change; one that was still open for the analyzer is superseded.

    `before` is what the device showed when it was decided: a kill after the frame must not lose what it proves.
    """
    conn.execute(
        supply_changes.update()
        .where(supply_changes.c.analyzer_id == analyzer_id, supply_changes.c.ended_at.is_(None))
        .values(progress=Progress.SUPERSEDED, ended_at=at)
    )
    inserted = conn.execute(
        supply_changes.insert().values(
            site_id=site_id,
            analyzer_id=analyzer_id,
            account_id=account_id,
            serial_number=serial_number,
            wanted=decision.answer,
            reason=decision.reason,
            progress=Progress.WANTED,
            live_balance=live,
            entry_no=entry_no,
            wish_id=wish_id,
            decided_at=at,
            evidence=Evidence.NONE,
            tries=0,
            current_before_a=_sum_of(before.currents_a),
        )
    )
    assert inserted.inserted_primary_key is not None, "the database numbers changes"
    change_id = int(inserted.inserted_primary_key[0])
    conn.execute(supply_states.update().where(supply_states.c.analyzer_id == analyzer_id).values(change_id=change_id))
    return Change(
        change_id=change_id,
        wanted=decision.answer,
        reason=decision.reason,
        progress=Progress.WANTED,
        decided_at=at,
        before=before,
    )


def save_change(
    conn: Connection,
    change: Change,
    *,
    at: datetime,
    evidence: Evidence = Evidence.NONE,
    error: str | None = None,
    ended: bool = False,
    after: Look | None = None,
) -> None:
    """Writes how far a change has come. The instants of its steps are set once and stay."""
    values: dict[str, Any] = {
        "progress": change.progress,
        "tries": change.tries,
        "try_at": change.try_at,
        "error": None if error is None else error[:400],
    }
    if change.before is not None:
        values["current_before_a"] = _sum_of(change.before.currents_a)
    if after is not None:
        values["current_after_a"] = _sum_of(after.currents_a)
    if evidence is not Evidence.NONE:
        values["evidence"] = evidence
    if change.alarmed:
        values["alarmed_at"] = sa.func.coalesce(
            supply_changes.c.alarmed_at, sa.bindparam("alarm", at, supply_changes.c.alarmed_at.type)
        )
    steps = {
        Progress.WRITTEN: ("written_at",),
        Progress.CONFIRMED: ("written_at", "confirmed_at"),
        Progress.PROVEN: ("written_at", "confirmed_at", "proven_at"),
    }
    for name in steps.get(change.progress, ()):
        column = supply_changes.c[name]
        values[name] = sa.func.coalesce(column, sa.bindparam(f"{name}_now", at, column.type))
    if ended:
        values["ended_at"] = at
    conn.execute(supply_changes.update().where(supply_changes.c.id == change.change_id).values(values))


def save_states(conn: Connection, rows: Mapping[int, tuple[SupplyState, Supply, Decision]], at: datetime) -> None:
    """Writes the supply, what is seen and the newest decision of analyzers where any of them changed."""
    if not rows:
        return
    conn.execute(
        supply_states.update()
        .where(supply_states.c.analyzer_id == sa.bindparam("key"))
        .values(
            supply=sa.bindparam("n_supply"),
            reason=sa.bindparam("n_reason"),
            seen=sa.bindparam("n_seen"),
            seen_at=at,
            answer=sa.bindparam("n_answer"),
            answer_reason=sa.bindparam("n_answer_reason"),
            would=sa.bindparam("n_would"),
            answer_until_at=sa.bindparam("n_until"),
            change_id=sa.bindparam("n_change"),
            restarted=sa.bindparam("n_restarted"),
            drifted_at=sa.bindparam("n_drifted"),
            load_while_cut_since_at=sa.bindparam("n_load"),
            bypass_repeats=sa.bindparam("n_repeats"),
        ),
        [
            {
                "key": analyzer_id,
                "n_supply": state.supply,
                "n_reason": state.reason,
                "n_seen": seen,
                "n_answer": decision.answer,
                "n_answer_reason": decision.reason,
                "n_would": decision.would,
                "n_until": decision.until,
                "n_change": None if state.change is None else state.change.change_id,
                "n_restarted": state.restarted,
                "n_drifted": at if state.drifted else None,
                "n_load": state.load_since,
                "n_repeats": state.repeats,
            }
            for analyzer_id, (state, seen, decision) in rows.items()
        ],
    )


def since(conn: Connection, analyzer_ids: Sequence[int], at: datetime) -> None:
    """Notes from when on the confirmed supply of these analyzers holds."""
    if analyzer_ids:
        conn.execute(
            supply_states.update().where(supply_states.c.analyzer_id == sa.bindparam("key")).values(since_at=at),
            [{"key": analyzer_id} for analyzer_id in analyzer_ids],
        )


def _state(row: sa.RowMapping) -> SupplyState:
    change = None
    if row[supply_changes.c.id] is not None:
        change = Change(
            change_id=row[supply_changes.c.id],
            wanted=Answer(row[supply_changes.c.wanted]),
            reason=Reason(row[supply_changes.c.reason]),
            progress=Progress(row[supply_changes.c.progress]),
            decided_at=row[supply_changes.c.decided_at],
            tries=row[supply_changes.c.tries],
            try_at=row[supply_changes.c.try_at],
            alarmed=row[supply_changes.c.alarmed_at] is not None,
            before=_look_before(row[supply_changes.c.current_before_a]),
        )
    return SupplyState(
        supply=row[supply_states.c.supply],
        reason=row[supply_states.c.reason],
        change=change,
        restarted=row[supply_states.c.restarted],
        drifted=row[supply_states.c.drifted_at] is not None,
        load_since=row[supply_states.c.load_while_cut_since_at],
        repeats=row[supply_states.c.bypass_repeats],
    )


def _sum_of(currents_a: tuple[float, float, float]) -> float | None:
    """The sum of the phase currents; None where one is no number, which SQL Server refuses."""
    total_a = sum(currents_a)
    return total_a if math.isfinite(total_a) else None


def _look_before(current_a: float | None) -> Look | None:
    """After a restart only the sum of the currents before the write is known. Shared out over the phases it tells load
    from none, and never takes three small currents for a load."""
    return None if current_a is None else Look(0, 0, (current_a / 3,) * 3, (0.0, 0.0, 0.0))
