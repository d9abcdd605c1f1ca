"""The writing half of accept and charge: after passes, restarts and handovers the books in the database are right."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcer.accept import accept
from enforcer.charge import bill
from enforcer.decide import decide_all, live_of, read_circumstances
from enforcer.holds import held, reckon, spoken
from enforcer.store import store
from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.calendar import hour_of
from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed
from prepaid.errors.wishes import CounterNamedWrong, HoldOver, WishOver
from prepaid.evidence import KEPT_AN_HOUR
from prepaid.metering import COUNTERS_RESET, RESTARTED, Verdict
from prepaid.records import SOURCES, BaseCause, Feed, HoldCause, Reading, Role, Source, WishState
from prepaid.site import Site
from prepaid.switching import Supply
from prepaid.units import cost
from sql import check
from sql.accounts import live_balances
from sql.alerts import raise_alert
from sql.connection import Database
from sql.events import record
from sql.facts import facts_now
from sql.holds import provisional_amounts
from sql.hours import HourLine, add_hours
from sql.metering import begin_hold, load_books
from sql.quarantine import purge_refused
from sql.releases import NO_HOLD, RELEASED, ask_release, take_releases
from sql.tables import (
    alerts,
    analyzers,
    assignments,
    bases,
    holds,
    quarantined_readings,
    readings,
    sites,
    step_backs,
    supply_states,
    wishes,
)
from sql.wishes import withdraw
from tests.building import GRID_PRICE, MORNING, Building, Person
from tests.enforcer.site_of_rules import RATED_W, STARTED_S, read
from tests.signed_in import signed_in

GRID = Source.GRID


@dataclass(slots=True)
class Store:
    """Pass after pass over one oven, written to the database as the enforcer writes them."""

    building: Building
    bakery: Person
    florist: Person
    oven: int
    books: dict[int, Book] = field(default_factory=dict)
    kinds: list[AlertKind] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    def run(self, *readings: Reading, serial_number: str | None = None, site: Site | None = None) -> None:
        """One pass over the readings, which are those of the oven, or of whoever answers in its place. `site` is as the
        pass knows it, where somebody has changed it since."""
        site = site or self.building.load()
        serial_number = serial_number or site.analyzers[self.oven].serial_number or ""
        mine = [reading._replace(analyzer_id=self.oven, serial_number=serial_number) for reading in readings]
        judged = accept(site, self.books, mine, STARTED_S)
        made = bill(site, judged, trusted=True)
        now = readings[-1].read_at
        with self.building.database.writing() as conn:
            changed, alerts, events = store(conn, site, judged, made, self.books, mine, now)
            record(conn, "enforcer:1", events, now)
            for alert in alerts:
                raise_alert(conn, alert, now)
        self.books = {**self.books, **changed}
        self.kinds += [alert.kind for alert in alerts]
        self.actions += [event.action for event in events]

    def listen(self, at: datetime) -> None:
        """What people said is read, as in the transaction of a pass."""
        with self.database.writing() as conn:
            words = take_releases(conn, self.building.site_id, held(self.books), at)
        self.books = dict(spoken(self.books, words))

    def restart(self) -> None:
        """The enforcer was killed: only what is in the database is known."""
        site = self.building.load()
        with self.building.database.reading() as conn:
            self.books = load_books(conn, site.analyzers, site.site_id)

    @property
    def database(self) -> Database:
        return self.building.database

    def rows(self, table: sa.Table) -> Sequence[sa.Row[tuple[object, ...]]]:
        with self.database.reading() as conn:
            return conn.execute(sa.select(table).order_by(*table.primary_key)).all()


def stored(database: Database, name: str = "Corner House", first_wh: int = 1000) -> Store:
    """A bakery with an oven that was read for the first time."""
    building = Building(database, name=name)
    bakery, florist = building.tenant("Bakery", opening="100"), building.tenant("Florist")
    made = Store(building=building, bakery=bakery, florist=florist, oven=building.analyzer("Oven", bakery))
    made.run(read(-10, first_wh))
    made.run(read(-5, first_wh))
    return made


def test_the_first_base_opens_both_counters_and_begins_the_assignment(database: Database) -> None:
    made = stored(database)

    begun = made.rows(assignments)[0]
    assert [(row.source, row.opening_wh, row.cause) for row in made.rows(bases)] == [
        (Source.GRID, 1000, BaseCause.FIRST),
        (Source.GENERATOR, 0, BaseCause.FIRST),
    ]
    assert (begun.from_at, begun.opening_grid_wh) == (MORNING - timedelta(seconds=5), 1000)
    assert made.actions == ["metering.new_base", "assignment.begun"]


def test_a_restarted_enforcer_knows_what_the_one_before_knew(database: Database) -> None:
    made = stored(database)
    made.run(read(5, 1020, 3), read(10, 1040, 3, bits=RESTARTED))
    known = made.books[made.oven]

    made.restart()

    book = made.books[made.oven]
    assert (book.grid, book.generator) == (known.grid, known.generator)
    assert [book.meter.counter(source) for source in SOURCES] == [known.meter.counter(source) for source in SOURCES]
    assert (book.meter.accepted_at, book.meter.diagnostics) == (known.meter.accepted_at, RESTARTED)
    assert book.accepted_s is None


def test_a_restarted_enforcer_still_explains_a_fall_by_the_bit_that_was_recorded_before(database: Database) -> None:
    made = stored(database)
    made.run(read(5, None, bits=RESTARTED))

    made.restart()
    made.run(read(10, 990, bits=RESTARTED))

    assert [row.forgone_wh for row in made.rows(step_backs)] == [10]


def test_a_reset_closes_the_old_base_charged_in_full(database: Database) -> None:
    made = stored(database)

    made.run(read(5, 1020), read(65, 30, bits=COUNTERS_RESET), read(70, 40, bits=COUNTERS_RESET))

    old, _, new, _ = made.rows(bases)
    assert (old.highest_wh, old.charged_wh, old.closed_at) == (1020, 1020, MORNING + timedelta(seconds=70))
    assert (new.opening_wh, new.began_wh, new.cause, new.closed_at) == (0, 40, BaseCause.RESET, None)
    assert check.check(database, everything=True) == []


def test_a_step_back_is_kept_with_its_forgone_wh(database: Database) -> None:
    made = stored(database)

    made.run(read(5, 1020), read(10, 1005, bits=RESTARTED))

    [row] = made.rows(step_backs)
    assert (row.source, row.from_wh, row.to_wh, row.forgone_wh) == (Source.GRID, 1020, 1005, 15)
    assert made.actions[-2:] == ["metering.step_back", "analyzer.diagnostics"]


def test_a_counter_that_fell_is_held_told_and_released(database: Database) -> None:
    made = stored(database)

    made.run(*(read(second, 3) for second in range(0, 60, 5)))
    [held] = made.rows(holds)
    made.restart()
    made.run(*(read(second, 1010) for second in (60, 65, 70)))

    [released] = made.rows(holds)
    assert (held.cause, held.ended_at) == (HoldCause.FELL, None)
    assert held.protects_until_at == held.began_at + timedelta(hours=24)
    assert (released.ended_by, released.ended_at) == ("advance", MORNING + timedelta(seconds=70))
    assert made.kinds == [AlertKind.HOLD]
    assert [row.times for row in made.rows(quarantined_readings)] == [1, 1, 9, 1]


def test_what_was_refused_and_comes_again_in_the_overlap_of_a_log_is_one_row_of_the_history(database: Database) -> None:
    made = stored(database)
    with database.writing() as conn:
        conn.execute(analyzers.update().values(feed=Feed.KEPWARE))
    made.run(read(5, 0), read(10, 0))
    made.restart()

    made.run(read(5, 0), read(10, 0), read(15, 1010))

    told = [(row.read_at, row.verdict) for row in made.rows(readings) if row.read_at >= MORNING]
    assert told == [
        (MORNING + timedelta(seconds=5), Verdict.QUARANTINED),
        (MORNING + timedelta(seconds=10), Verdict.QUARANTINED),
        (MORNING + timedelta(seconds=15), Verdict.ADVANCE),
    ]


def test_a_lying_register_is_billed_exactly_held_briefly_and_told_without_a_storm(database: Database) -> None:
    """Zeros in every second row, one dip of 4 000 kWh with its return, late and repeated rows, for half an hour."""
    made = stored(database, first_wh=5_000_000)
    true_wh, used_wh = 5_000_000, 0
    arrived: list[Reading] = []
    for number in range(360):
        second = 5.0 * number
        used_wh += number % 20
        true_wh = 5_000_000 + used_wh
        dipped = 100 <= number < 108
        arrived.append(read(second, true_wh - 4_000_000 if dipped else true_wh))
        if not 95 <= number < 115:
            arrived.append(read(second + 2.5, 0))
        if number % 7 == 0:
            arrived += arrived[-4:-1]
        if number % 3 == 0:
            made.run(*arrived)
            arrived = []
    made.run(*arrived, read(2_000, true_wh))

    [hold] = made.rows(holds)
    with database.reading() as conn:
        live = live_balances(conn, made.building.site_id)[made.bakery.account_id].live
    assert live == Decimal(100) - cost(used_wh, GRID_PRICE)
    assert hold.ended_at - hold.began_at <= timedelta(minutes=1)
    assert made.kinds == [AlertKind.HOLD]
    assert made.actions == ["metering.new_base", "assignment.begun", "metering.hold_began", "metering.hold_ended"]
    assert len(made.rows(quarantined_readings)) <= KEPT_AN_HOUR
    assert sum(row.times for row in made.rows(quarantined_readings)) >= 340
    assert check.check(database, everything=True) == []


@pytest.mark.parametrize("lie", ["zero", "none", "wrong device"])
def test_a_stuck_fault_writes_a_handful_of_rows_an_hour_also_over_restarts(database: Database, lie: str) -> None:
    made = stored(database)

    for second in range(0, 3 * 3600, 60):
        lying = read(second, None if lie == "none" else 0)
        lies = [lying, lying._replace(read_at=lying.read_at + timedelta(seconds=5), monotonic_s=lying.monotonic_s + 5)]
        honest = [] if second > 7_200 or lie == "wrong device" else [read(second + 10, 1000)]
        made.run(*lies, *honest, serial_number="LQN/666" if lie == "wrong device" else None)
        if second % 1_200 == 0:
            made.restart()

    rows = made.rows(quarantined_readings)
    assert len(rows) <= 3 * KEPT_AN_HOUR
    assert sum(row.times for row in rows) == 2 * 180
    assert len(set(made.kinds)) <= 1
    assert len(made.rows(alerts)) <= 2


def test_evidence_beyond_its_time_is_removed_in_slices(database: Database) -> None:
    made = stored(database)
    made.run(read(0, None), read(5, 0), read(3_700, None))

    with database.writing() as conn:
        removed = [purge_refused(conn, MORNING + timedelta(hours=1)) for _ in range(2)]

    assert (removed, len(made.rows(quarantined_readings))) == ([2, 0], 1)


def test_a_hold_that_began_with_a_jump_is_not_waited_out_by_a_restart(database: Database) -> None:
    made = stored(database)
    made.run(*(read(second, 500_000 + second) for second in range(0, 60, 5)))

    made.restart()
    made.run(*(read(100_000 + second, 500_100 + second) for second in range(0, 60, 5)))

    assert [row.ended_at for row in made.rows(holds)] == [None]
    assert made.books[made.oven].unbilled_wh(GRID) == 0


def test_a_person_releases_a_hold_by_a_new_base_and_is_answered(database: Database) -> None:
    database.clock = ManualClock(MORNING + timedelta(seconds=60))
    made = stored(database)
    made.run(read(5, 1020), *(read(second, 3) for second in range(10, 60, 5)))
    admin = signed_in(database, Role.ADMIN)

    ask_release(database, admin, made.oven, "its counter was set anew", grid_wh=1)
    made.listen(MORNING + timedelta(seconds=61))
    with pytest.raises(WishOver):
        withdraw(database, admin, made.rows(wishes)[0].id)
    made.run(read(65, 4), read(70, 5))

    [hold], [wish] = made.rows(holds), made.rows(wishes)
    old, _, new, _ = made.rows(bases)
    assert (wish.state, wish.result, wish.taken_at) == (WishState.DONE, RELEASED, MORNING + timedelta(seconds=61))
    assert (hold.ended_by, old.charged_wh, old.closed_at) == ("person", 1020, hold.ended_at)
    assert (new.cause, new.opening_wh, new.highest_wh) == (BaseCause.PERSON, 1, 5)
    assert [row.ended_at for row in made.rows(alerts) if row.kind is AlertKind.HOLD] == [hold.ended_at]
    assert check.check(database, everything=True) == []


def test_a_release_that_comes_after_the_hold_ended_by_itself_is_refused(database: Database) -> None:
    database.clock = ManualClock(MORNING + timedelta(seconds=60))
    made = stored(database)
    made.run(*(read(second, 3) for second in range(0, 60, 5)))
    ask_release(database, signed_in(database, Role.ADMIN), made.oven, "its counter was set anew")

    made.run(read(60, 1010), read(65, 1010), read(70, 1010))
    made.listen(MORNING + timedelta(seconds=71))

    [wish] = made.rows(wishes)
    assert (wish.state, wish.result) == (WishState.REFUSED, NO_HOLD)


def test_nobody_releases_what_is_not_held_or_names_a_counter_above_the_device(database: Database) -> None:
    database.clock = ManualClock(MORNING + timedelta(seconds=60))
    made = stored(database)
    admin = signed_in(database, Role.ADMIN)
    with pytest.raises(HoldOver):
        ask_release(database, admin, made.oven, "a reason")
    made.run(*(read(second, 3) for second in range(0, 60, 5)))

    for named_wh in (4, -1):
        with pytest.raises(CounterNamedWrong):
            ask_release(database, admin, made.oven, "a reason", grid_wh=named_wh)
    with pytest.raises(NotAllowed):
        ask_release(database, signed_in(database, Role.MANAGER), made.oven, "a reason")

    first = ask_release(database, admin, made.oven, "a reason", grid_wh=3)
    second = ask_release(database, admin, made.oven, "another word", grid_wh=2)
    assert [(row.id, row.state) for row in made.rows(wishes)] == [
        (first.wish_id, WishState.WITHDRAWN),
        (second.wish_id, WishState.OPEN),
    ]


def test_behind_its_protection_a_held_analyzer_is_no_free_light(database: Database) -> None:
    """The oven uses 1 kWh an hour for two weeks; then its counter falls, and nobody does anything for two days."""
    made = stored(database)
    fell_at = MORNING + timedelta(days=15)
    with database.writing() as conn:
        add_hours(conn, [used(made, MORNING + timedelta(hours=hour)) for hour in range(15 * 24)])
        conn.execute(bases.update().values(charged_at=fell_at, accepted_at=fell_at))
        conn.execute(assignments.update().values(from_at=MORNING))
        begin_hold(conn, made.oven, HoldCause.FELL, "below the base", fell_at, timedelta(hours=24))
    made.restart()
    site = made.building.load()

    amounts = []
    for hours in (1, 23.9, 24, 36, 36.1, 48):
        now = fell_at + timedelta(hours=hours)
        with database.writing() as conn:
            reckon(conn, site, made.books, now)
            amounts.append(provisional_amounts(conn, site.site_id, now).get(made.bakery.account_id, Decimal(0)))

    assert amounts == [cost(wh, GRID_PRICE) for wh in (0, 0, 24_000, 36_000, 36_000, 48_000)]
    with database.reading() as conn:
        circumstances = read_circumstances(conn, site, now, now, time_trusted=True)
        live = live_of(site, made.books, circumstances)
        [decided] = decide_all(site, made.books, {}, {}, live, circumstances).values()
        facts, _state = facts_now(conn, site.site_id, made.oven, now)
    assert facts is not None
    assert decided.live == facts.live_balance == live[made.bakery.account_id]
    assert live[made.bakery.account_id] == circumstances.heads[made.bakery.account_id][1] - cost(48_000, GRID_PRICE)


def test_while_the_supply_is_cut_nothing_is_reckoned(database: Database) -> None:
    made = stored(database)
    fell_at = MORNING + timedelta(days=15)
    cut_at = fell_at + timedelta(hours=30)
    with database.writing() as conn:
        add_hours(conn, [used(made, MORNING + timedelta(hours=hour)) for hour in range(15 * 24)])
        conn.execute(bases.update().values(charged_at=fell_at, accepted_at=fell_at))
        conn.execute(assignments.update().values(from_at=MORNING))
        begin_hold(conn, made.oven, HoldCause.FELL, "below the base", fell_at, timedelta(hours=24))
        cut = {"supply": Supply.CUT, "seen": Supply.CUT, "since_at": cut_at}
        conn.execute(supply_states.insert().values(analyzer_id=made.oven, **cut))
    made.restart()
    site = made.building.load()

    for hours in (36, 48):
        with database.writing() as conn:
            reckon(conn, site, made.books, fell_at + timedelta(hours=hours))

    [hold] = made.rows(holds)
    assert hold.provisional_amount == cost(30_000, GRID_PRICE)


def used(made: Store, hour_at: datetime) -> HourLine:
    """The oven used 1 kWh in that hour."""
    return HourLine(
        hour_at=hour_of(hour_at, made.building.load().zone),
        analyzer_id=made.oven,
        account_id=made.bakery.account_id,
        source=GRID,
        wh=1_000,
        amount=cost(1_000, GRID_PRICE),
        spread=False,
    )


def test_a_handover_is_drawn_where_the_new_assignment_begins(database: Database) -> None:
    made = stored(database)
    made.run(read(5, 1020))
    made.building.assign(made.oven, made.florist, MORNING + timedelta(seconds=7))

    made.run(read(10, 1090), read(15, 1100))
    made.run(read(20, 1110))

    before, after = made.rows(assignments)
    assert (before.until_at, after.from_at) == (MORNING + timedelta(seconds=10),) * 2
    assert after.opening_grid_wh == 1090
    with database.reading() as conn:
        found = live_balances(conn, made.building.site_id)
    assert found[made.bakery.account_id].live == Decimal(100) - cost(90, GRID_PRICE)
    assert found[made.florist.account_id].live == -cost(20, GRID_PRICE)
    assert check.check(database, everything=True) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 60, 600, 899, 2_000, 5_000]),
        st.floats(0, 1),
        st.floats(0, 0.3),
        st.sampled_from(["pass", "pass", "pass", "stay", "kill", "lie", "restart", "reset", "handover"]),
    ),
    min_size=1,
    max_size=20,
)


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_after_anything_the_books_in_the_database_are_right(
    database: Database, steps: list[tuple[int, float, float, str]]
) -> None:
    """Passes of any size, kills between them, lies, restarts with a fall, resets to zero and handovers."""
    with database.reading() as conn:
        number = len(conn.execute(sa.select(sites.c.id)).all())
    made = stored(database, f"Site {number}")
    second, grid_wh, generator_wh, bits, handed_over, arrived = -5, 1000, 0, 0, False, []
    for seconds, grid_share, generator_share, what in steps:
        second += seconds
        grid_wh += int(RATED_W * seconds * grid_share / 3600)
        generator_wh += int(RATED_W * seconds * generator_share / 3600)
        if what == "restart":
            grid_wh, bits = max(0, grid_wh - 300), RESTARTED
        if what == "reset":
            grid_wh, generator_wh, bits = 0, 0, COUNTERS_RESET
        if what == "handover" and not handed_over:
            made.building.assign(made.oven, made.florist, MORNING)
            handed_over = True
        arrived.append(read(second, 0 if what == "lie" else grid_wh, generator_wh, bits=bits))
        bits = 0
        if what != "stay":
            made.run(*arrived)
            arrived = []
        if what == "kill":
            made.restart()

        assert _live(made) == _live_of_rules(made)
    assert check.check(database, everything=True) == []


def _live(made: Store) -> dict[int, Decimal]:
    with made.database.reading() as conn:
        return {key: found.live for key, found in live_balances(conn, made.building.site_id).items()}


def _live_of_rules(made: Store) -> dict[int, Decimal]:
    """What the enforcer decides on: the ledger less the open ground in its memory."""
    site = made.building.load()
    with made.database.reading() as conn:
        circumstances = read_circumstances(conn, site, MORNING, MORNING, time_trusted=True)
    return live_of(site, made.books, circumstances)
