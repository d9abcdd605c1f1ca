"""Readings: the live state of each analyzer, and history at its own interval. The hot path of a pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.meter import Verdict
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from prepaid.records import Reading
from sql.hot import Hot, instants
from sql.tables import analyzer_states, analyzers, readings

LATE_AT_ONCE = 500
_VALUES = (*Measures._fields, *Status._fields, *Energies._fields)
_LINK = (
    "link",
    "link_since_at",
    "failures",
    "link_error",
    "try_at",
    "answer_ms",
    "reads_due",
    "reads_on_time",
    "reads_late",
    "reads_missed",
)
_LIVE = (
    "read_at",
    "serial_number",
    "verdict",
    "why",
    "accepted_at",
    "recorded_bits",
    "open_bits",
    "open_bits_at",
    *_VALUES,
)
_HISTORY = ("read_at", "analyzer_id", "verdict", *_VALUES, *PhaseEnergies._fields)


LIVE_STATES = Hot(analyzer_states, _LIVE, of=("analyzer_id",))
_SAVE_LINK = Hot(analyzer_states, _LINK, of=("analyzer_id",))
HISTORY = Hot(readings, _HISTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """A reading with what metering made of it."""

    reading: Reading
    verdict: str
    why: str
    accepted_at: datetime | None
    recorded_bits: int
    open_bits: int
    open_bits_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """How the connection to an analyzer stands, and how many of its reads came in time."""

    analyzer_id: int
    link: str
    link_since_at: datetime | None
    failures: int
    link_error: str | None
    try_at: datetime | None
    answer_ms: float | None
    reads_due: int
    reads_on_time: int
    reads_late: int
    reads_missed: int


_WITHOUT_STATE = (
    sa.select(analyzers.c.id)
    .outerjoin(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), analyzer_states.c.analyzer_id.is_(None))
)


def ensure_states(conn: Connection, site_id: int) -> None:
    """Gives every analyzer of the site its one live row."""
    missing = conn.scalars(_WITHOUT_STATE, {"site_id": site_id}).all()
    if missing:
        zero = dict.fromkeys(
            ("failures", "recorded_bits", "open_bits", "reads_due", "reads_on_time", "reads_late", "reads_missed"), 0
        )
        conn.execute(
            analyzer_states.insert(), [{"analyzer_id": each, "link": "connecting", **zero} for each in missing]
        )


_SERIALS = (
    sa.select(analyzer_states.c.analyzer_id, analyzer_states.c.serial_number)
    .join(analyzers, analyzers.c.id == analyzer_states.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), analyzer_states.c.serial_number.is_not(None))
)


def last_serials(conn: Connection, site_id: int) -> dict[int, str]:
    """The serial number that answered last at each analyzer of the site."""
    return {row.analyzer_id: row.serial_number for row in conn.execute(_SERIALS, {"site_id": site_id})}


def save_live(conn: Connection, rows: Sequence[LiveRow]) -> None:
    """Writes the live state of the analyzers that were read in this pass."""
    moment = instants(conn)
    LIVE_STATES.execute(
        conn,
        [
            (
                moment(row.reading.read_at),
                row.reading.serial_number,
                row.verdict,
                row.why,
                moment(row.accepted_at),
                row.recorded_bits,
                row.open_bits,
                moment(row.open_bits_at),
                *_values(row.reading),
                row.reading.analyzer_id,
            )
            for row in rows
        ],
    )


def save_links(conn: Connection, rows: Sequence[LinkRow]) -> None:
    """Writes how the connections stand."""
    moment = instants(conn)
    _SAVE_LINK.execute(
        conn,
        [
            (
                row.link,
                moment(row.link_since_at),
                row.failures,
                row.link_error,
                moment(row.try_at),
                row.answer_ms,
                row.reads_due,
                row.reads_on_time,
                row.reads_late,
                row.reads_missed,
                row.analyzer_id,
            )
            for row in rows
        ],
    )


def append_history(conn: Connection, rows: Sequence[tuple[Reading, str]], *, perhaps_again: bool = False) -> None:
    """Appends history rows (reading, verdict), by their instants. One that is there already is left out: only what was
    judged late can be one, but where rows are written `perhaps_again` after a crash."""
    moment = instants(conn)
    rows = _without_repeats(conn, rows, perhaps_again=perhaps_again)
    HISTORY.execute(
        conn,
        [
            (
                moment(reading.read_at),
                reading.analyzer_id,
                verdict,
                *_values(reading),
                *(reading.phases or (None,) * len(PhaseEnergies._fields)),
            )
            for reading, verdict in sorted(rows, key=lambda row: row[0].read_at)
        ],
    )


def _without_repeats(
    conn: Connection, rows: Sequence[tuple[Reading, str]], *, perhaps_again: bool
) -> Sequence[tuple[Reading, str]]:
    """Without what repeats a row in the table, or one among these."""
    doubtful = [reading for reading, verdict in rows if perhaps_again or verdict == Verdict.LATE]
    if not doubtful:
        return rows
    known = {
        (each.read_at, each.analyzer_id) for each, verdict in rows if not perhaps_again and verdict != Verdict.LATE
    }
    for start in range(0, len(doubtful), LATE_AT_ONCE):
        some = doubtful[start : start + LATE_AT_ONCE]
        question = sa.select(readings.c.read_at, readings.c.analyzer_id).where(
            readings.c.read_at.in_({each.read_at for each in some}),
            readings.c.analyzer_id.in_({each.analyzer_id for each in some}),
        )
        known.update((row.read_at, row.analyzer_id) for row in conn.execute(question))
    fresh = []
    for reading, verdict in rows:
        key = (reading.read_at, reading.analyzer_id)
        if not (perhaps_again or verdict == Verdict.LATE) or key not in known:
            fresh.append((reading, verdict))
            known.add(key)
    return fresh


def _values(reading: Reading) -> tuple[Any, ...]:
    """All values of a reading as the databases take them: what is no number becomes NULL."""
    measures: tuple[float | None, ...] = reading.measures
    if not math.isfinite(sum(reading.measures)):
        measures = tuple(value if math.isfinite(value) else None for value in reading.measures)
    neutral = reading.status.neutral_current_a
    status = reading.status if math.isfinite(neutral) else (*reading.status[:-1], None)
    return (*measures, *status, *(value if value is None or abs(value) < 2**63 else None for value in reading.energies))
