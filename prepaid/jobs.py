"""The jobs that the enforcer does beside its passes: how often each is due, and when it is overdue."""

from datetime import datetime, timedelta
from enum import StrEnum


class Job(StrEnum):
    """A job, by the name under which it notes what it did."""

    FORECAST = "forecast"
    PURGE = "purge"
    REQUESTS = "requests"
    CHECK = "check"
    STORAGE = "storage"
    BACKUP = "backup"
    ARCHIVE = "archive"
    ARCHIVE_CARE = "archive_care"


OF_THE_DATABASE = frozenset({Job.PURGE, Job.CHECK, Job.STORAGE, Job.BACKUP, Job.ARCHIVE, Job.ARCHIVE_CARE})
"""Jobs that one enforcer does for all sites, whichever finds them due."""
EVERY = {
    Job.FORECAST: timedelta(hours=1),
    Job.PURGE: timedelta(hours=1),
    Job.REQUESTS: timedelta(minutes=10),
    Job.CHECK: timedelta(days=1),
    Job.STORAGE: timedelta(minutes=10),
    Job.BACKUP: timedelta(days=1),
    Job.ARCHIVE: timedelta(hours=1),
    Job.ARCHIVE_CARE: timedelta(hours=1),
}
GRACE = timedelta(hours=1)
"""Jobs are looked at every 10 minutes and done one after the other; the proof of everything takes its time."""


def is_overdue(job: Job, done_until_at: datetime, started_at: datetime, now: datetime) -> bool:
    """Whether the job should have been done again, by an enforcer that has worked since `started_at`."""
    return now - max(done_until_at, started_at) > EVERY[job] + GRACE
