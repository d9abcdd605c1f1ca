"""A credit that is used up only by what an analyzer in hold probably uses: told, noticed, and told anew behind it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, Level, until_told
from prepaid.records import EntryKind, Role
from prepaid.supply import Reason
from prepaid.switching import Supply
from sql.releases import ask_release
from sql.tables import bases, crossings, holds
from tests.signed_in import signed_in
from tests.simulation.small_site import SmallSite, small_site

TOLD, NOTICE_S, LOST_WH = AlertKind.EXHAUSTED, 1800.0, 5_000


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[SmallSite]:
    """Its shop has plenty of credit, and its counter fell so long ago that the hold protects it no longer."""
    with small_site(tmp_path, migrated_file, credit_h=1000.0) as made:
        made.run(60)
        made.stop()
        move_bases(made)
        made.run(90)
        long_ago = made.world.clock.now() - timedelta(hours=1)
        made.write(holds.update().values(began_at=long_ago - timedelta(hours=24), protects_until_at=long_ago))
        yield made


def move_bases(site: SmallSite) -> None:
    """The books have counted more than the device."""
    moved = {name: bases.c[name] + LOST_WH for name in ("opening_wh", "counter_wh", "highest_wh", "charged_wh")}
    site.write(bases.update().where(bases.c.analyzer_id == site.shop).values(moved))


def use_up(site: SmallSite) -> None:
    """What is probably used since grows beyond the credit."""
    now = site.world.clock.now()
    site.write(holds.update().values(provisional_amount=Decimal(10**9), provisional_at=now))


def crossing(site: SmallSite) -> Any:
    of = crossings.c.account_id == site.person.account_id
    return site.rows(sa.select(crossings).where(of))[0]


def test_whoever_is_cut_for_it_was_told_half_an_hour_before(site: SmallSite) -> None:
    use_up(site)
    site.run(30)
    [told] = site.told(TOLD)
    used_up = crossing(site)
    site.run(NOTICE_S - 120, every_s=60)
    on = site.supply()
    site.run(180, every_s=60)

    assert used_up.level is Level.EXHAUSTED
    assert told.details["reason"] == Reason.NOTICE
    assert until_told(told.details) == used_up.notice_until_at
    assert Decimal(told.details["live_balance"]) < 0
    assert (on, site.supply()) == (Supply.ON, Supply.CUT)
    assert len(site.told(TOLD)) == 1


def test_when_the_hold_is_over_it_is_told_anew_as_if_nothing_had_been(site: SmallSite) -> None:
    use_up(site)
    site.run(30)

    ask_release(site.world.database, signed_in(site.world.database, Role.ADMIN), site.shop, "its memory was exchanged")
    site.run(30)
    after = crossing(site)
    site.world.building.post(site.person, EntryKind.FEE, str(-(10**9)))
    site.run(30)

    assert [row.ended_at is None for row in site.rows(sa.select(holds.c.ended_at))] == [False]
    assert (after.level, after.exhausted_at) == (Level.FINE, None)
    assert crossing(site).level is Level.EXHAUSTED
    assert len(site.told(TOLD)) == 2
