"""The enforcer of one site, from start to stop: takes the lease, polls, and makes one pass after another."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from documents.logs import Repeats, get
from documents.service_manager import SignOfLife
from enforcer.archiving import Archiving
from enforcer.feeds import Feeds, known_of
from enforcer.housekeeping import Housekeeping
from enforcer.kepware.feed import KepwareFeed
from enforcer.lease_keeper import LeaseKeeper
from enforcer.lease_watch import LeaseWatch
from enforcer.link_state import LinkState
from enforcer.notify import Notifier
from enforcer.order_taker import OrderTaker
from enforcer.passes import Pass
from enforcer.poll import Poller
from enforcer.safekeeping import Safekeeping
from enforcer.spool import spool_of
from enforcer.take_over import take_over
from enforcer.work import Worker
from enforcer.writer import writer_of
from prepaid.clock import Clock
from prepaid.errors.start import AlreadyRunning, DatabaseUnavailable, LeaseLost
from prepaid.settings import Smtp, Spooling
from prepaid.switching import Supply
from prepaid.version import VERSION
from sql.archive.folder import archive_folder as folder_of
from sql.connection import Database
from sql.events import Event, record
from sql.leases import new_holder
from sql.sites import find_site, load_settings

LEASE_ASKED_EVERY_S = 1.0
FRAMES_AWAITED_S = 10.0
FIRST_PASSES_S = 0.5
"""Between passes while everything is read for the first time: who took over shall not wait a whole interval more."""
HANGS_AFTER_S = 60.0
"""A loop that has not come around for so long gets no more of the lease than its passes renew."""

log = get("enforcer")


class Enforcer:
    """One process's work for one site. `serve` until the stop event is set; or `start`, `run` and `stop` one by one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        smtp: Smtp,
        site_name: str | None = None,
        holder: str | None = None,
        life: SignOfLife | None = None,
        backup_folder: str | None = None,
        spooling: Spooling | None = None,
        archive_folder: str | None = None,
        log_database: Database | None = None,
    ) -> None:
        """`log_database` is where Kepware logs; None: into the product's own."""
        self._database = database
        self._log_database = log_database or database
        self._clock = clock
        self._smtp = smtp
        self._life = life or SignOfLife(clock)
        self._spooling = spooling or Spooling()
        self._holder = holder or new_holder(socket.gethostname(), os.getpid())
        self._backup_folder = backup_folder
        self._archive_folder = folder_of(database, archive_folder)
        with database.reading() as conn:
            self.site_id = find_site(conn, site_name)
            self._settings = load_settings(conn, self.site_id)
        self._repeats = Repeats(log, "pass.failed", "pass.recovered", "database")
        self._watch = LeaseWatch(database, clock, self.site_id)
        self._away_since_at: datetime | None = None
        self.started = False

    def serve(self, stop: threading.Event, done: Callable[[Pass], None] | None = None) -> None:
        """Stands by, works, and stands by again whenever another one took over, until `stop` is set."""
        while self.start_when_free(stop):
            try:
                self.run(stop, done)
                return
            except LeaseLost as error:
                log.warning("enforcer.lease_lost", holder=self._holder, why=str(error))
            finally:
                self.stop()

    def start(self) -> None:
        """Takes the lease and begins to poll. Raises AlreadyRunning while another enforcer holds it."""
        with self._database.reading() as conn:
            self._settings = load_settings(conn, self.site_id)
        history_s = float(self._settings.history_interval_s)
        spool = spool_of(self._database, self.site_id, self._spooling, self._holder, history_s)
        taken = take_over(self._database, self._clock, self.site_id, self._settings, self._holder, spool.until)
        state, held, self._book_clock = taken.state, taken.lease, taken.clock
        self._held = held
        self._away_since_at = None
        self._turned_s = self._started_s = self._clock.monotonic()
        self._spent_s = time.process_time()
        poller = Poller(
            state.targets,
            self._book_clock,
            period_s=float(self._settings.read_interval_s),
            timeout_s=float(self._settings.device_timeout_s),
            history_s=history_s,
            may_write=held.lets_frames_leave,
        )
        known = known_of(state.site, state.books)
        kepware = KepwareFeed(self._database, self._log_database, self._book_clock, self.site_id, history_s, known)
        self._feeds = Feeds(poller, kepware, state.targets)
        self.worker = Worker(self._feeds, self._book_clock, state, held, spool, self._holder, VERSION, logs=self._feeds)
        self._notifier = Notifier(
            held.database,
            self._smtp,
            self._book_clock,
            self.site_id,
            self._holder,
            may_send=held.lets_frames_leave,
        )
        self._order_taker = OrderTaker(held.database, self.site_id)
        self._housekeeping = Housekeeping(held.database, self.site_id, self._book_clock)
        self._safekeeping = Safekeeping(
            held.database, self.site_id, self._book_clock, self._holder, self._backup_folder
        )
        self._archiving = Archiving(held.database, self.site_id, self._book_clock, self._holder, self._archive_folder)
        self._keeper = LeaseKeeper(held, self._comes_around)
        self._record("enforcer.started", {"analyzers": len(state.site.analyzers), "token": held.lease.token})
        self._feeds.start()
        self._notifier.start()
        self._order_taker.start()
        self._keeper.start()
        self.started = True
        log.info("enforcer.started", site=state.site.name, analyzers=len(state.site.analyzers), fence=held.lease.token)

    def start_when_free(self, stop: threading.Event) -> bool:
        """Stands by without device connections until the lease is free; answers False when stopped before."""
        told = False
        while not stop.is_set():
            self._life.mark()
            wait_s = LEASE_ASKED_EVERY_S
            try:
                wait_s = self._watch.wait_s()
                if wait_s <= 0:
                    self.start()
                    return True
            except (AlreadyRunning, LeaseLost):
                wait_s = LEASE_ASKED_EVERY_S
            except DatabaseUnavailable as error:
                wait_s = LEASE_ASKED_EVERY_S
                self._watch.failed(str(error))
                self._repeats.failure(self._database.where, error=str(error))
            if not told and self._watch.seen is not None:
                log.info("enforcer.standing_by", holder=self._watch.seen.holder)
                told = True
            stop.wait(min(wait_s, LEASE_ASKED_EVERY_S))
        return False

    def run(self, stop: threading.Event, done: Callable[[Pass], None] | None = None) -> None:
        """Passes at the pace of the monotonic clock until `stop` is set. Raises LeaseLost when another took over.

        A pass that was due while another ran is left out, not made up for. Answers of devices are settled as they come.
        """
        next_s = self._clock.monotonic()
        while not stop.is_set():
            self._await(stop, next_s)
            if stop.is_set():
                return
            assert self._feeds.running, "the thread that reads analyzers has ended; another process shall take over"
            made = self._pass()
            if made is not None and done is not None:
                done(made)
            next_s = max(next_s + self._interval_s(), self._clock.monotonic())

    def stop(self) -> None:
        """A clean end: frames under way are awaited and settled, links closed, the lease given back. A job that runs is
        left: the next enforcer does it. Who has lost the lease waits for nothing, and writes nothing more."""
        if not self._held.lost.is_set():
            self._settle_frames()
        self._feeds.stop()
        self.started = False
        self._notifier.stop()
        self._order_taker.stop()
        self._keeper.stop()
        lost = self._held.lost.is_set()
        if not lost:
            self._give_back()
        self._housekeeping.stop(wait=not lost)
        self._safekeeping.stop(wait=not lost)
        self._archiving.stop(wait=not lost)
        log.info("enforcer.stopped")

    def _settle_frames(self) -> None:
        until_s = self._clock.monotonic() + FRAMES_AWAITED_S
        try:
            while self.worker.busy and self._clock.monotonic() < until_s:
                self.worker.wake.wait(0.1)
                self.worker.settle()
        except (DatabaseUnavailable, LeaseLost) as error:
            log.warning("enforcer.stopped_early", why=str(error))

    def _give_back(self) -> None:
        try:
            self._record("enforcer.stopped", {})
            self._held.give_back()
        except (DatabaseUnavailable, LeaseLost) as error:
            log.warning("enforcer.lease_kept", why=str(error))

    def health(self) -> Mapping[str, Any]:
        """What /health answers: reads, passes, supplies."""
        if not self.started:
            return {**self._watch.health(), "version": VERSION}
        totals, last = self._feeds.totals(), self.worker.last
        supplies = Counter(each.supply for each in self.worker.state.supply.values())
        return {
            "state": self._state(),
            "site": self.worker.state.site.name,
            "holder": self._holder,
            "lease_left_s": round(self._held.left_s, 1),
            "analyzers": totals.analyzers,
            "answering": totals.answering,
            "connecting": totals.connecting,
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
            "cut": supplies[Supply.CUT],
            "supplies": {state.value: supplies[state] for state in Supply},
            "readings_dropped": totals.readings_dropped,
            "source": self.worker.state.source,
            "time_trusted": self._book_clock.trusted,
            "database_away_since": self._away_since_at,
            "spool": self.worker.spool.facts(),
            "version": VERSION,
        }

    def _comes_around(self) -> bool:
        return self._clock.monotonic() - self._turned_s < HANGS_AFTER_S

    def _interval_s(self) -> float:
        """The time from pass to pass."""
        pass_s, read_s = float(self._settings.pass_interval_s), float(self._settings.read_interval_s)
        first_readings = self._clock.monotonic() - self._started_s < read_s
        return min(pass_s, FIRST_PASSES_S) if first_readings else pass_s

    def _state(self) -> str:
        if not self._feeds.running or self.worker.last is None:
            return "starting"
        if self._away_since_at is not None:
            return "database_away"
        return "loading" if self.worker.spool.waiting else "ok"

    def _cpu_ms_per_period(self) -> float:
        """Processor time of the whole process since its start, shared out over the periods in which it reads."""
        period_s = float(self._settings.read_interval_s)
        periods = max(1.0, (self._clock.monotonic() - self._started_s) / period_s)
        return (time.process_time() - self._spent_s) * 1000 / periods

    def links(self) -> Mapping[int, LinkState]:
        """How the link to each analyzer stands, and what became of its reads."""
        return self._feeds.links()

    def everybody_was_read(self) -> bool:
        """Whether every analyzer has answered since the start."""
        return not self.unread()

    def unread(self) -> list[tuple[int, str]]:
        """Analyzers that have not answered since the start, with the last error."""
        return [
            (analyzer_id, link.last_error) for analyzer_id, link in self.links().items() if link.last_answer_at is None
        ]

    def _await(self, stop: threading.Event, next_s: float) -> None:
        """Waits for the next pass; answers of devices in between are settled at once. No sign of life is given when
        nobody polls any more: then a service manager starts the process anew."""
        while not stop.is_set():
            self._turned_s = self._clock.monotonic()
            if self._feeds.running:
                self._life.mark()
            wait_s = next_s - self._turned_s
            if wait_s <= 0:
                return
            if self._held.lost.is_set():
                raise LeaseLost
            if self.worker.wake.wait(min(wait_s, 0.5)):
                try:
                    self.worker.settle()
                except DatabaseUnavailable as error:
                    self._repeats.failure(self._database.where, error=str(error))
                    return

    def _pass(self) -> Pass | None:
        """One pass; while the database is away nothing is decided, and readings wait in the spool."""
        try:
            made = self.worker.run_pass()
        except DatabaseUnavailable as error:
            self._away_since_at = self._away_since_at or self._book_clock.now()
            self._repeats.failure(self._database.where, error=str(error))
            return None
        self._away_since_at = None
        self._repeats.success(self._database.where)
        self._housekeeping.look()
        self._safekeeping.look()
        self._archiving.look()
        return made

    def _record(self, action: str, after: Mapping[str, Any]) -> None:
        with self._held.database.writing() as conn:
            happened = Event(
                action=action,
                actor="enforcer",
                subject=f"site:{self.site_id}",
                site_id=self.site_id,
                after={"holder": self._holder, "version": VERSION, **after},
            )
            record(conn, writer_of(self.site_id), [happened], self._book_clock.now())
