"""Hourly and daily jobs. `schedule` says when to look; the database says whether a job is due. Each may run twice."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import schedule

from documents.logs import get
from enforcer.forecasts import make_forecasts
from enforcer.timekeeping import BookClock
from enforcer.writer import writer_of
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.jobs import EVERY, OF_THE_DATABASE, Job
from sql.backups import KEPT as BACKUPS_KEPT
from sql.backups import purge_backups
from sql.check import Looked, prove
from sql.connection import Connection, Database
from sql.operation import job_done, job_done_until
from sql.proof_alarm import PROOFS_KEPT, everything_is_due, purge_proofs, tell_proof
from sql.quarantine import purge_refused
from sql.requests import expire
from sql.sites import site_ids

log = get("enforcer.housekeeping")

SLICES_AT_ONCE = 4_000
"""Far more than a site writes in an hour; that takes 8 minutes."""
PAUSE_S = 0.1
"""Between slices. SQLite has no queue of writers: who waits looks again after at most that time, and gets its turn."""
EVIDENCE_KEPT = timedelta(days=400)
"""Of readings that were not used."""


class Housekeeping:
    """Looked at after each pass; jobs run in a thread of their own, one after the other, in short transactions."""

    def __init__(
        self,
        database: Database,
        site_id: int,
        clock: BookClock,
        scheduler: schedule.Scheduler | None = None,
        worker: Executor | None = None,
    ) -> None:
        self._database = database
        self._site_id = site_id
        self._clock = clock
        self._worker = worker or ThreadPoolExecutor(max_workers=1, thread_name_prefix="housekeeping")
        self._offered: dict[Job, Future[None]] = {}
        self._looked = False
        self._stopping = threading.Event()
        self._scheduler = scheduler or schedule.Scheduler()
        self._scheduler.every(10).minutes.do(self._offer_forecast)
        self._scheduler.every(10).minutes.do(self._offer, Job.PURGE, self._purge)
        self._scheduler.every(10).minutes.do(self._offer, Job.REQUESTS, self._expire)
        self._scheduler.every(10).minutes.do(self._offer, Job.CHECK, self._check)

    def look(self) -> None:
        """Runs what schedule holds to be due, and the forecast at the first look: pages shall not wait for it.

        The naive clock of schedule may stand still: jobs come late, not lost.
        """
        if not self._looked:
            self._looked = True
            self._offer_forecast()
        self._scheduler.run_pending()

    def stop(self, *, wait: bool = True) -> None:
        """Ends after the slice that is being worked; it need not be waited for when it cannot write any more."""
        self._stopping.set()
        self._worker.shutdown(wait=wait, cancel_futures=True)

    def _offer_forecast(self) -> None:
        self._offer(Job.FORECAST, self._forecast)

    def _offer(self, job: Job, work: Callable[[], str]) -> None:
        """Puts the job behind those that wait, unless it waits or runs already."""
        before = self._offered.get(job)
        if before is None or before.done():
            self._offered[job] = self._worker.submit(self._run, job, work)
            self._offered[job].add_done_callback(log_failure)

    def _run(self, job: Job, work: Callable[[], str]) -> None:
        """One of the whole database is not due when the enforcer of another site has done it."""
        now = self._clock.now()
        try:
            with self._database.reading() as conn:
                done_until = job_done_until(conn, None if job in OF_THE_DATABASE else self._site_id, job)
            if done_until is not None and now - done_until < EVERY[job]:
                return
            result = work()
            with self._database.writing() as conn:
                job_done(conn, self._site_id, job, now, self._clock.now(), result)
            log.info("job.done", job=job, result=result)
        except DatabaseUnavailable as error:
            log.warning("job.failed", job=job, error=str(error))
        except LeaseLost:
            log.info("job.left", job=job)

    def _purge(self) -> str:
        """Evidence and notes beyond their retention, in slices that never stop a pass."""
        evidence = self._in_slices(purge_refused, self._clock.now() - EVIDENCE_KEPT)
        with self._database.writing() as conn:
            notes = purge_proofs(conn, self._clock.now() - PROOFS_KEPT)
            notes += purge_backups(conn, self._clock.now() - BACKUPS_KEPT)
        return f"{evidence} rows of evidence removed, {notes} of old proofs and backups"

    def _in_slices(self, purge: Callable[[Connection, datetime], int], before: datetime) -> int:
        removed = 0
        for _slice in range(SLICES_AT_ONCE):
            with self._database.writing() as conn:
                found = purge(conn, before)
            removed += found
            if not found or self._stopping.wait(PAUSE_S):
                break
        return removed

    def _expire(self) -> str:
        """What waited too long for a second person; pages know it without this note."""
        with self._database.writing() as conn:
            ended = expire(conn, self._site_id, writer_of(self._site_id), self._database.now(conn))
        return f"{ended} requests expired"

    def _check(self) -> str:
        """Proves what is new, every week everything; where something is found, everything at once, and tells the staff
        of every site: the books are one."""
        with self._database.reading() as conn:
            everything = everything_is_due(conn, self._database.now(conn))
        proof = prove(self._database, everything=everything)
        if proof.breaches and proof.looked_at is not Looked.ALL:
            proof = prove(self._database, everything=True)
        for breach in proof.breaches:
            log.error("check.breach", sentence=str(breach))
        with self._database.writing() as conn:
            for site_id in site_ids(conn):
                tell_proof(conn, site_id, writer_of(self._site_id), proof, self._clock.now())
        return f"{len(proof.breaches)} breaches, looked at: {proof.looked_at}"

    def _forecast(self) -> str:
        return make_forecasts(self._database, self._site_id, self._clock.now())


def log_failure(done: Future[None]) -> None:
    """What a job did wrong itself ends this job only; it is tried again."""
    error = None if done.cancelled() else done.exception()
    if error is not None:
        log.error("job.broken", exc_info=error)
