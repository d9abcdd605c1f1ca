"""Billing holds and evidence in the database: kept, told, reckoned, released, and removed in their time."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from enforcer.decide import decide_all, live_of, read_circumstances
from enforcer.holds import reckon
from prepaid.alerts import AlertKind
from prepaid.calendar import hour_of
from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed
from prepaid.errors.wishes import CounterNamedWrong, HoldOver, WishOver
from prepaid.evidence import KEPT_AN_HOUR
from prepaid.records import BaseCause, HoldCause, Reading, Role, Source, WishState
from prepaid.switching import Supply
from prepaid.units import cost
from sql import check
from sql.accounts import live_balances
from sql.connection import Database
from sql.facts import facts_now
from sql.holds import provisional_amounts
from sql.hours import HourLine, add_hours
from sql.metering import begin_hold
from sql.quarantine import purge_refused
from sql.releases import NO_HOLD, RELEASED, ask_release
from sql.tables import (
    alerts,
    assignments,
    bases,
    holds,
    quarantined_readings,
    supply_states,
    wishes,
)
from sql.wishes import withdraw
from tests.building import GRID_PRICE, MORNING
from tests.enforcer.site_of_rules import read
from tests.enforcer.stored import Store, stored
from tests.signed_in import signed_in

GRID = Source.GRID


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
