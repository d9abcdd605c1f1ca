"""A machine that was suspended, or saved and restored: its monotonic clock does not know it, and devices count on."""

from pathlib import Path

import pytest

from prepaid.alerts import AlertKind
from prepaid.records import Source
from sql.check import check
from tests.simulation.small_site import SmallSite, small_site


def stand_still(site: SmallSite, seconds: float) -> None:
    """The device of the shop counts on at its rated power; only the wall clock of the machine is set afterwards."""
    shop = site.world.installed[0]
    site.world.advance_devices()
    grid_wh, generator_wh = shop.device.counters.import_wh()
    shop.device.counters.begin_at(grid_wh + shop.plan.rated_power_w * seconds / 3600, generator_wh)
    site.world.clock.step(seconds)


@pytest.mark.parametrize("seconds", [600, 7200])
def test_what_was_used_meanwhile_is_no_impossible_jump(seconds: float, tmp_path: Path, migrated_file: Path) -> None:
    with small_site(tmp_path, migrated_file, credit_h=1000) as site:
        shop = site.world.installed[0]
        shop.demand = 1.0
        site.world.feed()
        site.run(60)

        stand_still(site, seconds)
        site.run(180)

        booked_wh = site.node.worker.state.books[site.shop].meter.counter(Source.GRID).highest_wh
        assert abs(booked_wh - shop.device.counters.import_wh()[0]) <= 50
        assert site.told(AlertKind.HOLD) == []
        assert check(site.world.database, everything=True) == []
