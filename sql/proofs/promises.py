"""Invariants 4 and 5, as far as rows tell: out of credit is cut, recharged is on again, within the promised time.

What stands now is decided again from the rows, and judged only where nothing else can explain it: the enforcer works,
reads that analyzer, nothing happened to it lately, and its device refused nothing. What is over is judged by the
readings of the meantime: an analyzer that was read for longer than promised could have been switched.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import Level
from prepaid.language import _
from prepaid.records import Stage
from prepaid.settings import SiteSettings
from prepaid.supply import Answer, Reason, decide
from prepaid.switching import CREDIT_REASONS, Supply
from prepaid.units import ZERO
from sql.facts import facts_now
from sql.operation import incomer_in_range
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.sites import load_settings
from sql.tables import (
    accounts,
    analyzer_states,
    analyzers,
    assignments,
    crossings,
    entries,
    events,
    heartbeats,
    readings,
    supply_changes,
    supply_states,
    wishes,
)

FRESH = timedelta(seconds=60)
ANSWERING = "answering"
MOVING = ("wish.", "lock.", "account.", "enforcer.", "assignment.", "guard.", "connecting.")
"""Acts after which a change may have come later than promised."""
PROTECTING = frozenset({Reason.CLOCK, Reason.WINDOW, Reason.NOTICE, Reason.GUARD, Reason.PAUSED, Reason.HOLD})
"""Why the enforcer may keep a supply on although a cut is due; some of it is not in rows."""


def prove_promises(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """What stands at the instant of the proof, then what was done in the scope."""
    if scope.now is not None:
        yield from _standing(conn, scope.now)
    yield from _done(conn, scope)


def _standing(conn: Connection, now: datetime) -> Iterator[Breach]:
    due = list(_due(conn, now))
    places = sum(row["supply"] is Supply.CUT for row in due)
    settings: dict[int, SiteSettings] = {}
    found = 0
    for row in due:
        known = settings.setdefault(row["site_id"], load_settings(conn, row["site_id"]))
        is_cut = row["supply"] is Supply.CUT
        if is_cut and not incomer_in_range(conn, row["site_id"]):
            continue
        patience = _restore(known, places) if is_cut else timedelta(seconds=float(known.promised_cut_s))
        if now - _moved_at(conn, row) <= patience:
            continue
        if is_cut:
            said = _("{analyzer} is still cut for credit at {live_balance}, above the restore threshold.")
            yield told(4, "supply.still_cut", said, row, "id")
        else:
            said = _("{analyzer} is out of credit at {live_balance}, reachable and not cut.")
            yield told(5, "supply.not_cut", said, row, "id")
        found += 1
        if found == MOST_TOLD:
            return


def _due(conn: Connection, now: datetime) -> Iterator[dict[str, Any]]:
    """The suspects that are to be switched, each decided by one statement, with their live balance."""
    for row in conn.execute(_suspects(now)).mappings().all():
        facts, _state = facts_now(conn, row["site_id"], row["id"], now)
        wanted = Answer.ON if row["supply"] is Supply.CUT else Answer.CUT
        if facts is not None and decide(facts).answer is wanted:
            yield {**row, "live_balance": facts.live_balance}


def _suspects(now: datetime) -> sa.Select[Any]:
    """Analyzers that are cut for credit, or on although their account has run out, where the enforcer works and reads
    them and no try to switch them has failed."""
    failing = sa.exists().where(
        supply_changes.c.analyzer_id == analyzers.c.id, supply_changes.c.ended_at.is_(None), supply_changes.c.tries > 0
    )
    return (
        sa.select(
            analyzers.c.id,
            analyzers.c.site_id,
            analyzers.c.name.label("analyzer"),
            accounts.c.id.label("account_id"),
            supply_states.c.supply,
            crossings.c.exhausted_at,
            analyzer_states.c.link_since_at,
            heartbeats.c.started_at,
        )
        .join(assignments, assignments.c.analyzer_id == analyzers.c.id)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .join(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .join(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .join(heartbeats, sa.and_(heartbeats.c.site_id == analyzers.c.site_id, heartbeats.c.process == "enforcer"))
        .outerjoin(crossings, crossings.c.account_id == accounts.c.id)
        .where(
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
            accounts.c.stage == Stage.ENFORCED,
            analyzer_states.c.link == ANSWERING,
            analyzer_states.c.read_at >= now - FRESH,
            heartbeats.c.beat_at >= now - FRESH,
            sa.or_(supply_states.c.answer_reason.is_(None), supply_states.c.answer_reason.not_in(sorted(PROTECTING))),
            sa.or_(
                sa.and_(supply_states.c.supply == Supply.CUT, supply_states.c.reason.in_(sorted(CREDIT_REASONS))),
                sa.and_(supply_states.c.supply == Supply.ON, crossings.c.level == Level.EXHAUSTED),
            ),
            ~failing,
        )
        .order_by(analyzers.c.id)
    )


_OPEN_CHANGE = sa.select(sa.func.max(supply_changes.c.decided_at)).where(
    supply_changes.c.analyzer_id == sa.bindparam("analyzer_id"), supply_changes.c.ended_at.is_(None)
)
"""What was kept on by no-cut hours, a notice or a pause is due from when a pass decided so."""


def _moved_at(conn: Connection, row: Mapping[str, Any]) -> datetime:
    """When anything happened to the analyzer, its account or its site that a decision may depend on."""
    subjects = [f"analyzer:{row['id']}", f"account:{row['account_id']}", f"site:{row['site_id']}"]
    acts = conn.scalar(sa.select(sa.func.max(events.c.happened_at)).where(events.c.subject.in_(subjects)))
    of_site = sa.or_(wishes.c.analyzer_id == row["id"], wishes.c.analyzer_id.is_(None))
    over = conn.scalar(sa.select(sa.func.max(wishes.c.ended_at)).where(wishes.c.site_id == row["site_id"], of_site))
    decided_at = conn.scalar(_OPEN_CHANGE, {"analyzer_id": row["id"]})
    seen: list[datetime | None] = [row["started_at"], row["exhausted_at"], row["link_since_at"], decided_at, acts, over]
    return max(at for at in seen if at is not None)


def _done(conn: Connection, scope: Scope) -> Iterator[Breach]:
    settings: dict[int, SiteSettings] = {}
    found = 0
    rows = conn.execute(_changes(scope)).mappings().all()
    for row in rows:
        known = settings.get(row["site_id"]) or load_settings(conn, row["site_id"])
        settings[row["site_id"]] = known
        is_cut = row["reason"] is Reason.OUT_OF_CREDIT
        begun_at = row["decided_at"] if is_cut or row["credited_at"] is None else row["credited_at"]
        promised = timedelta(seconds=float(known.promised_cut_s)) if is_cut else _restore(known, 0)
        if row["confirmed_at"] - begun_at <= promised:
            continue
        patience = promised if is_cut else _restore(known, _places(rows, row, begun_at))
        if _read_for(conn, row, begun_at) <= patience or _disturbed(conn, row, begun_at):
            continue
        found += 1
        late = {**row, "took_s": round((row["confirmed_at"] - begun_at).total_seconds())}
        said = _("The supply change {id} ({wanted}) of {analyzer} took {took_s} s, although the analyzer was read.")
        yield told(5 if is_cut else 4, "supply.late", said, late, "id")
        if found == MOST_TOLD:
            return


def _changes(scope: Scope) -> sa.Select[Any]:
    """Confirmed changes for credit that no device refused. `credited_at`: when the entry was posted that brought the
    credit, where that was the last one."""
    of_entry = sa.and_(
        entries.c.account_id == supply_changes.c.account_id,
        entries.c.entry_no == supply_changes.c.entry_no,
        entries.c.amount > ZERO,
    )
    question = (
        sa.select(
            supply_changes.c.id,
            supply_changes.c.site_id,
            supply_changes.c.analyzer_id,
            supply_changes.c.account_id,
            supply_changes.c.wanted,
            supply_changes.c.reason,
            supply_changes.c.decided_at,
            supply_changes.c.confirmed_at,
            entries.c.posted_at.label("credited_at"),
            analyzers.c.name.label("analyzer"),
        )
        .join(analyzers, analyzers.c.id == supply_changes.c.analyzer_id)
        .outerjoin(entries, of_entry)
        .where(
            supply_changes.c.confirmed_at.is_not(None),
            supply_changes.c.tries == 0,
            supply_changes.c.reason.in_((Reason.OUT_OF_CREDIT, Reason.RECHARGED)),
        )
        .order_by(supply_changes.c.id)
    )
    return question if scope.since is None else question.where(supply_changes.c.decided_at >= scope.since)


def _restore(settings: SiteSettings, places: int) -> timedelta:
    slowest_per_s = float(min(settings.connect_grid_per_s, settings.connect_generator_per_s))
    return timedelta(seconds=float(settings.promised_restore_s) + places / slowest_per_s)


def _places(rows: Sequence[sa.RowMapping], late: sa.RowMapping, begun_at: datetime) -> int:
    """How many others of the site were switched on meanwhile: they may have stood before it in the queue."""
    return sum(
        row["site_id"] == late["site_id"]
        and row["wanted"] is Answer.ON
        and begun_at <= row["confirmed_at"] <= late["confirmed_at"]
        for row in rows
    )


def _read_for(conn: Connection, late: sa.RowMapping, begun_at: datetime) -> timedelta:
    """Between the first and the last reading of the analyzer in that time; raw readings are kept for some days."""
    first, last = conn.execute(
        sa.select(sa.func.min(readings.c.read_at), sa.func.max(readings.c.read_at)).where(
            readings.c.read_at.between(begun_at, late["confirmed_at"]), readings.c.analyzer_id == late["analyzer_id"]
        )
    ).one()
    return timedelta(0) if first is None else last - first


def _disturbed(conn: Connection, late: sa.RowMapping, begun_at: datetime) -> bool:
    """Whether a person or another act came between: a wish, a lock, another policy, another start of the enforcer."""
    subjects = [f"{kind}:{late[f'{kind}_id']}" for kind in ("analyzer", "account", "site")]
    question = sa.select(sa.func.count()).where(
        events.c.subject.in_(subjects),
        events.c.happened_at.between(begun_at, late["confirmed_at"]),
        sa.or_(*(events.c.action.startswith(of) for of in MOVING)),
    )
    return bool(conn.scalar(question))
