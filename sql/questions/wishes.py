"""Wishes and locks of one analyzer as people follow them, and what a new one would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.records import WishKind, WishState
from prepaid.supply import Answer
from prepaid.switching import Evidence
from prepaid.wishes import REASONS, SUPPLY_KINDS, Course, Obstacle, Prospect, lock_obstacle, prospect, without_locks
from sql.facts import facts_now
from sql.questions.analyzers import permit_analyzer
from sql.questions.rows import columns_of, newest
from sql.tables import locks, supply_changes, supply_states, wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLine:
    """A wish about one supply and how far it has come. `ended_by` is the person who ended it before its time."""

    wish_id: int
    kind: WishKind
    state: WishState
    reason: str
    asked_by: str
    until_at: datetime
    ended_at: datetime | None
    result: str | None
    ended_by: str | None
    course: Course

    @property
    def is_open(self) -> bool:
        return self.state in (WishState.OPEN, WishState.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A safety lock; `removed_at` None: it is in place."""

    lock_id: int
    owner: str
    user_id: int | None
    reason: str
    phone: str
    placed_at: datetime
    removed_at: datetime | None
    removed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospects:
    """What each act would do now. `after_locks`: what the rules say once the last lock is gone (None: no account)."""

    wishes: Mapping[WishKind, Prospect]
    lock_obstacle: Obstacle | None
    after_locks: Answer | None


def wishes_of(
    conn: Connection, viewer: Viewer, analyzer_id: int, now: datetime, most: int = 20
) -> tuple[WishLine, ...]:
    """Wishes about the supply of the analyzer, newest first. One whose time is over counts as expired, whether or not
    the enforcer has noted it."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    latest = supply_changes.alias("latest")
    change_of = (
        sa.select(sa.func.max(latest.c.id))
        .where(latest.c.analyzer_id == wishes.c.analyzer_id, latest.c.wish_id == wishes.c.id)
        .correlate(wishes)
        .scalar_subquery()
    )
    steps = ("decided_at", "written_at", "confirmed_at", "proven_at", "progress", "evidence", "tries", "error")
    question = (
        sa.select(wishes, *(supply_changes.c[name].label(f"change_{name}") for name in steps))
        .add_columns(supply_states.c.answer_reason)
        .select_from(wishes)
        .outerjoin(supply_changes, supply_changes.c.id == change_of)
        .outerjoin(supply_states, supply_states.c.analyzer_id == wishes.c.analyzer_id)
        .where(wishes.c.analyzer_id == analyzer_id, wishes.c.kind.in_(sorted(SUPPLY_KINDS)))
    )
    return tuple(_wish(row, now) for row in newest(conn, question, wishes.c.id, most))


def locks_of(conn: Connection, viewer: Viewer, analyzer_id: int, most: int = 20) -> tuple[Lock, ...]:
    """Safety locks of the analyzer, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = sa.select(*columns_of(locks, Lock, but={"lock_id"}), locks.c.id.label("lock_id")).where(
        locks.c.analyzer_id == analyzer_id
    )
    return tuple(Lock(**row) for row in newest(conn, question, locks.c.id, most))


def prospects(conn: Connection, viewer: Viewer, analyzer_id: int, now: datetime) -> Prospects:
    """What each act would do, as the enforcer's own decision says, from the facts it would read now."""
    site_id = permit_analyzer(conn, viewer, Right.ASK_ENFORCER, analyzer_id)
    facts, state = facts_now(conn, site_id, analyzer_id, now)
    return Prospects(
        wishes={kind: prospect(kind, facts, state.supply) for kind in sorted(SUPPLY_KINDS)},
        lock_obstacle=lock_obstacle(facts),
        after_locks=None if facts is None else without_locks(facts),
    )


def _wish(row: Mapping[str, Any], now: datetime) -> WishLine:
    over = row["ended_at"] is None and row["until_at"] <= now
    is_open = row["ended_at"] is None and not over
    return WishLine(
        wish_id=row["id"],
        kind=row["kind"],
        state=WishState.EXPIRED if over else row["state"],
        reason=row["reason"],
        asked_by=row["asked_by"],
        until_at=row["until_at"],
        ended_at=row["until_at"] if over else row["ended_at"],
        result=row["result"],
        ended_by=(row["details"] or {}).get("ended_by"),
        course=Course(
            asked_at=row["asked_at"],
            taken_at=row["change_decided_at"],
            written_at=row["change_written_at"],
            confirmed_at=row["change_confirmed_at"],
            proven_at=row["change_proven_at"],
            progress=row["change_progress"],
            evidence=row["change_evidence"] or Evidence.NONE,
            tries=row["change_tries"] or 0,
            error=row["change_error"],
            in_force=is_open and row["answer_reason"] is REASONS[row["kind"]],
        ),
    )
