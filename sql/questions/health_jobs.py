"""Are the jobs beside the passes done: when each was done last, and what it said."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.jobs import Job
from sql.tables import jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job that was done at least once."""

    job: Job
    done_until_at: datetime
    ended_at: datetime | None
    result: str | None


def jobs_health(conn: Connection, viewer: Viewer, site_id: int) -> tuple[JobRow, ...]:
    """In the order of their names. For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    question = (
        sa.select(jobs.c.name.label("job"), jobs.c.done_until_at, jobs.c.ended_at, jobs.c.result)
        .where(jobs.c.site_id == site_id, jobs.c.name.in_([job.value for job in Job]))
        .order_by(jobs.c.name)
    )
    return tuple(JobRow(**{**row, "job": Job(row["job"])}) for row in conn.execute(question).mappings())
