"""The jobs beside the passes, as people call them."""

from prepaid.jobs import Job
from prepaid.language import _, later

NAMES = {
    Job.FORECAST: later("Forecast of every credit"),
    Job.PURGE: later("Removing old evidence"),
    Job.REQUESTS: later("Ending what waited too long"),
    Job.CHECK: later("Proof of the books"),
    Job.STORAGE: later("Size of the database"),
    Job.BACKUP: later("Backup"),
    Job.ARCHIVE: later("Archive of old readings"),
    Job.ARCHIVE_CARE: later("Looking after the archive"),
}


def job_name(job: Job) -> str:
    """In the language of the reader."""
    return _(NAMES[job])
