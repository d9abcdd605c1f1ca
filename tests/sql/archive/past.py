"""A building with readings of some days, as they come from analyzers: some values missing, counters of any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from prepaid.clock import ManualClock
from sql.archive.care import Cared, look_after
from sql.archive.columns import REALS, SCHEMA, WHOLES
from sql.archive.make import Done, Told, Wanted, archive_readings
from sql.archives import Archived, archives_between
from sql.connection import Database
from sql.leases import acquire
from sql.tables import leases, readings
from tests.building import MORNING, Building
from tests.sql.archive.stops import NEVER

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIRST_ON = date(2026, 1, 1)
FIRST_AT = MORNING - 4 * DAY


@dataclass(slots=True)
class Past:
    """A database whose clock moves when it is told, and the folder of its archive."""

    database: Database
    clock: ManualClock
    building: Building
    analyzer_ids: list[int]
    folder: Path

    def read(self, at: datetime, times: int = 10, every: timedelta = MINUTE, of: Sequence[int] | None = None) -> None:
        """Every analyzer is read so often from the instant on."""
        rows = [
            reading(at + number * every, analyzer_id)
            for number in range(times)
            for analyzer_id in (self.analyzer_ids if of is None else of)
        ]
        with self.database.writing() as conn:
            conn.execute(readings.insert(), rows)

    def archive(
        self,
        told: Told = lambda _step: None,
        *,
        kept: timedelta = timedelta(0),
        spare_bytes: int = 0,
        made_by: str = "here:1",
    ) -> Done:
        """What the enforcer does once an hour; the clock goes on a little, as real ones do."""
        self.clock.advance(1)
        at = self.clock.now() - kept
        wanted = Wanted(folder=self.folder, made_by=made_by, keep_from_at=at, spare_bytes=spare_bytes)
        return archive_readings(self.database, wanted, NEVER, told)

    def look_after(self, most_bytes: int = 10**9) -> Cared:
        """What the enforcer does once an hour as well."""
        self.clock.advance(1)
        return look_after(self.database, self.folder, "enforcer:1", self.clock.now(), NEVER, most_bytes)

    def holds_a_lease(self, holder: str) -> None:
        """That process is alive."""
        now = self.clock.now()
        with self.database.writing() as conn:
            conn.execute(leases.delete())
            acquire(conn, self.building.site_id, holder, now, 100 * DAY)

    def rows(self) -> list[dict[str, Any]]:
        """All that is in the database, in the order of its key."""
        with self.database.reading() as conn:
            found = conn.execute(sa.select(readings).order_by(readings.c.read_at, readings.c.analyzer_id)).mappings()
            return [dict(row) for row in found]

    def listed(self) -> Sequence[Archived]:
        with self.database.reading() as conn:
            return archives_between(conn, self.building.site_id, FIRST_AT - 100 * DAY, FIRST_AT + 100 * DAY)

    def files(self) -> list[Path]:
        """Everything in the folder, whatever its name is."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def archived_rows(self) -> list[dict[str, Any]]:
        """All that is in files, in the order of the key; by the bare library, as any other engine would read it."""
        tables = [pq.ParquetFile(path).read() for path in self.files()]
        if not tables:
            return []
        whole = pa.concat_tables(tables).sort_by([("read_at", "ascending"), ("analyzer_id", "ascending")])
        rows: list[dict[str, Any]] = whole.to_pylist()
        return rows


def reading(at: datetime, analyzer_id: int) -> Mapping[str, Any]:
    """Values that no other reading has; one in seven measures is missing, one analyzer has lying counters."""
    seed = int(at.timestamp()) * 31 + analyzer_id
    reals = {name: single((seed + 17 * place) % 9973 / 7) for place, name in enumerate(REALS)}
    wholes = {name: seed * (place + 1) % 2**31 for place, name in enumerate(WHOLES)}
    if analyzer_id % 3 == 0:
        wholes |= {"import_tariff_1_wh": 2**63 - 1 - seed % 7, "export_tariff_1_wh": -(2**62)}
    missing = {name: None for place, name in enumerate((*REALS, *WHOLES)) if (seed + place) % 7 == 0}
    return {"read_at": at, "analyzer_id": analyzer_id, "verdict": "advance", **reals, **wholes, **missing}


def single(value: float) -> float:
    """As a device sends it: in single precision."""
    rounded: float = pa.scalar(value, SCHEMA.field(REALS[0]).type).as_py()
    return rounded
