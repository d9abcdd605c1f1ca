"""One pass over a site: poll, accept, charge, decide, switch, notify, in this order.

All rows of a pass are written in one transaction; the memory changes only after it is committed.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from documents.logs import get
from enforcer.accept import Accepted, accept
from enforcer.acknowledge import Acknowledger
from enforcer.catch_up import CatchUp
from enforcer.charge import bill
from enforcer.commissioning.conductor import Commissioner
from enforcer.decide import Decided
from enforcer.held_lease import HeldLease
from enforcer.holds import spoken
from enforcer.last_look import LastLook
from enforcer.link import Logs, Polling
from enforcer.link_state import LinkState
from enforcer.loading import Loader
from enforcer.pass_writer import Begun, PassWriter
from enforcer.passes import Made, Pass
from enforcer.rewrite import Rewriter
from enforcer.settle import Outcome, settle_answer
from enforcer.sight import answering_serials
from enforcer.site_state import State, reload
from enforcer.spool import Spool
from enforcer.step_times import Steps
from enforcer.store import drawn, newest
from enforcer.swap import announced
from enforcer.switch import Answered, Switcher
from enforcer.timekeeping import BookClock
from enforcer.writer import writer_of
from prepaid.books import Book
from prepaid.errors.start import DatabaseUnavailable
from prepaid.metering import Word
from prepaid.records import Reading
from prepaid.switching import SupplyState
from sql.connection import Connection
from sql.operation import Beat, beat
from sql.supply import save_states, since

LINKS_EVERY_S = 5.0
UNKNOWN_DOWNTIME_S = 86_400.0
"""For so long counters may have grown when no clock tells how long nobody was there. Two readings must agree, as after
every silence; a hold would wait for a person, because an impossible jump never fits again."""
RELOAD_EVERY_S = 60.0

log = get("enforcer.pass")


class Worker:
    """Works one site under its lease. Not for several threads; the poller and the mails have their own."""

    def __init__(
        self,
        poller: Polling,
        clock: BookClock,
        state: State,
        lease: HeldLease,
        spool: Spool,
        holder: str,
        program_version: str,
        logs: Logs | None = None,
    ) -> None:
        """`logs` are those that feed some of the analyzers, when there are any."""
        self.state = state
        self.spool = spool
        self.wake = threading.Event()
        self._database = lease.database
        self._poller = poller
        self._logs = logs
        self._clock = clock
        self._held = lease
        self._holder = holder
        self._program_version = program_version
        self._writer = writer_of(state.site.site_id)
        last_look = LastLook(self._database, lease)
        self._switcher = Switcher(poller, clock, last_look, self.wake)
        self._rewriter = Rewriter(poller, clock, last_look.facts)
        self._acknowledger = Acknowledger(poller, clock)
        self._commissioner = Commissioner(poller)
        self._started_at, self._started_s = clock.now(), clock.monotonic()
        self._counted_from_s = self._started_s - (0.0 if clock.downtime_known else UNKNOWN_DOWNTIME_S)
        self._loader = Loader(lease, clock, spool, self._writer, self._counted_from_s)
        self._pass_writer = PassWriter(self._commissioner, self._loader, logs, self._writer, self._beat)
        self._switched_at: dict[int, datetime] = {}
        """When a device was last heard about a frame."""
        self._catch_up = CatchUp(
            self._database,
            spool,
            self._loader,
            self._writer,
            said=self._said,
            beat=self._beat,
            remember=self._remember,
            read_again=self._read_again,
        )
        self._links_s = self._loaded_s = self._started_s
        self._decided: dict[int, Decided] = {}
        self._words: Mapping[int, Word] = {}
        self._passes = 0
        self.last: Pass | None = None
        self.cpu_ms_by_step: dict[str, float] = {}
        """Processor time of all passes so far."""

    @property
    def lease(self) -> HeldLease:
        return self._held

    @property
    def busy(self) -> frozenset[int]:
        """Analyzers with frames under way."""
        return self._switcher.busy | self._rewriter.busy

    @property
    def live(self) -> Mapping[int, Decimal]:
        """The live balances of the last pass, by account."""
        return self._pass_writer.live

    def run_pass(self, readings: Sequence[Reading] | None = None) -> Pass:
        """One whole pass over what has arrived (or over the given readings). Where readings wait in the spool they come
        first, and nothing is decided before the last of them is loaded. Raises DatabaseUnavailable: what has arrived
        waits in the spool then."""
        began_s, cpu_s = time.perf_counter(), time.process_time()
        steps = Steps(self.cpu_ms_by_step)
        taken = fresh = self._poller.take() if readings is None else list(readings)
        made = None
        try:
            self.settle()
            self._clock.observe()
            if not self._catch_up.is_over:
                fresh = self._catch_up.load(taken, self.state, trusted=self._is_in_time)
                steps.done("load")
            if self._catch_up.is_over:
                made = self._decide_on(fresh, steps)
        except DatabaseUnavailable:
            self._catch_up.unsure = True
            self.spool.keep(fresh, self.state.site, trusted=self._is_in_time)
            raise
        if made is not None:
            self._reload_if_changed(made.site_version, changed=made.changed)
        steps.done("switch")
        self._passes += 1
        self.last = Pass(
            number=self._passes,
            readings=len(taken),
            charges=0 if made is None else made.charges,
            alerts=0 if made is None else len(made.raised),
            frames=0 if made is None else len(made.plan.jobs),
            pass_ms=(time.perf_counter() - began_s) * 1000,
            cpu_ms=(time.process_time() - cpu_s) * 1000,
            step_ms=steps.taken_ms,
        )
        return self.last

    def _decide_on(self, taken: Sequence[Reading], steps: Steps) -> Made:
        """From readings to frames."""
        books, standstill = self._said(self.state.books), self._clock.standstill
        judged = accept(self.state.site, books, taken, self._counted_from_s, standstill)
        steps.done("accept")
        charged = bill(self.state.site, judged, trusted=self._is_in_time)
        steps.done("charge")
        links = self._links_due()
        acknowledged = self._acknowledger.answers()
        now = self._clock.now()
        with self._held.renewing() as (conn, told_at):
            self._clock.compare(told_at)
            begun = Begun(
                judged=judged,
                charged=charged,
                links=links,
                acknowledged=acknowledged,
                busy=self.busy,
                switched_at=self._switched_at,
                before=self._decided,
                had_time_to_read=self._had_time_to_read(now),
                trusted=self._clock.trusted,
                now=now,
                now_s=self._clock.monotonic(),
            )
            made = self._pass_writer.write(conn, told_at, self.state, begun, steps)
        steps.done("write")
        self._take_effect(made, judged)
        if self._logs is not None:
            self._logs.kept()
        self._acknowledger.send(newest(judged))
        self._switcher.send(self.state.site, made.plan.jobs, self._supply_of, self.state.pace, self.state.books)
        self._rewrite(made)
        return made

    def _said(self, books: Mapping[int, Book]) -> Mapping[int, Book]:
        """The books with what people said of their meters."""
        return announced(spoken(books, self._words), self._commissioner.swaps)

    @property
    def _is_in_time(self) -> bool:
        """Whether the stamps of now are those of clocks that agree."""
        return self._clock.trusted and self._clock.in_step

    def settle(self) -> int:
        """Writes what the devices answered to frames; answers how many answers there were."""
        self.wake.clear()
        answers = self._switcher.collect()
        if not answers:
            return 0
        outcome = Outcome()
        now = self._clock.now()
        for answered in answers:
            analyzer_id = answered.job.decided.analyzer.analyzer_id
            self._commissioner.heard(analyzer_id, answered.switched)
            self._switched_at[analyzer_id] = now
        with self._database.writing() as conn:
            settled = {
                answered.job.decided.analyzer.analyzer_id: self._settled(conn, answered, now, outcome)
                for answered in answers
            }
            changed = {key: state for key, state in settled.items() if state != self._supply_of(key)}
            rows = {key: (state, state.supply, self._decided[key].decision) for key, state in changed.items()}
            save_states(conn, rows, now)
            since(conn, outcome.since, now)
            self._pass_writer.tell(conn, self.state.site, outcome.alerts, outcome.events, now)
        self.state.supply.update(settled)
        self.state.books.update(drawn(self.state.books, outcome.confirmed, now))
        return len(answers)

    def _take_effect(self, made: Made, judged: Sequence[Accepted]) -> None:
        state = self.state
        state.books = {**made.books, **drawn(made.books, made.plan.outcome.confirmed, self._clock.now())}
        self._words = made.words
        state.supply.update(made.plan.states)
        self._commissioner.take_effect(made.tests)
        state.guard_alarmed = made.guarded.alarmed
        state.clock_alarmed = not made.trusted
        state.incomers, state.in_range, state.stop = made.incomers, made.in_range, made.stop
        state.serials.update(answering_serials(judged))
        state.watched = made.watched
        for alert in made.lost:
            if alert.analyzer_id is not None:
                state.lost[alert.analyzer_id] = self._clock.now()
        for analyzer_id in made.back:
            state.lost.pop(analyzer_id, None)
        self._decided = made.decided
        state.decided_at = self._clock.now()
        self._loader.decided()
        for alert in made.raised:
            log.info("alert.raised", kind=alert.kind, cause=alert.cause)

    def _reload_if_changed(self, site_version: int, *, changed: bool) -> None:
        """Reads the site again when anybody else recorded an act, or this pass `changed` it, and every minute in any
        case."""
        now_s = self._clock.monotonic()
        known = site_version == self.state.site.version and not changed
        if known and now_s - self._loaded_s < RELOAD_EVERY_S:
            return
        with self._database.writing() as conn:
            self._read_again(reload(conn, self.state, self._writer))

    def _read_again(self, state: State) -> None:
        self.state = state
        self._loaded_s = self._clock.monotonic()
        self._poller.change(state.targets)

    def _remember(self, state: State) -> None:
        """The memory behind what was loaded."""
        if state.site is not self.state.site:
            self._poller.change(state.targets)
        self.state = state

    def _rewrite(self, made: Made) -> None:
        state = self.state
        known = state.watched.fingerprints
        trusted = self._clock.trusted
        busy = self._switcher.busy
        self._rewriter.send(made.decided, made.plan, state.supply, known, busy, time_trusted=trusted)

    def _beat(self, conn: Connection, told_at: datetime) -> None:
        """By the clock of the database: whoever looks how old it is asks that one, too."""
        totals = self._poller.totals()
        last = self.last
        sign = Beat(
            site_id=self.state.site.site_id,
            process="enforcer",
            holder=self._holder,
            started_at=self._started_at,
            passes=self._passes,
            pass_ms=0.0 if last is None else last.pass_ms,
            cpu_ms=0.0 if last is None else last.cpu_ms,
            reads_due=totals.reads.due,
            reads_on_time=totals.reads.on_time,
            reads_late=totals.reads.late,
            reads_missed=totals.reads.missed,
            version=self._program_version,
            details={"answering": totals.answering, "failing": totals.failing, "late_p99_s": totals.late_p99_s},
        )
        beat(conn, sign, told_at)

    def _links_due(self) -> dict[int, LinkState]:
        now_s = self._clock.monotonic()
        if now_s - self._links_s < LINKS_EVERY_S and self._passes:
            return {}
        self._links_s = now_s
        return self._poller.links()

    def _had_time_to_read(self, now: datetime) -> bool:
        """Whether everything that answers was read since the start."""
        return now - self._started_at > timedelta(seconds=float(self.state.site.settings.stale_after_s))

    def _supply_of(self, analyzer_id: int) -> SupplyState:
        return self.state.supply.get(analyzer_id, SupplyState())

    def _settled(self, conn: Connection, answered: Answered, now: datetime, outcome: Outcome) -> SupplyState:
        job, analyzer = answered.job, answered.job.decided.analyzer
        return settle_answer(
            conn,
            self.state.site,
            analyzer,
            self._supply_of(analyzer.analyzer_id),
            job.change.change_id,
            answered.switched,
            answered.error,
            now,
            outcome,
        )
