"""The enforcer of one site, from start to stop: takes the lease, polls, and makes one pass after another."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from documents.logs import Repeats, get
from enforcer.housekeeping import Housekeeping
from enforcer.link_state import LinkState
from enforcer.notify import Notifier
from enforcer.poll import Poller
from enforcer.take_over import take_over
from enforcer.work import Pass, Worker, writer_of
from prepaid.clock import Clock
from prepaid.errors.start import AlreadyRunning, DatabaseUnavailable
from prepaid.settings import Smtp
from prepaid.switching import Supply
from prepaid.version import VERSION
from sql.connection import Database
from sql.events import Event, record
from sql.leases import LeaseLost, release
from sql.sites import find_site, load_settings

LEASE_ASKED_EVERY_S = 1.0
FRAMES_AWAITED_S = 10.0

log = get("enforcer")


class Enforcer:
    """One process's work for one site. `start`, then `run` until the stop event is set, then `stop`."""

    def __init__(
        self, database: Database, clock: Clock, smtp: Smtp, site_name: str | None = None, holder: str | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._smtp = smtp
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        with database.reading() as conn:
            self.site_id = find_site(conn, site_name)
            self._settings = load_settings(conn, self.site_id)
        self._repeats = Repeats(log, "pass.failed", "pass.recovered", "database")
        self._started = False

    def start(self) -> None:
        """Takes the lease and begins to poll. Raises AlreadyRunning while another enforcer holds it."""
        taken = take_over(self._database, self._clock, self.site_id, self._settings, self._holder)
        state, lease, self._book_clock = taken.state, taken.lease, taken.clock
        self._poller = Poller(
            state.targets,
            self._book_clock,
            period_s=float(self._settings.read_interval_s),
            timeout_s=float(self._settings.device_timeout_s),
            history_s=float(self._settings.history_interval_s),
        )
        self.worker = Worker(self._database, self._poller, self._book_clock, state, lease, self._holder, VERSION)
        self._notifier = Notifier(self._database, self._smtp, self._book_clock, self.site_id, self._holder)
        self._housekeeping = Housekeeping(self._database, self.site_id, self._book_clock)
        self._poller.start()
        self._notifier.start()
        self._started = True
        self._started_s, self._spent_s = self._clock.monotonic(), time.process_time()
        self._record("enforcer.started", {"analyzers": len(state.site.analyzers), "token": lease.lease.token})
        log.info("enforcer.started", site=state.site.name, analyzers=len(state.site.analyzers), fence=lease.lease.token)

    def start_when_free(self, stop: threading.Event) -> bool:
        """Stands by without device connections until the lease is free; answers False when stopped before."""
        told = False
        while not stop.is_set():
            try:
                self.start()
                return True
            except AlreadyRunning as error:
                if not told:
                    log.info("enforcer.standing_by", why=str(error))
                told = True
                stop.wait(LEASE_ASKED_EVERY_S)
        return False

    def run(self, stop: threading.Event, done: Callable[[Pass], None] | None = None) -> None:
        """Passes at the pace of the monotonic clock until `stop` is set. Raises LeaseLost when another took over.

        A pass that was due while another ran is left out, not made up for. Answers of devices are settled as they come.
        """
        interval_s = float(self._settings.pass_interval_s)
        next_s = self._clock.monotonic()
        while not stop.is_set():
            self._await(stop, next_s)
            if stop.is_set():
                return
            made = self._pass()
            if made is not None and done is not None:
                done(made)
            next_s = max(next_s + interval_s, self._clock.monotonic())

    def stop(self) -> None:
        """A clean end: frames under way are awaited and settled, links closed, the lease given back."""
        until_s = self._clock.monotonic() + FRAMES_AWAITED_S
        try:
            while self.worker.busy and self._clock.monotonic() < until_s:
                self.worker.wake.wait(0.1)
                self.worker.settle()
        except (DatabaseUnavailable, LeaseLost) as error:
            log.warning("enforcer.stopped_early", why=str(error))
        self._housekeeping.stop()
        self._poller.stop()
        self._notifier.stop()
        try:
            self._record("enforcer.stopped", {})
            with self._database.writing() as conn:
                release(conn, self.worker.lease.lease, self._database.now(conn))
        except DatabaseUnavailable as error:
            log.warning("enforcer.lease_kept", why=str(error))
        log.info("enforcer.stopped")

    def health(self) -> Mapping[str, Any]:
        """What /health answers: reads, passes, supplies."""
        if not self._started:
            return {"state": "standing_by", "version": VERSION}
        totals, last = self._poller.totals(), self.worker.last
        supply = self.worker.state.supply.values()
        working = self._poller.running and last is not None
        return {
            "state": "ok" if working else "starting",
            "site": self.worker.state.site.name,
            "analyzers": totals.analyzers,
            "answering": totals.answering,
            "failing": totals.failing,
            "reads": totals.reads._asdict(),
            "late_median_s": round(totals.late_median_s, 4),
            "late_p99_s": round(totals.late_p99_s, 4),
            "passes": 0 if last is None else last.number,
            "pass_ms": 0 if last is None else round(last.pass_ms, 2),
            "cpu_ms_per_pass": 0 if last is None else round(last.cpu_ms, 2),
            "cpu_ms_per_period": round(self._cpu_ms_per_period(), 1),
            "step_ms": {} if last is None else {name: round(ms, 2) for name, ms in last.step_ms.items()},
            "cpu_ms_by_step": {name: round(ms, 1) for name, ms in self.worker.cpu_ms_by_step.items()},
            "accounts": len(self.worker.state.site.accounts),
            "cut": sum(each.supply is Supply.CUT for each in supply),
            "source": self.worker.state.source,
            "time_trusted": self._book_clock.trusted,
            "version": VERSION,
        }

    def _cpu_ms_per_period(self) -> float:
        """Processor time of the whole process since its start, shared out over the periods in which it reads."""
        period_s = float(self._settings.read_interval_s)
        periods = max(1.0, (self._clock.monotonic() - self._started_s) / period_s)
        return (time.process_time() - self._spent_s) * 1000 / periods

    def links(self) -> Mapping[int, LinkState]:
        """How the link to each analyzer stands, and what became of its reads."""
        return self._poller.links()

    def everybody_was_read(self) -> bool:
        """Whether every analyzer has answered since the start."""
        return not self.unread()

    def unread(self) -> list[tuple[int, str]]:
        """Analyzers that have not answered since the start, with the last error."""
        return [
            (analyzer_id, link.last_error) for analyzer_id, link in self.links().items() if link.last_answer_at is None
        ]

    def _await(self, stop: threading.Event, next_s: float) -> None:
        """Waits for the next pass; answers of devices in between are settled at once."""
        while not stop.is_set():
            wait_s = next_s - self._clock.monotonic()
            if wait_s <= 0:
                return
            if self.worker.wake.wait(min(wait_s, 0.5)):
                try:
                    self.worker.settle()
                except DatabaseUnavailable as error:
                    self._repeats.failure(self._database.where, error=str(error))
                    return

    def _pass(self) -> Pass | None:
        """One pass; while the database is away nothing is decided, and counters wait in the devices."""
        try:
            made = self.worker.run_pass()
        except DatabaseUnavailable as error:
            self._repeats.failure(self._database.where, error=str(error))
            return None
        self._repeats.success(self._database.where)
        self._housekeeping.look()
        return made

    def _record(self, action: str, after: Mapping[str, Any]) -> None:
        with self._database.writing() as conn:
            happened = Event(
                action=action,
                actor="enforcer",
                subject=f"site:{self.site_id}",
                site_id=self.site_id,
                after={"holder": self._holder, "version": VERSION, **after},
            )
            record(conn, writer_of(self.site_id), [happened], self._book_clock.now())
