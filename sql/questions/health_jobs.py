"""Are the jobs beside the passes done: when each was done last, and what it said."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.jobs import OF_THE_DATABASE, Job
from sql.questions.sites import MOST_SITES
from sql.tables import jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job that was done at least once."""

    job: Job
    done_until_at: datetime
    ended_at: datetime | None
    result: str | None


def jobs_health(conn: Connection, viewer: Viewer, site_id: int) -> tuple[JobRow, ...]:
    """In the order of their names, those of the whole database whichever enforcer has done them last. For whoever sees
    the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    of_the_database = jobs.c.name.in_([job.value for job in OF_THE_DATABASE])
    question = (
        sa.select(jobs.c.name.label("job"), jobs.c.done_until_at, jobs.c.ended_at, jobs.c.result)
        .where(
            sa.or_(jobs.c.site_id == site_id, of_the_database),
            jobs.c.name.in_([job.value for job in Job]),
        )
        .order_by(jobs.c.name, jobs.c.done_until_at)
        .limit(len(Job) * MOST_SITES)
    )
    newest = {row.job: JobRow(**{**row._mapping, "job": Job(row.job)}) for row in conn.execute(question)}
    return tuple(newest.values())
