"""The past of a demo site: hours up to now, and tenants in the dark who use nothing any more."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prepaid.records import Purpose
from sql.demo.history import Used, live_history, openings
from sql.demo.hours import LOSS_SHARE, hourly_energy
from sql.demo.site import demo_site

NOW = datetime(2026, 11, 23, 14, 20, 7, tzinfo=UTC)
SITE = demo_site(24, seed=5)
UNLUCKY = SITE.tenants[3].name
instants = st.integers(0, 10**9).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=seconds))


def test_it_begins_at_a_local_midnight_and_ends_now() -> None:
    history = live_history(SITE, 3, NOW, [])

    assert history.hours[0].astimezone(ZoneInfo("Asia/Baghdad")).isoformat() == "2026-11-20T00:00:00+03:00"
    assert len(history.hours) == 3 * 24 + 18
    assert all(after - before == timedelta(hours=1) for before, after in pairwise(history.hours))
    assert history.hours[history.last] == NOW.replace(minute=0, second=0)
    assert history.end(history.last) == NOW
    assert all(len(used) == len(history.hours) for used in history.used.values())


def test_whole_hours_are_those_of_the_profiles_and_the_last_one_has_only_begun() -> None:
    history = live_history(SITE, 2, NOW, [])
    whole = list(hourly_energy(SITE, history.hours[-2], history.hours[-1] + timedelta(hours=1)))

    for device, before, now in zip(SITE.devices, whole[: len(SITE.devices)], whole[len(SITE.devices) :], strict=True):
        used = history.used[device.serial_number]
        assert used[-2] == (before.grid_wh, before.generator_wh)
        if not device.feeds:
            assert used[-1].wh == pytest.approx((now.grid_wh + now.generator_wh) * 1207 / 3600, abs=1)


def test_a_tenant_who_ran_out_uses_nothing_since_and_the_meters_above_see_it() -> None:
    bright, dark = live_history(SITE, 2, NOW, []), live_history(SITE, 2, NOW, [UNLUCKY])
    cut = dark.dark[UNLUCKY]
    own = [device.serial_number for device in SITE.devices if device.tenant == UNLUCKY]
    grid = next(device for device in SITE.devices if device.purpose is Purpose.GRID_INCOMER)

    assert dark.hours[cut.hour] < cut.at < dark.hours[cut.hour + 1]
    assert timedelta(hours=1) < NOW - cut.at < timedelta(hours=21)
    for serial_number in own:
        assert dark.used[serial_number][: cut.hour] == bright.used[serial_number][: cut.hour]
        assert 0 < dark.used[serial_number][cut.hour].wh < bright.used[serial_number][cut.hour].wh
        assert set(dark.used[serial_number][cut.hour + 1 :]) == {Used(0, 0)}
    for hour in range(cut.hour, dark.last + 1):
        below_wh = sum(dark.used[serial_number][hour].grid_wh for serial_number in grid.feeds)
        assert dark.used[grid.serial_number][hour].grid_wh == round(below_wh * (1 + LOSS_SHARE))


def test_incomers_count_their_own_source_only() -> None:
    history = live_history(SITE, 2, NOW, [UNLUCKY])

    for device in SITE.devices:
        began, used = openings(SITE, device), history.total(device.serial_number)
        assert (began.generator_wh + used.generator_wh == 0) == (device.purpose is Purpose.GRID_INCOMER)
        assert (began.grid_wh + used.grid_wh == 0) == (device.purpose is Purpose.GENERATOR_INCOMER)


@settings(max_examples=15)
@given(instants)
def test_it_can_be_loaded_at_any_instant(now: datetime) -> None:
    history = live_history(SITE, 2, now, [UNLUCKY])

    assert history.hours[-1] <= now < history.hours[-1] + timedelta(hours=1)
    assert all(used.grid_wh >= 0 and used.generator_wh >= 0 for hours in history.used.values() for used in hours)
