"""Changes of a supply with their evidence: begun when they are decided, written on until they are proven."""

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.supply import Decision
from prepaid.switching import Change, Evidence, Look, Progress
from sql.tables import supply_changes, supply_states


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
    lock_id: int | None,
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
            lock_id=lock_id,
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


def _sum_of(currents_a: tuple[float, float, float]) -> float | None:
    """The sum of the phase currents; None where one is no number, which SQL Server refuses."""
    total_a = sum(currents_a)
    return total_a if math.isfinite(total_a) else None
