"""The demo site comes from its seed alone and makes sense as a mall."""

import pytest

from prepaid.records import Purpose, Wiring
from sql.demo.credit import Standing, standing
from sql.demo.no_cut import NIGHTS
from sql.demo.site import DEFAULT_ANALYZERS, WATTS_AN_AMPERE, demo_site


def test_the_same_seed_gives_the_same_site_and_another_seed_another() -> None:
    site = demo_site(60, seed=7)

    assert demo_site(60, seed=7) == site
    assert demo_site(60, seed=8) != site


def test_the_small_mall_has_24_tenants_some_with_two_analyzers() -> None:
    site = demo_site(DEFAULT_ANALYZERS, seed=1)

    purposes = [device.purpose for device in site.devices]
    assert len(site.tenants) == 24
    assert sum(tenant.analyzers == 2 for tenant in site.tenants) == 4
    assert [purposes.count(purpose) for purpose in Purpose] == [28, 2, 1, 1, 1]


@pytest.mark.parametrize("analyzers", [1, 2, 5, 6, 7, 19, 20, 33, 40, 321, 800])
def test_a_site_has_exactly_as_many_analyzers_as_asked_for_and_nothing_twice(analyzers: int) -> None:
    site = demo_site(analyzers, seed=3)

    assert len(site.devices) == analyzers
    assert len({device.serial_number for device in site.devices}) == analyzers
    assert len({device.name for device in site.devices}) == analyzers
    assert [device.port for device in site.devices] == list(range(15020, 15020 + analyzers))
    assert len({tenant.name for tenant in site.tenants}) == len(site.tenants)
    assert len({tenant.unit for tenant in site.tenants}) == len(site.tenants)
    assert len({tenant.email for tenant in site.tenants}) == len(site.tenants)
    assert sum(tenant.analyzers for tenant in site.tenants) == sum(
        device.purpose is Purpose.TENANT for device in site.devices
    )


def test_every_tenant_device_can_switch_and_nothing_else_can() -> None:
    site = demo_site(200, seed=5)

    switching = {device.purpose for device in site.devices if device.wiring is not Wiring.NONE}
    wirings = [device.wiring for device in site.devices if device.purpose is Purpose.TENANT]
    assert switching == {Purpose.TENANT}
    assert 0 < wirings.count(Wiring.HELD_ON_CUT) < len(wirings) / 2
    assert set(wirings) == {Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT}


def test_incomers_feed_every_load_and_the_check_meter_the_ground_floor() -> None:
    site = demo_site(DEFAULT_ANALYZERS, seed=1)

    by_purpose = {device.purpose: device for device in site.devices if device.feeds}
    loads = {device.serial_number for device in site.devices if not device.feeds}
    assert set(by_purpose[Purpose.GRID_INCOMER].feeds) == loads
    assert set(by_purpose[Purpose.GENERATOR_INCOMER].feeds) == loads
    assert 0 < len(by_purpose[Purpose.CHECK].feeds) < len(loads)


def test_of_the_small_mall_nobody_who_runs_out_within_minutes_is_spared_at_night() -> None:
    spared = {
        number for number, tenant in enumerate(demo_site(DEFAULT_ANALYZERS, seed=1).tenants) if tenant.profile in NIGHTS
    }

    assert spared
    assert {standing(number) for number in spared} <= {Standing.COMFORTABLE, Standing.LOW}


def test_speed_multiplies_the_ratings_and_leaves_the_profile_load_alone() -> None:
    slow = demo_site(40, seed=1)
    fast = demo_site(40, seed=1, speed=60)

    for before, after in zip(slow.devices, fast.devices, strict=True):
        assert after.rated_power_w == before.rated_power_w * 60
        assert after.ct_primary_a == before.ct_primary_a * 60
        assert after.mean_power_w == before.mean_power_w
        assert before.rated_power_w == before.ct_primary_a * WATTS_AN_AMPERE
