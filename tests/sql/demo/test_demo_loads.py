"""Loads, outages and the hourly history of the demo site."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.records import Purpose
from sql.demo.hours import LOSS_SHARE, hourly_energy
from sql.demo.loads import load, mean_power_w
from sql.demo.outages import grid_is_off, outage_share, outages
from sql.demo.profiles import Moment, Profile, hour_share, quarters, share
from sql.demo.site import DemoDevice, DemoSite, demo_site

FROM_AT = datetime(2026, 3, 1, 21, tzinfo=UTC)  # midnight in Baghdad
SITE = demo_site(40, seed=1)
instants = st.integers(-1_000_000, 1_000_000).map(lambda minutes: FROM_AT + timedelta(minutes=minutes))


def tenant_device(site: DemoSite = SITE) -> DemoDevice:
    return next(device for device in site.devices if device.purpose is Purpose.TENANT)


def test_the_table_has_every_profile_and_its_year_averages_to_one() -> None:
    days = {"winter": 151, "summer": 123, "transition": 91}
    weights = {"workday": 5, "saturday": 1, "sunday": 1}

    for profile in Profile:
        mean = sum(
            sum(quarters()[profile, season, day]) / 96 * days[season] / 365 * weights[day] / 7
            for season in days
            for day in weights
        )

        assert mean == pytest.approx(1.0, abs=0.01)


def test_offices_work_on_sunday_morning_and_rest_on_friday() -> None:
    zone = ZoneInfo("Asia/Baghdad")
    sunday_at_ten = datetime(2026, 1, 4, 7, tzinfo=UTC)
    friday_at_ten = datetime(2026, 1, 9, 7, tzinfo=UTC)

    assert share(Profile.OFFICES, Moment.at(sunday_at_ten, zone)) > 2
    assert share(Profile.OFFICES, Moment.at(friday_at_ten, zone)) < 0.5


def test_the_profile_is_read_by_local_time() -> None:
    zone = ZoneInfo("Asia/Baghdad")

    moment = Moment.at(datetime(2026, 7, 1, 22, 50, tzinfo=UTC), zone)

    assert moment == ("summer", "workday", 1 * 4 + 3)
    assert hour_share(Profile.SHOPS, moment) == pytest.approx(
        sum(quarters()[Profile.SHOPS, "summer", "workday"][4:8]) / 4
    )


@given(instants, st.integers(0, 39))
def test_phases_add_up_to_a_power_near_the_profile(instant: datetime, number: int) -> None:
    device = SITE.devices[number]

    drawn = load(SITE, device, instant)

    assert drawn == load(SITE, device, instant)
    assert sum(drawn.power_w) == pytest.approx(mean_power_w(SITE, device, instant), rel=0.3)
    assert max(drawn.power_w) > min(drawn.power_w) > 0
    assert all(reactive_var > 0 for reactive_var in drawn.reactive_power_var)


def test_speed_multiplies_the_load() -> None:
    fast = demo_site(40, seed=1, speed=60)

    slow_w = sum(load(SITE, tenant_device(), FROM_AT).power_w)
    fast_w = sum(load(fast, tenant_device(fast), FROM_AT).power_w)

    assert fast_w == pytest.approx(slow_w * 60)


def test_noise_changes_from_slot_to_slot_and_averages_out() -> None:
    device = tenant_device()
    shares = []
    for minute in range(0, 60 * 24 * 30, 7):
        instant = FROM_AT + timedelta(minutes=minute)
        shares.append(sum(load(SITE, device, instant).power_w) / mean_power_w(SITE, device, instant))

    assert len(set(shares)) > 0.99 * len(shares)
    assert sum(shares) / len(shares) == pytest.approx(1.0, abs=0.03)


@given(st.integers(0, 2**32), instants)
def test_outages_last_20_to_120_minutes_and_never_meet(seed: int, from_at: datetime) -> None:
    until_at = from_at + timedelta(days=10)

    found = list(outages(seed, from_at, until_at))

    assert 22 <= len(found) <= 26
    assert all(timedelta(minutes=20) <= until - since <= timedelta(minutes=120) for since, until in found)
    assert all(before.until_at < after.from_at for before, after in pairwise(found))


@given(st.integers(0, 2**32), instants)
def test_an_outage_is_the_same_seen_by_instant_and_by_span(seed: int, from_at: datetime) -> None:
    minutes = [from_at + timedelta(minutes=minute) for minute in range(600)]

    off = sum(grid_is_off(seed, minute) for minute in minutes)

    assert off / 600 == pytest.approx(outage_share(seed, from_at, from_at + timedelta(minutes=600)), abs=2 / 600)


def test_the_history_of_90_days_is_made_in_seconds_and_splits_by_outage() -> None:
    started = time.process_time()

    hours = list(hourly_energy(SITE, FROM_AT, FROM_AT + timedelta(days=90)))

    assert time.process_time() - started < 3
    assert len(hours) == 40 * 2160
    grid_wh = sum(hour.grid_wh for hour in hours)
    generator_wh = sum(hour.generator_wh for hour in hours)
    share_off = outage_share(SITE.seed, FROM_AT, FROM_AT + timedelta(days=90))
    assert generator_wh / (grid_wh + generator_wh) == pytest.approx(share_off, abs=0.03)


def test_incomers_measure_what_the_loads_draw_plus_losses_each_for_its_source() -> None:
    purposes = {device.serial_number: device.purpose for device in SITE.devices}
    hours = list(hourly_energy(SITE, FROM_AT, FROM_AT + timedelta(hours=10)))

    def total(source: str, *wanted: Purpose) -> int:
        return sum(getattr(hour, source) for hour in hours if purposes[hour.serial_number] in wanted)

    loads = (Purpose.TENANT, Purpose.COMMON)
    assert total("generator_wh", *loads) > 0
    assert total("generator_wh", Purpose.GRID_INCOMER) == 0
    assert total("grid_wh", Purpose.GENERATOR_INCOMER) == 0
    for source, incomer in (("grid_wh", Purpose.GRID_INCOMER), ("generator_wh", Purpose.GENERATOR_INCOMER)):
        assert total(source, incomer) == pytest.approx(total(source, *loads) * (1 + LOSS_SHARE), abs=10)


def test_history_and_live_load_tell_the_same_story() -> None:
    device = tenant_device()
    day = list(hourly_energy(SITE, FROM_AT, FROM_AT + timedelta(days=20)))
    history_wh = sum(hour.grid_wh + hour.generator_wh for hour in day if hour.serial_number == device.serial_number)

    live_wh = sum(
        sum(load(SITE, device, FROM_AT + timedelta(minutes=minute)).power_w) / 6 for minute in range(0, 28_800, 10)
    )

    assert live_wh == pytest.approx(history_wh, rel=0.08)
