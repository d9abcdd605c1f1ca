"""What a decision depends on, by ONE statement: asked in the moment before each frame, and for people who ask.

The no-cut windows of site and account, which no entry changes, are read next to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.accounts import live_balance
from prepaid.no_cut import NoCutHours, window_floor
from prepaid.records import AccountKind, Stage, Wiring
from prepaid.supply import Facts
from prepaid.switching import SupplyState
from prepaid.units import ZERO, add, negative
from prepaid.wishes import SUPPLY_KINDS
from sql.accounts import emergency_credit_in_force, open_ground, price_in_force
from sql.commissioning import passed_record
from sql.holds import provisional_of
from sql.leases import Lease
from sql.no_cut import daily_amount_of, load_hours_of
from sql.open_wishes import PAUSED_UNTIL
from sql.supply import lent_of
from sql.tables import (
    account_heads,
    accounts,
    analyzer_states,
    analyzers,
    assignments,
    bases,
    commissionings,
    crossings,
    holds,
    leases,
    locks,
    supply_states,
    wishes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What the database says in the moment before a frame: the facts of the decision, and whether the lease is ours."""

    facts: Facts
    entry_no: int
    lease_ends_at: datetime | None


def look_again(conn: Connection, lease: Lease, analyzer_id: int, state: SupplyState, now: datetime) -> Fresh | None:
    """Balance, wishes, locks, notice and lease by ONE statement, in the moment before a frame. None: it is gone."""
    rows = _ask(conn, lease.site_id, analyzer_id, now)
    own = next((row for row in rows if row.id == analyzer_id), None)
    if own is None:
        return None
    held = own.lease_token == lease.token and own.lease_holder == lease.holder
    hours = load_hours_of(conn, lease.site_id, own.account_id)
    return Fresh(
        facts=_facts(own, live_balance(own.balance, open_ground(rows)), state, hours, now),
        entry_no=own.entry_no,
        lease_ends_at=own.lease_ends_at if held else None,
    )


def facts_now(conn: Connection, site_id: int, analyzer_id: int, now: datetime) -> tuple[Facts | None, SupplyState]:
    """What a decision about this analyzer depends on, for people who ask what a wish or a lock would do.

    No facts: it has no account yet. Of the state only supply, reason and whether it is lent to a test are read.
    """
    recorded = conn.execute(_RECORDED, {"analyzer_id": analyzer_id}).one_or_none()
    state = SupplyState()
    if recorded is not None:
        lent = lent_of(recorded.lent_to_wish_id, recorded.lent_cut_until_at)
        state = SupplyState(supply=recorded.supply, reason=recorded.reason, lent=lent)
    rows = _ask(conn, site_id, analyzer_id, now)
    own = next((row for row in rows if row.id == analyzer_id), None)
    if own is None:
        return None, state
    hours = load_hours_of(conn, site_id, own.account_id)
    return _facts(own, live_balance(own.balance, open_ground(rows)), state, hours, now), state


def _facts(own: Any, live: Decimal, state: SupplyState, hours: NoCutHours, now: datetime) -> Facts:
    return Facts(
        now=now,
        live_balance=add(live, negative(own.provisional_amount or ZERO)),
        locked=bool(own.is_locked),
        switchable=own.wiring is not Wiring.NONE,
        commissioned=bool(own.is_commissioned),
        trial_cut_until=None if state.lent is None else state.lent.cut_until,
        wish=own.wish_kind,
        wish_until=own.wish_until_at,
        exempt=bool(own.account_exempt or own.exempt or own.kind is AccountKind.HOUSE),
        cut_for_credit=state.cut_for_credit,
        emergency_credit=own.emergency_credit,
        restore_threshold=own.restore_threshold,
        enforced=own.stage is Stage.ENFORCED,
        paused_until=own.paused_until_at,
        window_until=hours.protects_until(own.account_id, now),
        window_floor=window_floor(own.debt_floor, own.daily_amount),
        hold_protects=bool(own.is_protected),
        notice_until=own.notice_until_at,
        guarded=own.guarded_at is not None,
    )


def _ask(conn: Connection, site_id: int, analyzer_id: int, now: datetime) -> Sequence[Any]:
    return conn.execute(_FACTS, {"site_id": site_id, "analyzer_id": analyzer_id, "now": now}).all()


def _question() -> sa.Select[Any]:
    """A row for each open base of the account that the analyzer belongs to, by `site_id`, `analyzer_id` and `now`."""
    account_of = (
        sa.select(assignments.c.account_id)
        .where(
            assignments.c.analyzer_id == sa.bindparam("analyzer_id"),
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
            wishes.c.until_at > sa.bindparam("now"),
            wishes.c.kind.in_(sorted(SUPPLY_KINDS)),
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
            emergency_credit_in_force().label("emergency_credit"),
            accounts.c.restore_threshold,
            accounts.c.id.label("account_id"),
            accounts.c.debt_floor,
            daily_amount_of(accounts.c.id).label("daily_amount"),
            crossings.c.notice_until_at,
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
            _yes(_protected()).label("is_protected"),
            crossings.c.guarded_at,
            PAUSED_UNTIL.label("paused_until_at"),
            provisional_of(accounts.c.id).label("provisional_amount"),
        )
        .select_from(assignments)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .join(account_heads, account_heads.c.account_id == accounts.c.id)
        .outerjoin(crossings, crossings.c.account_id == accounts.c.id)
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
    return (
        sa.exists()
        .select_from(commissionings)
        .where(passed_record(analyzer_states.c.serial_number), analyzer_states.c.analyzer_id == analyzers.c.id)
    )


def _protected() -> sa.Exists:
    """Some analyzer of the account is in a hold that protects it."""
    sibling = assignments.alias("sibling")
    return sa.exists().where(
        holds.c.analyzer_id == sibling.c.analyzer_id,
        holds.c.ended_at.is_(None),
        holds.c.protects_until_at > sa.bindparam("now"),
        sibling.c.account_id == accounts.c.id,
        sibling.c.from_at.is_not(None),
        sibling.c.until_at.is_(None),
    )


_FACTS = _question()
_RECORDED = sa.select(
    *(supply_states.c[name] for name in ("supply", "reason", "lent_to_wish_id", "lent_cut_until_at"))
).where(supply_states.c.analyzer_id == sa.bindparam("analyzer_id"))
