"""The transaction of a pass: what was read becomes books, what follows from it is decided, and who must know is told.

Nothing of the memory changes in here; it takes over what was made when the transaction is committed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from enforcer.accept import Accepted
from enforcer.charge import Bill
from enforcer.commissioning.around import Around
from enforcer.commissioning.conductor import Commissioner
from enforcer.connecting import Shown, can_take_more, look_at_incomers, range_changed
from enforcer.crossings import credited, find_crossings, lift_levels
from enforcer.decide import Circumstances, Decided, decide_all, live_of, owing, read_circumstances, wished_cut
from enforcer.guard import Guarded, stand_guard
from enforcer.holds import held, out_of_hold, reckon
from enforcer.link import Logs
from enforcer.link_rows import link_rows
from enforcer.link_state import LinkState
from enforcer.loading import Loader
from enforcer.notices import NOTICE, out_of_sight
from enforcer.passes import Made
from enforcer.plan_supply import Plan, plan_supply
from enforcer.sight import answering_serials, in_sight, restarted_since, restarts, seen_supplies
from enforcer.site_state import State, merged
from enforcer.step_times import Steps
from enforcer.stopped import Stop, watch_stop
from enforcer.store import store
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
from enforcer.watch import Watched, known_anew, watch
from prepaid.books import Book
from prepaid.site import Site
from prepaid.switching import SupplyState
from prepaid.tamper import Fingerprint
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.crossings import load_levels, open_notices
from sql.events import Event, record, version
from sql.open_wishes import expire_wishes
from sql.operation import save_site_state
from sql.readings import save_links
from sql.releases import take_releases
from sql.supply import save_states, since


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a pass begins with: its readings, judged and charged, and what devices said meanwhile.

    `links` is empty where they are not due. `busy` are analyzers with frames under way, `switched_at` tells when a
    device was last heard about one. `before` are the decisions of the pass before. `had_time_to_read`: everything that
    answers was read since the start. `trusted`: the clock is.
    """

    judged: Sequence[Accepted]
    charged: Bill
    links: Mapping[int, LinkState]
    acknowledged: Mapping[int, bool]
    busy: frozenset[int]
    switched_at: Mapping[int, datetime]
    before: Mapping[int, Decided]
    had_time_to_read: bool
    trusted: bool
    now: datetime
    now_s: float


class _Scene(NamedTuple):
    """What the readings show besides energy."""

    watched: Watched
    incomers: dict[int, Shown]
    in_range: bool
    stop: Stop
    alerts: list[NewAlert]
    events: list[Event]


class _Verdict(NamedTuple):
    """What follows for the supplies."""

    guarded: Guarded
    decided: dict[int, Decided]
    plan: Plan
    alerts: list[NewAlert]


