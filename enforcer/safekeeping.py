"""The daily backup, and how large the database becomes: a thread of its own, so that a slow copy delays nothing."""

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import schedule

from documents.logs import get
from enforcer.housekeeping import log_failure
from enforcer.timekeeping import BookClock
from enforcer.writer import writer_of
from prepaid.errors.backups import BackupFailed, BackupUnderWay
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.jobs import Job
from prepaid.rotation import Rotation
from prepaid.settings import SiteSettings
from prepaid.storage import is_backup_due
from sql.backup.folder import rotate
from sql.backup.make import Wanted, folder_of, make_backup
from sql.backup.manifest import Stopped
from sql.backups import last_tried_at, last_verified_at
from sql.connection import Database
from sql.operation import job_done
from sql.sites import load_settings, load_zone
from sql.sizes import keep_size, measure
from sql.storage_alarms import tell_storage

log = get("enforcer.safekeeping")

EVERY_MIN = 10


class Safekeeping:
    """Looked at after each pass; measures every 10 minutes, backs up once a day, tells what staff must know."""

    def __init__(
        self,
        database: Database,
        site_id: int,
        clock: BookClock,
        holder: str,
        backup_folder: str | None,
        scheduler: schedule.Scheduler | None = None,
        worker: Executor | None = None,
    ) -> None:
        self._database = database
        self._site_id = site_id
        self._clock = clock
        self._holder = holder
        self._folder = folder_of(database, backup_folder)
        self._stop = threading.Event()
        self._worker = worker or ThreadPoolExecutor(max_workers=1, thread_name_prefix="safekeeping")
        self._running: Future[None] | None = None
        self._looked = False
        self._scheduler = scheduler or schedule.Scheduler()
        self._scheduler.every(EVERY_MIN).minutes.do(self._offer, with_backup=True)

    def look(self) -> None:
        """Measures at the first look; the first backup may wait until everything works."""
        if not self._looked:
            self._looked = True
            self._offer(with_backup=False)
        self._scheduler.run_pending()

    def stop(self, *, wait: bool = True) -> None:
        """A backup that is being written is broken off: the next process makes it."""
        self._stop.set()
        self._worker.shutdown(wait=wait, cancel_futures=True)

    def _offer(self, *, with_backup: bool) -> None:
        if self._running is None or self._running.done():
            self._running = self._worker.submit(self._work, with_backup)
            self._running.add_done_callback(log_failure)

    def _work(self, with_backup: bool) -> None:
        try:
            self._measure()
            if with_backup and self._back_up():
                self._measure()
        except DatabaseUnavailable as error:
            log.warning("job.failed", job=Job.STORAGE, error=str(error))
        except Stopped:
            log.info("backup.broken_off")
        except LeaseLost:
            log.info("job.left", job=Job.STORAGE)

    def _measure(self) -> None:
        size = measure(self._database) if self._database.is_genuine else None  # others do not tell
        with self._database.writing() as conn:
            if size is not None:
                keep_size(conn, size)
            now = self._clock.now()
            told = tell_storage(conn, self._site_id, writer_of(self._site_id), now, backed_up=self._folder is not None)
            stand = ", ".join(kind for kind, stands in told.items() if stands) or "nothing"
            used = "size unknown" if size is None else f"{size.used_bytes // 10**6} MB used"
            result = f"{used}, alarms: {stand}"
            job_done(conn, self._site_id, Job.STORAGE, now, now, result)

    def _back_up(self) -> bool:
        """Makes the backup of the day if it is missing; answers whether it was tried."""
        with self._database.reading() as conn:
            settings, site_zone = load_settings(conn, self._site_id), load_zone(conn, self._site_id)
            now = self._database.now(conn)
            due = is_backup_due(last_verified_at(conn), last_tried_at(conn), now, site_zone, int(settings.backup_hour))
        if self._folder is None or not due:
            return False
        try:
            made = make_backup(self._database, Wanted(folder=self._folder, made_by=self._holder), self._stop)
        except BackupUnderWay:
            return False
        except BackupFailed as error:
            log.error("backup.failed", error=str(error))
            return True
        removed = self._rotate(self._folder, settings)
        with self._database.writing() as conn:
            result = f"{made.place}, {removed} older ones removed"
            job_done(conn, self._site_id, Job.BACKUP, now, self._clock.now(), result)
        log.info("backup.made", place=made.place, bytes=made.bytes, removed=removed)
        return True

    def _rotate(self, folder: str, settings: SiteSettings) -> int:
        """On a server the files are the DBA's."""
        if not self._database.is_sqlite:
            return 0
        rotation = Rotation(
            daily=int(settings.backups_daily),
            weekly=int(settings.backups_weekly),
            monthly=int(settings.backups_monthly),
        )
        try:
            return len(rotate(Path(folder), rotation))
        except OSError as error:
            log.warning("backup.not_rotated", folder=folder, error=str(error))
            return 0
