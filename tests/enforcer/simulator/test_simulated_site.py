"""The site as a whole: outages, sums, speed, and the truth behind the registers."""

from datetime import UTC, datetime, timedelta

import pytest

from enforcer.simulator.measures import NO_SUPPLY
from enforcer.simulator.site import OutageMode, SimulatedSite
from prepaid.clock import ManualClock
from prepaid.errors.access import NotFound
from prepaid.records import Purpose, Wiring
from sql.demo.hours import LOSS_SHARE
from sql.demo.loads import load
from sql.demo.outages import outages
from sql.demo.site import DemoSite, demo_site

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = demo_site(33, seed=1)
TENANT = next(device for device in SITE.devices if device.wiring is Wiring.HELD_ON_SUPPLY).serial_number


def by_purpose(purpose: Purpose) -> str:
    return next(device.serial_number for device in SITE.devices if device.purpose is purpose)


def begun(site: DemoSite = SITE, mode: OutageMode = OutageMode.OFF, wall: datetime = NOON) -> SimulatedSite:
    simulated = SimulatedSite(site, ManualClock(wall=wall))
    simulated.outage_mode = mode
    simulated.begin()
    return simulated


def clock_of(simulated: SimulatedSite) -> ManualClock:
    assert isinstance(simulated.clock, ManualClock)
    return simulated.clock


def run(simulated: SimulatedSite, seconds: int) -> None:
    for _ in range(seconds):
        clock_of(simulated).advance(1)
        simulated.step()


def power_w(simulated: SimulatedSite, serial_number: str) -> float:
    return sum(simulated.analyzer(serial_number).load.power_w)


def test_loads_follow_the_profiles_of_the_site() -> None:
    simulated = begun()

    run(simulated, 600)

    for device in SITE.devices:
        if not device.feeds:
            expected_w = sum(load(SITE, device, NOON + timedelta(seconds=595)).power_w)
            assert power_w(simulated, device.serial_number) == pytest.approx(expected_w, rel=0.1)


def test_every_load_changes_within_two_slots() -> None:
    simulated = begun()
    before = {device.serial_number: power_w(simulated, device.serial_number) for device in SITE.devices}

    run(simulated, 20)

    same = [serial_number for serial_number, was_w in before.items() if power_w(simulated, serial_number) == was_w]
    assert same == [by_purpose(Purpose.GENERATOR_INCOMER)]


def test_the_incomer_and_the_check_meter_measure_what_is_below_them() -> None:
    simulated = begun()

    run(simulated, 120)

    for purpose in (Purpose.GRID_INCOMER, Purpose.CHECK):
        meter = simulated.analyzer(by_purpose(purpose))
        below_wh = sum(simulated.analyzer(each).true_wh[0] for each in meter.description.feeds)
        assert meter.true_wh[0] == pytest.approx(below_wh * (1 + LOSS_SHARE), rel=0.002)


def test_an_outage_moves_the_energy_to_tariff_2_and_to_the_generator_incomer() -> None:
    simulated = begun()
    simulated.set_load(TENANT, 3600.0)

    run(simulated, 60)
    simulated.set_outage(OutageMode.ON)
    run(simulated, 30)

    assert simulated.analyzer(TENANT).true_wh == pytest.approx([60, 30])
    assert simulated.analyzer(TENANT).counters.import_wh() == pytest.approx((60, 30))
    grid, generator = (
        simulated.analyzer(by_purpose(each)) for each in (Purpose.GRID_INCOMER, Purpose.GENERATOR_INCOMER)
    )
    assert grid.supply is NO_SUPPLY
    assert sum(grid.load.power_w) == 0
    assert grid.true_wh[1] == pytest.approx(0, abs=30)
    assert generator.true_wh[0] == 0
    assert generator.true_wh[1] > 100
    assert all(simulated.analyzer(device.serial_number).tariff.active == 1 for device in SITE.devices)


def test_left_alone_outages_come_from_the_seed_to_the_second() -> None:
    outage = next(outages(SITE.seed, NOON, NOON + timedelta(days=2)))
    simulated = begun(mode=OutageMode.AUTO, wall=outage.from_at - timedelta(seconds=5))
    assert not simulated.generator_runs

    run(simulated, 4)
    before = simulated.generator_runs
    run(simulated, 1)

    assert (before, simulated.generator_runs) == (False, True)
    clock_of(simulated).advance((outage.until_at - outage.from_at).total_seconds())
    simulated.step()
    assert not simulated.generator_runs


def test_a_wall_clock_that_jumps_does_not_touch_the_energy() -> None:
    simulated = begun()
    simulated.set_load(TENANT, 3600.0)

    run(simulated, 10)
    clock_of(simulated).step(3600)
    run(simulated, 10)
    clock_of(simulated).step(-7200)
    run(simulated, 10)

    assert simulated.analyzer(TENANT).true_wh[0] == pytest.approx(30)


def test_a_cut_tenant_vanishes_from_the_incomer() -> None:
    simulated = begun()
    simulated.set_load(TENANT, 50_000.0)
    before_w = power_w(simulated, by_purpose(Purpose.GRID_INCOMER))

    simulated.analyzer(TENANT).command(60008, 0x0000)
    clock_of(simulated).advance(1)
    simulated.analyzer(TENANT)
    simulated.step()

    assert power_w(simulated, by_purpose(Purpose.GRID_INCOMER)) < before_w - 45_000


def test_a_load_by_hand_is_exact_whatever_the_speed_and_ends_with_auto() -> None:
    simulated = begun(demo_site(33, seed=1, speed=60))

    simulated.set_load(TENANT, 3600.0)
    by_hand_w = power_w(simulated, TENANT)
    simulated.set_load(TENANT, None)

    assert by_hand_w == pytest.approx(3600, abs=1e-6)
    assert power_w(simulated, TENANT) != by_hand_w


def test_speed_multiplies_power_and_energy() -> None:
    slow, fast = begun(), begun(demo_site(33, seed=1, speed=60))

    run(slow, 30)
    run(fast, 30)

    assert fast.analyzer(TENANT).true_wh[0] == pytest.approx(60 * slow.analyzer(TENANT).true_wh[0])


def test_a_meter_of_sums_has_no_load_of_its_own_and_a_stranger_none_at_all() -> None:
    simulated = begun()

    with pytest.raises(NotFound):
        simulated.set_load(by_purpose(Purpose.CHECK), 1.0)
    with pytest.raises(NotFound):
        simulated.analyzer("LQ9999999999")