class PassWriter:
    """Writes the passes of one site, each in one transaction. `beat` adds the sign of life."""

    def __init__(
        self,
        commissioner: Commissioner,
        loader: Loader,
        logs: Logs | None,
        writer: str,
        beat: Callable[[Connection, datetime], None],
    ) -> None:
        self._commissioner = commissioner
        self._loader = loader
        self._logs = logs
        self._writer = writer
        self._beat = beat
        self._known: tuple[Circumstances, Money] | None = None

    @property
    def live(self) -> Mapping[int, Decimal]:
        """The live balances of the last pass, by account."""
        return {} if self._known is None else self._known[1].live

    def write(self, conn: Connection, told_at: datetime, state: State, begun: Begun, steps: Steps) -> Made:
        """All of a pass, in the transaction of `conn`. `told_at` is the time by the clock of the database."""
        site, now = state.site, begun.now
        history = [each.reading for each in begun.judged if each.reading.phases is not None]
        changed, alerts, events = store(conn, site, begun.judged, begun.charged, state.books, history, now)
        steps.done("write")
        books = merged(state.books, changed)
        expire_wishes(conn, site.site_id, told_at)
        words = take_releases(conn, site.site_id, held(books), told_at)
        reckon(conn, site, books, now)
        circumstances = read_circumstances(conn, site, now, told_at, time_trusted=begun.trusted)
        live = live_of(site, books, circumstances)
        around = self._around(state, begun, books, circumstances, live)
        tests = self._commissioner.step(conn, around)
        restarted = restarted_since({**state.supply, **tests.states}, restarts(begun.judged))
        supply = {**state.supply, **tests.states, **restarted}
        scene = _look(conn, state, begun, books, supply, tests.fingerprints)
        money = Money(
            live=live,
            last_recharges=state.last_recharges,
            forecasts=state.forecasts,
            source=scene.watched.source,
        )
        verdict = self._judge(conn, told_at, state, begun, books, supply, around, circumstances, money)
        plan, decided = verdict.plan, verdict.decided
        plan.states = {**tests.states, **restarted, **plan.states}
        steps.done("decide")
        _save_supply(conn, state, plan, decided, begun)
        self._known = (verdict.guarded.circumstances, money)
        lost, back = find_lost(site, begun.links, state.lost, now)
        announce_back(conn, site, back, now)
        standing = self._find_standing(conn, state, begun, decided, supply)
        raised = self.tell(
            conn,
            site,
            [*alerts, *verdict.alerts, *lost, *scene.alerts, *standing],
            [*events, *tests.events, *plan.outcome.events, *scene.events],
            now,
        )
        save_links(conn, link_rows(begun.links, site.analyzers))
        since_at = None if begun.trusted else now
        save_site_state(conn, site.site_id, scene.watched.source, since_at, now, in_range=scene.in_range)
        self._beat(conn, told_at)
        return Made(
            books=books,
            words=words,
            watched=scene.watched,
            plan=plan,
            decided=decided,
            guarded=verdict.guarded,
            trusted=begun.trusted,
            incomers=scene.incomers,
            in_range=scene.in_range,
            stop=scene.stop,
            tests=tests,
            lost=lost,
            back=back,
            raised=raised,
            site_version=version(conn, self._writer),
            charges=len(begun.charged.lines),
            changed=bool(begun.charged.handovers) or tests.changed,
        )

    def tell(
        self, conn: Connection, site: Site, alerts: Sequence[NewAlert], events: Sequence[Event], now: datetime
    ) -> list[NewAlert]:
        """Writes who must get what, and what happened; answers the alerts that were not known yet. Before the first
        pass nobody's balance is known, and no alert is written."""
        raised: list[NewAlert] = []
        if self._known is not None:
            circumstances, money = self._known
            raised = raise_all(conn, site, circumstances, money, alerts, now)
        record(conn, self._writer, [*events, *alert_events(raised)], now)
        return raised

    def _around(
        self,
        state: State,
        begun: Begun,
        books: Mapping[int, Book],
        circumstances: Circumstances,
        live: Mapping[int, Decimal],
    ) -> Around:
        """What this pass tells the tests on the spot."""
        return Around(
            site=state.site,
            supply=state.supply,
            seen=seen_supplies(in_sight(begun.judged, begun.switched_at, begun.now), self._loader.restarted),
            serials={**state.serials, **answering_serials(begun.judged)},
            read=frozenset(each.analyzer.analyzer_id for each in begun.judged),
            bound={key: book.meter.serial_number for key, book in books.items()},
            locked=frozenset(circumstances.locked),
            kept_cut=owing(state.site, live) | wished_cut(circumstances),
            busy=begun.busy,
            counting=state.watched.counting,
            now=circumstances.now,
            now_s=begun.now_s,
        )

    def _judge(
        self,
        conn: Connection,
        told_at: datetime,
        state: State,
        begun: Begun,
        books: Mapping[int, Book],
        supply: Mapping[int, SupplyState],
        around: Around,
        circumstances: Circumstances,
        money: Money,
    ) -> _Verdict:
        """Who fell to which level, who is spared for now, and what each supply ought to be."""
        site, now = state.site, begun.now
        noted = {key: level for key, (level, _) in load_levels(conn, site.site_id).items()}
        risen = out_of_hold(site, state.books, books) | self._credited(circumstances)
        levels = lift_levels(conn, site, noted, money, risen, now)
        late = dict.fromkeys(
            out_of_sight(site, state.books, begun.judged, state.decided_at, now)
            | self._loader.back
            | circumstances.provisional.keys(),
            told_at + NOTICE,
        )
        entries = {key: entry_no for key, (entry_no, _) in circumstances.heads.items()}
        fallen, crossing_alerts = find_crossings(conn, site, levels, money, entries, now, late)
        if late and fallen:
            circumstances = replace(circumstances, notices=open_notices(conn, site.site_id, told_at))
        guarded = stand_guard(conn, site, fallen, supply, circumstances, now, alarmed=state.guard_alarmed)
        decided = decide_all(site, books, supply, around.serials, money.live, guarded.circumstances)
        plan = plan_supply(conn, site, supply, decided, around.seen, around.busy, now, time_trusted=begun.trusted)
        alerts = [*plan.outcome.alerts, *explained(crossing_alerts, decided), *guarded.alerts]
        return _Verdict(guarded, decided, plan, alerts)

    def _credited(self, circumstances: Circumstances) -> frozenset[int]:
        """Accounts to which credit came since the last pass."""
        return frozenset() if self._known is None else credited(self._known[0].heads, circumstances.heads)

    def _find_standing(
        self,
        conn: Connection,
        state: State,
        begun: Begun,
        decided: Mapping[int, Decided],
        supply: Mapping[int, SupplyState],
    ) -> list[NewAlert]:
        """What is wrong as long as it lasts: supplies that ought to be off, a clock in doubt, a log that is late."""
        site, now = state.site, begun.now
        return [
            *find_unreachable(site, decided, state.supply, state.lost),
            *find_dark(site, decided, supply, now),
            *find_clock_doubt(conn, site, now, trusted=begun.trusted, alarmed=state.clock_alarmed),
            *([] if self._logs is None else self._logs.keep(conn, site, now)),
        ]


