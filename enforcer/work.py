"""One pass over a site: poll, accept, charge, decide, switch, notify, in this order.

All rows of a pass are written in one transaction; the memory changes only after it is committed.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from documents.logs import get
from enforcer.accept import Accepted, accept
from enforcer.acknowledge import Acknowledger
from enforcer.catch_up import CatchUp
from enforcer.charge import Bill, bill
from enforcer.commissioning.around import Around
from enforcer.commissioning.conductor import Commissioner
from enforcer.connecting import can_take_more, look_at_incomers, range_changed
from enforcer.crossings import credited, find_crossings, lift_levels
from enforcer.decide import Circumstances, Decided, decide_all, live_of, owing, read_circumstances, wished_cut
from enforcer.guard import stand_guard
from enforcer.held_lease import HeldLease, Renewed
from enforcer.holds import held, out_of_hold, reckon, spoken
from enforcer.last_look import LastLook
from enforcer.link import Logs, Polling
from enforcer.link_rows import link_rows
from enforcer.link_state import LinkState
from enforcer.loading import Loader
from enforcer.notices import NOTICE, out_of_sight
from enforcer.passes import Made, Pass
from enforcer.plan_supply import Plan, plan_supply
from enforcer.rewrite import Rewriter
from enforcer.settle import Outcome, settle_answer
from enforcer.sight import answering_serials, in_sight, seen_supplies
from enforcer.site_state import State, merged, reload
from enforcer.spool import Spool
from enforcer.step_times import Steps
from enforcer.stopped import watch_stop
from enforcer.store import drawn, newest, store
from enforcer.swap import announced
from enforcer.switch import Answered, Switcher
from enforcer.tell import (
    Money,
    alert_events,
    announce_back,
    explained,
    find_clock_doubt,
    find_dark,
    find_lost,
    find_unreachable,
    raise_all,
)
from enforcer.timekeeping import BookClock
from enforcer.watch import known_anew, watch
from enforcer.writer import writer_of
from prepaid.books import Book
from prepaid.errors.start import DatabaseUnavailable
from prepaid.metering import Word
from prepaid.records import Reading
from prepaid.switching import SupplyState
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.crossings import load_levels, open_notices
from sql.events import Event, record, version
from sql.open_wishes import expire_wishes
from sql.operation import Beat, beat, save_site_state
from sql.readings import save_links
from sql.releases import take_releases
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
        self._money: tuple[Circumstances, Money] | None = None
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
        return {} if self._money is None else self._money[1].live

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
        judged = accept(self.state.site, self._said(self.state.books), taken, self._counted_from_s)
        steps.done("accept")
        charged = bill(self.state.site, judged, trusted=self._is_in_time)
        steps.done("charge")
        links = self._links_due()
        acknowledged = self._acknowledger.answers()
        with self._held.renewing() as renewed:
            made = self._write(renewed, judged, charged, links, acknowledged, steps)
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
            self._tell(conn, outcome.alerts, outcome.events)
        self.state.supply.update(settled)
        self.state.books.update(drawn(self.state.books, outcome.confirmed, now))
        return len(answers)

    # --- the writing transaction ----------------------------------------------------------------------------------

    def _write(
        self,
        renewed: Renewed,
        judged: list[Accepted],
        charged: Bill,
        links: Mapping[int, LinkState],
        acknowledged: Mapping[int, bool],
        steps: Steps,
    ) -> Made:
        state, site, now = self.state, self.state.site, self._clock.now()
        conn, told_at = renewed
        self._clock.compare(told_at)
        history = [each.reading for each in judged if each.reading.phases is not None]
        changed, alerts, events = store(conn, site, judged, charged, state.books, history, now)
        steps.done("write")
        books = merged(state.books, changed)
        trusted = self._clock.trusted
        expire_wishes(conn, site.site_id, told_at)
        words = take_releases(conn, site.site_id, held(books), told_at)
        reckon(conn, site, books, now)
        circumstances = read_circumstances(conn, site, now, told_at, time_trusted=trusted)
        live = live_of(site, books, circumstances)
        around = self._around(judged, books, circumstances, live)
        tests = self._commissioner.step(conn, around)
        supply = {**state.supply, **tests.states}
        known = known_anew(state.watched, tests.fingerprints)
        watched, watching = watch(conn, site, known, judged, books, acknowledged, now)
        source = watched.source
        incomers = look_at_incomers(site, state.incomers, judged, now)
        in_range = can_take_more(site, incomers, source, otherwise=state.in_range or self._had_time_to_read(now))
        ranging = range_changed(site, source, before=state.in_range, now=in_range)
        stop, stops = watch_stop(conn, site, state.stop, incomers, source, supply, now, connecting=in_range)
        money = Money(live=live, last_recharges=state.last_recharges, forecasts=state.forecasts, source=source)
        noted = {key: level for key, (level, _) in load_levels(conn, site.site_id).items()}
        risen = out_of_hold(site, state.books, books) | self._credited(circumstances)
        levels = lift_levels(conn, site, noted, money, risen, now)
        late = dict.fromkeys(
            out_of_sight(site, state.books, judged, state.decided_at, now)
            | self._loader.back
            | circumstances.provisional.keys(),
            told_at + NOTICE,
        )
        fallen, crossing_alerts = find_crossings(conn, site, levels, money, now, late)
        if late and fallen:
            circumstances = replace(circumstances, notices=open_notices(conn, site.site_id, told_at))
        guarded = stand_guard(conn, site, fallen, supply, circumstances, now, alarmed=state.guard_alarmed)
        circumstances = guarded.circumstances
        decided = decide_all(site, books, supply, around.serials, live, circumstances)
        plan = plan_supply(conn, site, supply, decided, around.seen, around.busy, now, time_trusted=trusted)
        plan.states = {**tests.states, **plan.states}
        steps.done("decide")
        self._save_supply(conn, plan, decided, now)
        self._money = (circumstances, money)
        lost, back = find_lost(site, links, state.lost, now)
        announce_back(conn, site, back, now)
        stuck = [*find_unreachable(site, decided, state.supply, state.lost), *find_dark(site, decided, supply, now)]
        doubt = find_clock_doubt(conn, site, now, trusted=trusted, alarmed=state.clock_alarmed)
        logged = [] if self._logs is None else self._logs.keep(conn, site, now)
        found = [*plan.outcome.alerts, *explained(crossing_alerts, decided), *guarded.alerts, *lost, *stuck]
        told = [*alerts, *found, *watching.alerts, *doubt, *stops, *logged]
        raised = self._tell(conn, told, [*events, *tests.events, *plan.outcome.events, *watching.events, *ranging])
        self._save_links(conn, links)
        save_site_state(conn, site.site_id, source, None if trusted else now, now, in_range=in_range)
        self._beat(conn, told_at)
        return Made(
            books=books,
            words=words,
            watched=watched,
            plan=plan,
            decided=decided,
            guarded=guarded,
            trusted=trusted,
            incomers=incomers,
            in_range=in_range,
            stop=stop,
            tests=tests,
            lost=lost,
            back=back,
            raised=raised,
            site_version=version(conn, self._writer),
            charges=len(charged.lines),
            changed=bool(charged.handovers) or tests.changed,
        )

    def _around(
        self,
        judged: Sequence[Accepted],
        books: Mapping[int, Book],
        circumstances: Circumstances,
        live: Mapping[int, Decimal],
    ) -> Around:
        """What this pass tells the tests on the spot."""
        state = self.state
        return Around(
            site=state.site,
            supply=state.supply,
            seen=seen_supplies(in_sight(judged, self._switched_at, circumstances.now), self._loader.restarted),
            serials={**state.serials, **answering_serials(judged)},
            read=frozenset(each.analyzer.analyzer_id for each in judged),
            bound={key: book.meter.serial_number for key, book in books.items()},
            locked=frozenset(circumstances.locked),
            kept_cut=owing(state.site, live) | wished_cut(circumstances),
            busy=self.busy,
            counting=state.watched.counting,
            now=circumstances.now,
            now_s=self._clock.monotonic(),
        )

    def _credited(self, circumstances: Circumstances) -> frozenset[int]:
        """Accounts to which credit came since the last pass."""
        return frozenset() if self._money is None else credited(self._money[0].heads, circumstances.heads)

    def _tell(self, conn: Connection, alerts: Sequence[NewAlert], events: Sequence[Event]) -> list[NewAlert]:
        now = self._clock.now()
        raised: list[NewAlert] = []
        if self._money is not None:
            circumstances, money = self._money
            raised = raise_all(conn, self.state.site, circumstances, money, alerts, now)
        record(conn, self._writer, [*events, *alert_events(raised)], now)
        return raised

    def _save_supply(self, conn: Connection, plan: Plan, decided: Mapping[int, Decided], now: datetime) -> None:
        """Rows only where the supply, what is seen, or the decision changed."""
        rows = {}
        for analyzer_id, each in decided.items():
            state = plan.states.get(analyzer_id, self._supply_of(analyzer_id))
            before = self._decided.get(analyzer_id)
            if analyzer_id in plan.states or before is None or before.decision != each.decision:
                rows[analyzer_id] = (state, plan.seen.get(analyzer_id, state.supply), each.decision)
        save_states(conn, rows, now)
        since(conn, plan.outcome.since, now)

    def _save_links(self, conn: Connection, links: Mapping[int, LinkState]) -> None:
        known = self.state.site.analyzers
        save_links(conn, link_rows(links, known))

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

    # --- after the commit -----------------------------------------------------------------------------------------

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
        self._rewriter.send(
            state.site, made.decided, made.plan, state.supply, known, self._switcher.busy, time_trusted=trusted
        )

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
