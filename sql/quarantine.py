"""Unfit readings, kept as evidence in bounded number: the first of each kind in an hour, the rest counted on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.evidence import Kept, Kind, Row
from prepaid.records import Reading
from sql.lists import Numbers, among
from sql.tables import quarantined_readings

PURGED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A reading that was not used, and why; the counters are those of grid and generator."""

    reading: Reading
    verdict: str
    why: str
    counters: tuple[int | None, int | None]

    @property
    def kind(self) -> Kind:
        reading = self.reading
        return Kind(reading.analyzer_id, self.verdict, self.why[:200], reading.serial_number[:32])


_COUNT = (
    quarantined_readings.update()
    .where(quarantined_readings.c.id == sa.bindparam("key"))
    .values(times=quarantined_readings.c.times + sa.bindparam("more"), last_read_at=sa.bindparam("until"))
)


def keep_refused(conn: Connection, refused: Sequence[Refused]) -> None:
    """Keeps or counts each of them. What is there already is asked, so that no restart begins the count anew."""
    if not refused:
        return
    kept: Kept[Refused] = Kept(_rows_of_the_hour(conn, refused))
    for each in refused:
        kept.add(each.kind, each.reading.read_at, each)
    if kept.new:
        conn.execute(quarantined_readings.insert(), [_values(row) for row in kept.new])
    if kept.counted:
        conn.execute(_COUNT, [{"key": row.key, "more": row.more, "until": row.last_at} for row in kept.counted])


def purge_refused(conn: Connection, before: datetime) -> int:
    """Removes what is older than the instant from a slice of the first rows; answers how many went. Rows are numbered
    as they came, so nothing behind a first row that is young enough is looked at."""
    first = (
        sa.select(quarantined_readings.c.id, quarantined_readings.c.read_at)
        .order_by(quarantined_readings.c.id)
        .limit(PURGED_AT_ONCE)
        .subquery("first_rows")
    )
    old = sa.select(first.c.id).where(first.c.read_at < before)
    return conn.execute(quarantined_readings.delete().where(quarantined_readings.c.id.in_(old))).rowcount


_OF_THE_HOUR = (
    sa.select(
        quarantined_readings.c.id,
        quarantined_readings.c.analyzer_id,
        quarantined_readings.c.read_at,
        quarantined_readings.c.verdict,
        quarantined_readings.c.why,
        quarantined_readings.c.serial_number,
    )
    .where(
        among(quarantined_readings.c.analyzer_id, sa.bindparam("analyzer_ids", type_=Numbers)),
        quarantined_readings.c.read_at >= sa.bindparam("from_at"),
    )
    .order_by(quarantined_readings.c.id)
)


def _rows_of_the_hour(conn: Connection, refused: Sequence[Refused]) -> dict[int, list[Row[Refused]]]:
    newest_at = max(each.reading.read_at for each in refused)
    asked = {
        "analyzer_ids": {each.reading.analyzer_id for each in refused},
        "from_at": newest_at.replace(minute=0, second=0, microsecond=0),
    }
    found: dict[int, list[Row[Refused]]] = {}
    for row in conn.execute(_OF_THE_HOUR, asked):
        kind = Kind(row.analyzer_id, row.verdict, row.why, row.serial_number)
        found.setdefault(row.analyzer_id, []).append(Row(kind=kind, read_at=row.read_at, key=row.id))
    return found


def _values(row: Row[Refused]) -> dict[str, object]:
    refused = row.reading
    assert refused is not None, "a new row is made of a reading"
    grid_wh, generator_wh = refused.counters
    return {
        "analyzer_id": row.kind.analyzer_id,
        "read_at": row.read_at,
        "last_read_at": row.last_at or row.read_at,
        "times": 1 + row.more,
        "verdict": row.kind.verdict,
        "why": row.kind.why,
        "serial_number": row.kind.serial_number,
        "grid_counter": str(grid_wh)[:40],
        "generator_counter": str(generator_wh)[:40],
        "diagnostics": refused.reading.status.diagnostics,
    }
