"""Old readings leave the database for the archive, and its files are looked after: in a thread of their own, so that a
large day delays nothing."""

import threading
from collections.abc import Mapping
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
from prepaid.language import _
from sql.archive.care import look_after
from sql.archive_care import damages, sites_with_files
from sql.backup.manifest import Stopped
from sql.connection import Connection, Database
from sql.operation import job_done, job_done_until
from sql.site_alarms import tell_alarm
from sql.sites import load_longest_raw_kept_days, site_ids

log = get("enforcer.archiving")

FIRST_AFTER_MIN = 1
"""What an enforcer that was killed has left under way is gone on with soon, but the first passes come before."""
EVERY_MIN = 10


class Archiving:
    """Looked at after each pass; archives once an hour what is old enough, looks after the files that are there, and
    tells the staff of every site when that fails: readings of all sites lie in one table."""

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
        self._scheduler.every(FIRST_AFTER_MIN).minutes.do(self._offer_first)
        self._scheduler.every(EVERY_MIN).minutes.do(self._offer)

    def look(self) -> None:
        """Begins when an hour is over, or ten minutes after it failed."""
        self._scheduler.run_pending()

    def stop(self, *, wait: bool = True) -> None:
        """A file that is being written is broken off; what is listed is gone on with by the next process."""
        self._stop.set()
        self._worker.shutdown(wait=wait, cancel_futures=True)

    def _offer_first(self) -> type[schedule.CancelJob]:
        self._offer()
        return schedule.CancelJob

    def _offer(self) -> None:
        if self._running is None or self._running.done():
            self._running = self._worker.submit(self._work)
            self._running.add_done_callback(log_failure)

    def _work(self) -> None:
        now = self._clock.now()
        try:
            if self._is_due(Job.ARCHIVE, now):
                self._archive(now)
            if self._clock.trusted and self._is_due(Job.ARCHIVE_CARE, now):
                self._look_after(now)
        except DatabaseUnavailable as error:
            log.warning("job.failed", job=Job.ARCHIVE, error=str(error))
        except Stopped:
            log.info("archive.broken_off")
        except LeaseLost:
            log.info("job.left", job=Job.ARCHIVE)

    def _is_due(self, job: Job, now: datetime) -> bool:
        with self._database.reading() as conn:
            done_until = job_done_until(conn, None, job)
        return done_until is None or now - done_until >= EVERY[job]

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
            self._tell_all(str(error))
            return
        self._tell_all(None)
        self._done(Job.ARCHIVE, now, f"{done.readings} readings removed, {done.files} files written")

    def _look_after(self, now: datetime) -> None:
        """A file that is damaged is told at its own site."""
        try:
            cared = look_after(self._database, self._folder, writer_of(self._site_id), now, self._stop)
        except ArchiveFailed as error:
            log.error("archive.away", error=str(error))
            with self._database.writing() as conn:
                self._tell_damages(conn, dict.fromkeys(sites_with_files(conn), str(error.fields["why"])))
            return
        with self._database.writing() as conn:
            found = damages(conn)
            said = _("Files: {number}. The oldest: {trouble}.")
            troubles = {
                site_id: said.format(number=damage.files, trouble=damage.trouble) for site_id, damage in found.items()
            }
            self._tell_damages(conn, troubles)
        for trouble in troubles.values():
            log.error("archive.damaged", error=trouble)
        damaged = sum(damage.files for damage in found.values())
        result = f"{cared.looked_at} files looked at, {damaged} damaged, {cared.removed} removed"
        self._done(Job.ARCHIVE_CARE, now, result)

    def _done(self, job: Job, now: datetime, result: str) -> None:
        with self._database.writing() as conn:
            job_done(conn, self._site_id, job, now, self._clock.now(), result)
        log.info("job.done", job=job, result=result)

    def _tell_all(self, why: str | None) -> None:
        with self._database.writing() as conn:
            for site_id in site_ids(conn):
                tell_alarm(conn, site_id, AlertKind.ARCHIVE_WAITS, writer_of(self._site_id), why, self._clock.now())

    def _tell_damages(self, conn: Connection, troubles: Mapping[int, str]) -> None:
        for site_id in site_ids(conn):
            why, writer = troubles.get(site_id), writer_of(self._site_id)
            tell_alarm(conn, site_id, AlertKind.ARCHIVE_DAMAGED, writer, why, self._clock.now())
