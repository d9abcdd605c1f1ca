"""Old readings leave the database for the archive: a thread of its own, so that a large day delays nothing."""

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import schedule

from documents.logs import get
from enforcer.housekeeping import log_failure
from enforcer.timekeeping import BookClock
from enforcer.writer import writer_of
from prepaid.alerts import AlertKind
from prepaid.errors.archive import ArchiveFailed, ArchiveUnderWay, ArchiveUnreadable
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.jobs import EVERY, Job
from sql.backup.manifest import Stopped
from sql.connection import Database
from sql.operation import job_done, job_done_until
from sql.site_alarms import tell_alarm
from sql.sites import load_longest_raw_kept_days, site_ids

log = get("enforcer.archiving")

EVERY_MIN = 10


class Archiving:
    """Looked at after each pass; archives once an hour what is old enough, and tells the staff of every site when that
    fails: readings of all sites lie in one table."""

    def __init__(
        self,
        database: Database,
        site_id: int,
        clock: BookClock,
        holder: str,
        folder: Path,
        scheduler: schedule.Scheduler | None = None,
        worker: Executor | None = None,
    ) -> None:
        self._database = database
        self._site_id = site_id
        self._clock = clock
        self._holder = holder
        self._folder = folder
        self._stop = threading.Event()
        self._worker = worker or ThreadPoolExecutor(max_workers=1, thread_name_prefix="archiving")
        self._running: Future[None] | None = None
        self._scheduler = scheduler or schedule.Scheduler()
        self._scheduler.every(EVERY_MIN).minutes.do(self._offer)

    def look(self) -> None:
        """Begins when an hour is over, or ten minutes after it failed."""
        self._scheduler.run_pending()

    def stop(self, *, wait: bool = True) -> None:
        """A file that is being written is broken off; what is listed is gone on with by the next process."""
        self._stop.set()
        self._worker.shutdown(wait=wait, cancel_futures=True)

    def _offer(self) -> None:
        if self._running is None or self._running.done():
            self._running = self._worker.submit(self._work)
            self._running.add_done_callback(log_failure)

    def _work(self) -> None:
        now = self._clock.now()
        try:
            with self._database.reading() as conn:
                done_until = job_done_until(conn, None, Job.ARCHIVE)
            if done_until is None or now - done_until >= EVERY[Job.ARCHIVE]:
                self._archive(now)
        except DatabaseUnavailable as error:
            log.warning("job.failed", job=Job.ARCHIVE, error=str(error))
        except Stopped:
            log.info("archive.broken_off")
        except LeaseLost:
            log.info("job.left", job=Job.ARCHIVE)

    def _archive(self, now: datetime) -> None:
        # Arrow is loaded when it is needed first, not with the enforcer.
        from sql.archive.make import Wanted, archive_readings

        with self._database.reading() as conn:
            kept = timedelta(days=float(load_longest_raw_kept_days(conn)))
        wanted = Wanted(folder=self._folder, made_by=self._holder, keep_from_at=now - kept)
        try:
            done = archive_readings(self._database, wanted, self._stop)
        except ArchiveUnderWay as error:
            log.info("archive.elsewhere", since=error.fields["since"])
            return
        except (ArchiveFailed, ArchiveUnreadable) as error:
            log.error("archive.failed", error=str(error))
            self._tell(str(error))
            return
        self._tell(None)
        result = f"{done.readings} readings removed, {done.files} files written"
        with self._database.writing() as conn:
            job_done(conn, self._site_id, Job.ARCHIVE, now, self._clock.now(), result)
        log.info("job.done", job=Job.ARCHIVE, result=result)

    def _tell(self, why: str | None) -> None:
        with self._database.writing() as conn:
            for site_id in site_ids(conn):
                tell_alarm(conn, site_id, AlertKind.ARCHIVE_WAITS, writer_of(self._site_id), why, self._clock.now())