def _look(
    conn: Connection,
    state: State,
    begun: Begun,
    books: Mapping[int, Book],
    supply: Mapping[int, SupplyState],
    fingerprints: Mapping[int, Fingerprint],
) -> _Scene:
    """`fingerprints` are those that tests on the spot took in this pass."""
    site, now = state.site, begun.now
    known = known_anew(state.watched, fingerprints)
    watched, told = watch(conn, site, known, begun.judged, books, begun.acknowledged, now)
    source = watched.source
    incomers = look_at_incomers(site, state.incomers, begun.judged, now)
    in_range = can_take_more(site, incomers, source, otherwise=state.in_range or begun.had_time_to_read)
    ranging = range_changed(site, source, before=state.in_range, now=in_range)
    stop, stops = watch_stop(conn, site, state.stop, incomers, source, supply, now, connecting=in_range)
    return _Scene(watched, incomers, in_range, stop, [*told.alerts, *stops], [*told.events, *ranging])


def _save_supply(conn: Connection, state: State, plan: Plan, decided: Mapping[int, Decided], begun: Begun) -> None:
    """Rows only where the supply, what is seen, or the decision changed."""
    rows = {}
    for analyzer_id, each in decided.items():
        stands = plan.states.get(analyzer_id) or state.supply.get(analyzer_id, SupplyState())
        before = begun.before.get(analyzer_id)
        if analyzer_id in plan.states or before is None or before.decision != each.decision:
            rows[analyzer_id] = (stands, plan.seen.get(analyzer_id, stands.supply), each.decision)
    save_states(conn, rows, begun.now)
    since(conn, plan.outcome.since, begun.now)
