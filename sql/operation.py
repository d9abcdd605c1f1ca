"""The working of the product in the database: heartbeats, jobs, the state of a site."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import Source
from sql.tables import heartbeats, jobs, site_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One sign of life of a process, with what it did lately."""

    site_id: int
    process: str
    holder: str
    started_at: datetime
    passes: int
    pass_ms: float
    cpu_ms: float
    reads_due: int
    reads_on_time: int
    reads_late: int
    reads_missed: int
    version: str
    details: Mapping[str, Any]


_BEAT = heartbeats.update().where(
    heartbeats.c.site_id == sa.bindparam("of_site"), heartbeats.c.process == sa.bindparam("of_process")
)


def beat(conn: Connection, sign: Beat, at: datetime) -> None:
    """Writes the sign of life."""
    values = {
        "holder": sign.holder,
        "started_at": sign.started_at,
        "beat_at": at,
        "passes": sign.passes,
        "pass_ms": sign.pass_ms,
        "cpu_ms": sign.cpu_ms,
        "reads_due": sign.reads_due,
        "reads_on_time": sign.reads_on_time,
        "reads_late": sign.reads_late,
        "reads_missed": sign.reads_missed,
        "version": sign.version,
        "details": dict(sign.details),
    }
    if conn.execute(_BEAT, {"of_site": sign.site_id, "of_process": sign.process, **values}).rowcount == 0:
        conn.execute(heartbeats.insert().values(site_id=sign.site_id, process=sign.process, **values))


_SOURCE = sa.select(site_states.c.source).where(site_states.c.site_id == sa.bindparam("site_id"))
_SAVE_SITE_STATE = site_states.update().where(site_states.c.site_id == sa.bindparam("of_site"))


_DECIDED = sa.select(site_states.c.incomer_in_range, site_states.c.updated_at).where(
    site_states.c.site_id == sa.bindparam("site_id")
)


class LastDecided(NamedTuple):
    """When something was decided last at a site, and whether its incomer could take more load then; a site where
    nothing ever was is not stopped."""

    at: datetime | None = None
    incomer_in_range: bool = True


def last_decided(conn: Connection, site_id: int) -> LastDecided:
    """What the last pass that decided left behind."""
    found = conn.execute(_DECIDED, {"site_id": site_id}).one_or_none()
    return LastDecided() if found is None else LastDecided(found.updated_at, found.incomer_in_range)


def incomer_in_range(conn: Connection, site_id: int) -> bool:
    """Whether the incomer could take more load when it was last looked at."""
    return last_decided(conn, site_id).incomer_in_range


def save_site_state(
    conn: Connection,
    site_id: int,
    source: Source | None,
    doubted_since_at: datetime | None,
    at: datetime,
    *,
    in_range: bool,
) -> None:
    """Writes the source that feeds the site now, whether its clock is in doubt, and whether its incomer is in range."""
    before = conn.execute(_SOURCE, {"site_id": site_id}).one_or_none()
    values: dict[str, Any] = {
        "clock_doubted_since_at": doubted_since_at,
        "incomer_in_range": in_range,
        "updated_at": at,
    }
    if before is None or before.source is not source:
        values |= {"source": source, "source_since_at": at}
    if before is None:
        conn.execute(site_states.insert().values(site_id=site_id, **values))
    else:
        conn.execute(_SAVE_SITE_STATE, {"of_site": site_id, **values})


def job_done_until(conn: Connection, site_id: int | None, name: str) -> datetime | None:
    """Until which instant a job has done its work, for that site or (None) for any; None when it never ran."""
    question = sa.select(sa.func.max(jobs.c.done_until_at)).where(jobs.c.name == name)
    found: datetime | None = conn.scalar(question if site_id is None else question.where(jobs.c.site_id == site_id))
    return found


def job_done(conn: Connection, site_id: int, name: str, done_until: datetime, at: datetime, result: str) -> None:
    """Notes that a job has done its work until that instant. A job may run twice; its note only moves forward."""
    of = (jobs.c.site_id == site_id, jobs.c.name == name)
    values = {"done_until_at": done_until, "ended_at": at, "result": result[:400]}
    if conn.execute(jobs.update().where(*of).values(values)).rowcount == 0:
        conn.execute(jobs.insert().values(site_id=site_id, name=name, began_at=at, **values))


def last_beat(conn: Connection, site_id: int, process: str) -> datetime | None:
    """When the process last gave a sign of life for the site; None when it never did."""
    found: datetime | None = conn.scalar(
        sa.select(heartbeats.c.beat_at).where(heartbeats.c.site_id == site_id, heartbeats.c.process == process)
    )
    return found
