"""Who waits to be switched on from pass to pass, and what the incomers say to it."""

from dataclasses import replace
from decimal import Decimal

from enforcer.accept import accept
from enforcer.connecting import ConnectingQueue, Shown, can_take_more, look_at_incomers, range_changed
from enforcer.decide import Decided
from enforcer.plan_supply import Job
from prepaid.connecting import Pace
from prepaid.metering import Verdict
from prepaid.parameters import Measures
from prepaid.records import Purpose, Source
from prepaid.site import Site
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Change, Progress, SupplyState
from tests.building import MORNING
from tests.enforcer.site_of_rules import HOUSE, OVEN, SHOPS, at, read, site_of

GRID, STOPPED = Pace(1.0), Pace(1.0, stopped=True)
SITE = site_of({(SHOPS, Source.GRID): [(-1e6, "1")]})


class Street:
    """Shops that were cut and have paid; the pass reads some of them at a time."""

    def __init__(self, number: int) -> None:
        self.queue = ConnectingQueue(now_s=100.0)
        self.now_s = 100.0
        self.states: dict[int, SupplyState] = {}
        self.jobs = [self._job(analyzer_id) for analyzer_id in range(number)]

    def run(self, *read: int, pace: Pace = GRID, after_s: float = 2.5) -> list[int]:
        """A pass that read these; who is connected until the next one."""
        self.now_s += after_s
        waiting = [self.jobs[number] for number in read if self.states[number].change is not None]
        self.queue.add(waiting, self.now_s)
        taken = self.queue.take(self.site, pace, self.states.__getitem__, self.now_s)
        found = [job.decided.analyzer.analyzer_id for job, _delay in taken]
        for number in found:
            self.states[number] = SupplyState()
        return found

    @property
    def site(self) -> Site:
        return SITE

    def _job(self, analyzer_id: int) -> Job:
        change = Change(
            change_id=analyzer_id + 1,
            wanted=Answer.ON,
            reason=Reason.RECHARGED,
            progress=Progress.WANTED,
            decided_at=at(analyzer_id),
            tries=0,
            try_at=None,
            alarmed=False,
            before=None,
        )
        self.states[analyzer_id] = SupplyState(change=change)
        [oven] = SITE.analyzers.values()
        decided = Decided(
            analyzer=replace(oven, analyzer_id=analyzer_id),
            decision=Decision(Answer.ON, Reason.RECHARGED),
            live=Decimal(1),
            entry_no=1,
            wish=None,
            lock_id=None,
        )
        return Job(decided=decided, change=change, serial_number="LQN/1", time_trusted=True)


def test_who_was_not_read_in_this_pass_keeps_the_place() -> None:
    street = Street(9)
    first = street.run(*range(0, 9, 2))

    second = street.run(7)

    assert first == [0, 2, 4]
    assert second == [6, 7, 8]


def test_nobody_is_forgotten_and_the_pace_is_kept() -> None:
    street = Street(30)
    connected: list[int] = []

    for number in range(20):
        connected += street.run(*range(number % 2, 30, 2))

    assert sorted(connected) == list(range(30))


def test_while_it_is_stopped_all_keep_waiting_and_then_go_on_one_by_one() -> None:
    street = Street(4)

    stopped = [street.run(*range(4), pace=STOPPED) for _ in range(5)]
    after = street.run(*range(4))

    assert stopped == [[]] * 5
    assert after == [0, 1, 2]


def test_a_supply_that_is_wanted_otherwise_by_now_leaves_the_queue() -> None:
    street = Street(6)
    street.run(*range(6), pace=STOPPED)

    street.states[0] = SupplyState()

    assert street.run() == [1, 2, 3]


def test_an_analyzer_that_is_no_longer_read_does_not_hold_its_place() -> None:
    street = Street(2)
    street.run(0, 1, pace=STOPPED)

    assert street.run(after_s=60) == []


def test_after_a_start_as_much_time_passes_as_after_a_supply_that_was_connected() -> None:
    street = Street(1)

    early = street.run(0, pace=Pace(60.0))
    later = [street.run(0, pace=Pace(60.0)) for _ in range(24)]

    assert early == []
    assert [found for found in later if found] == [[0]]


def test_only_the_incomer_of_the_source_that_feeds_the_site_counts() -> None:
    incomers = {1: Shown(Source.GRID, 0.0, 0.0, MORNING), 2: Shown(Source.GENERATOR, 231.0, 50.1, MORNING)}

    assert can_take_more(SITE, incomers, Source.GENERATOR)
    assert not can_take_more(SITE, incomers, Source.GRID)
    assert can_take_more(SITE, {}, Source.GRID)


def test_an_old_reading_that_comes_late_does_not_tell_what_the_incomer_shows() -> None:
    [oven] = SITE.analyzers.values()
    incomer = replace(oven, purpose=Purpose.GRID_INCOMER, account_id=HOUSE)
    site = replace(SITE, analyzers={OVEN: incomer})
    dead, alive = (read(second, 1000)._replace(measures=_feeding(volts)) for second, volts in ((0, 0.0), (60, 231.0)))
    [fresh] = accept(site, {}, [alive], 0.0)

    shown = look_at_incomers(site, {}, [fresh], at(61))
    [late] = accept(site, {OVEN: fresh.after}, [dead], 0.0)
    after = look_at_incomers(site, shown, [late], at(62))

    assert late.judgement.verdict is Verdict.LATE
    assert after == shown == {OVEN: Shown(Source.GRID, 231.0, 50.0, at(60))}


def test_that_connecting_stops_and_goes_on_is_an_event_each() -> None:
    assert range_changed(SITE, Source.GRID, before=True, now=True) == []
    [stopped] = range_changed(SITE, Source.GRID, before=True, now=False)
    [resumed] = range_changed(SITE, Source.GRID, before=False, now=True)
    assert (stopped.action, resumed.action) == ("connecting.stopped", "connecting.resumed")


def _feeding(volts: float) -> Measures:
    blank = Measures(*[0.0] * len(Measures._fields))
    return blank._replace(voltage_average_l_n_v=volts, frequency_hz=50.0)
