"""The database is away while hours pass, credits end, clocks step and the enforcer dies."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.calendar import next_hour, zone
from prepaid.records import SOURCES, ChargeCause, Source, WishKind
from prepaid.supply import Answer
from sql.check import check
from sql.tables import charges, crossings, site_states, supply_changes
from tests.simulation.database import Killed
from tests.simulation.small_site import SmallSite, small_site

PASS_S = 20.0
NOTICE = timedelta(minutes=30)


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[SmallSite]:
    """A shop with credit for half an hour of its rated load, which draws nothing yet."""
    with small_site(tmp_path, migrated_file, credit_h=0.5) as made:
        made.run(60)
        yield made


def draw(site: SmallSite, much: float) -> None:
    """What the shop draws, as a part of its rated power."""
    site.world.installed[0].demand = much
    site.world.feed()


def counter_wh(site: SmallSite) -> float:
    """What the device of the shop shows for the grid."""
    site.world.advance_devices()
    return site.world.installed[0].device.counters.import_wh()[0]


def booked_wh(site: SmallSite) -> int:
    """How far the grid counter of the shop is in the books of the enforcer."""
    return site.node.worker.state.books[site.shop].meter.counter(Source.GRID).highest_wh


def hourly(site: SmallSite) -> dict[datetime, Any]:
    """The charges of the shop that end with an hour, by their end."""
    question = sa.select(charges).where(charges.c.analyzer_id == site.shop, charges.c.cause == ChargeCause.HOUR)
    return {row.period_to: row for row in site.rows(question)}


def decided_at(site: SmallSite) -> datetime:
    """When something was decided last."""
    [row] = site.rows(sa.select(site_states.c.updated_at))
    found: datetime = row.updated_at
    return found


def pass_hour(site: SmallSite) -> tuple[datetime, float]:
    """Time until just after the next hour of the site; the hour, and the counter in that moment."""
    now, zone_of_site = site.world.clock.now(), zone(site.world.plan.time_zone)
    hour = next_hour(now, zone_of_site)
    site.run((hour - now).total_seconds(), PASS_S)
    shown_wh = counter_wh(site)
    site.run(PASS_S, PASS_S)
    return hour, shown_wh


def test_each_hour_without_a_database_is_charged_what_was_used_in_it(site: SmallSite) -> None:
    site.node.database.away = True
    hour, shown_wh = pass_hour(site)
    draw(site, 0.4)
    later, later_wh = pass_hour(site)
    site.run(600, PASS_S)

    site.node.database.away = False
    site.run(PASS_S, PASS_S)

    step_wh = 0.4 * 20_000 * PASS_S / 3600 + 2
    assert later_wh - shown_wh > 5_000
    assert abs(hourly(site)[later].from_wh - shown_wh) <= step_wh
    assert abs(hourly(site)[later].to_wh - later_wh) <= step_wh
    assert hour not in hourly(site), "nothing was used before it"
    assert abs(booked_wh(site) - counter_wh(site)) <= step_wh
    assert check(site.world.database, everything=True) == []


def test_whose_credit_ended_meanwhile_has_half_an_hour_from_the_notice(site: SmallSite) -> None:
    site.node.database.away = True
    draw(site, 1.0)
    site.run(2400, PASS_S)
    before = site.rows(sa.select(supply_changes))

    site.node.database.away = False
    site.run(PASS_S, PASS_S)
    [crossing] = site.rows(sa.select(crossings).where(crossings.c.exhausted_at.is_not(None)))
    site.run(1860, PASS_S)

    [cut] = site.rows(sa.select(supply_changes).where(supply_changes.c.wanted == Answer.CUT))
    assert before == []
    assert abs(crossing.notice_until_at - crossing.exhausted_at - NOTICE) < timedelta(seconds=1)
    assert cut.decided_at >= crossing.notice_until_at


def test_a_short_time_without_a_database_gives_nobody_a_notice(site: SmallSite) -> None:
    site.run(600, PASS_S)
    draw(site, 1.0)
    site.run(1380, PASS_S)
    site.node.database.away = True
    site.run(600, PASS_S)

    site.node.database.away = False
    site.run(60, PASS_S)

    [crossing] = site.rows(sa.select(crossings).where(crossings.c.exhausted_at.is_not(None)))
    assert crossing.notice_until_at is None
    assert len(site.rows(sa.select(supply_changes).where(supply_changes.c.wanted == Answer.CUT))) == 1


def test_nothing_is_decided_before_the_last_reading_is_loaded(site: SmallSite) -> None:
    site.node.database.away = True
    site.run(60, PASS_S)
    site.world.building.wish(WishKind.CUT, site.shop, site.world.clock.now() + timedelta(hours=1))
    before = decided_at(site)
    site.node.database.away, site.node.spool_file.locked = False, True
    site.run(60, PASS_S)
    waiting = (decided_at(site), site.rows(sa.select(supply_changes)))

    site.node.spool_file.locked = False
    site.run(60, PASS_S)

    assert waiting == (before, [])
    assert [row.wanted for row in site.rows(sa.select(supply_changes))] == [Answer.CUT]


def test_a_death_at_any_moment_neither_loses_nor_doubles_anything(site: SmallSite) -> None:
    draw(site, 0.2)
    deaths = 0
    for step in range(1, 60, 2):
        site.node.database.away = True
        site.run(100, PASS_S)
        site.node.database.away = False
        site.world.dooms.appoint(step)
        try:
            site.run(PASS_S, PASS_S)
        except Killed:
            deaths += 1
            site.die()
    site.world.dooms.spare()
    site.run(60)

    assert deaths > 20
    assert abs(booked_wh(site) - counter_wh(site)) < 50
    assert check(site.world.database, everything=True) == []


def test_what_a_run_before_left_behind_is_charged_at_its_hours(site: SmallSite) -> None:
    site.node.database.away = True
    _hour, shown_wh = pass_hour(site)
    draw(site, 0.2)
    site.run(900, PASS_S)
    site.die()

    site.run(60, PASS_S)
    pass_hour(site)
    site.run(PASS_S, PASS_S)

    assert not site.node.spool.waiting
    assert abs(min(row.from_wh for row in hourly(site).values()) - shown_wh) < 150
    assert check(site.world.database, everything=True) == []


@pytest.mark.parametrize("step_s", [4000.0, -4000.0])
def test_a_clock_that_steps_meanwhile_moves_no_energy_into_hours_it_never_saw(site: SmallSite, step_s: float) -> None:
    draw(site, 0.2)
    site.run(60, PASS_S)
    site.node.database.away = True
    site.run(300, PASS_S)
    site.world.clock.step(step_s)
    site.run(40, PASS_S)
    site.world.clock.step(-step_s)
    site.run(300, PASS_S)

    site.node.database.away = False
    site.run(60, PASS_S)

    assert set(hourly(site)) == set()
    assert abs(booked_wh(site) - counter_wh(site)) < 50
    assert check(site.world.database, everything=True) == []


def test_with_a_full_disk_the_hours_of_the_newest_readings_are_still_right(site: SmallSite) -> None:
    site.node.database.away = site.node.spool_file.full = True
    draw(site, 0.4)
    hour, shown_wh = pass_hour(site)
    site.run(300, PASS_S)
    trouble = site.node.spool.trouble

    site.node.database.away = False
    site.run(60, PASS_S)

    assert trouble is not None
    assert "disk is full" in trouble
    assert abs(hourly(site)[hour].to_wh - shown_wh) < 60
    assert not site.node.spool.waiting
    assert check(site.world.database, everything=True) == []


def test_a_commit_whose_answer_was_lost_is_not_charged_again(site: SmallSite) -> None:
    draw(site, 0.2)
    site.run(300, PASS_S)
    forgotten = dict(site.node.worker.state.books)
    hour, shown_wh = pass_hour(site)
    site.node.worker.state.books = forgotten
    site.node.database.busy_transactions = 1

    site.run(60, PASS_S)

    assert abs(booked_wh(site) - counter_wh(site)) < 50
    assert abs(hourly(site)[hour].to_wh - shown_wh) < 30
    assert check(site.world.database, everything=True) == []
    assert all(site.node.worker.state.books[site.shop].unbilled_wh(source) >= 0 for source in SOURCES)
