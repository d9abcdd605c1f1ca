"""Passes of the whole enforcer over an incomer that is out of range: staff are told once, over a restart too."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.records import Purpose
from prepaid.switching import Supply
from sql.tables import analyzers, events, settings
from tests.simulation.small_site import SmallSite, small_site

KIND = AlertKind.CONNECTING_STOPPED


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[SmallSite]:
    """Its incomer shows about 230 V, and the site says that it needs 300."""
    with small_site(tmp_path, migrated_file, credit_h=1000.0) as made:
        made.write(analyzers.update().where(analyzers.c.id == made.house).values(purpose=Purpose.GRID_INCOMER))
        made.world.building.set("incomer_least_v", "300")
        yield made


def cut_for_a_moment(site: SmallSite) -> None:
    """A person has the shop cut; when that is over it waits to be switched on."""
    now = site.world.clock.now()
    site.world.building.wish("cut", site.shop, now + timedelta(seconds=20), now)


def mend(site: SmallSite) -> None:
    """The limits are right again, and somebody acts, so that the site is read."""
    site.write(settings.update().where(settings.c.name == "incomer_least_v").values(value="190"))
    site.world.building.recharge(site.person, "1", "somebody acts")


def actions(site: SmallSite) -> list[str]:
    of = events.c.action.startswith("connecting.")
    return [row.action for row in site.rows(sa.select(events.c.action).where(of).order_by(events.c.happened_at))]


def test_it_is_told_once_over_a_restart_and_over_when_connecting_goes_on(site: SmallSite) -> None:
    site.run(120)
    before = site.told(KIND)
    cut_for_a_moment(site)
    site.run(60)
    [told] = site.told(KIND)

    site.restart()
    site.run(120)
    stands, dark = [each.ended_at for each in site.told(KIND)], site.supply()
    mend(site)
    site.run(60)

    assert before == [], "nobody waited"
    assert (told.analyzer_id, told.details["waiting"]) == (site.house, 1)
    assert (stands, dark) == ([None], Supply.CUT)
    assert [each.ended_at is None for each in site.told(KIND)] == [False]
    assert site.supply() is Supply.ON
    assert actions(site) == ["connecting.stopped", "connecting.resumed"]
