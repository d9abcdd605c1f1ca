"""The log of Kepware is in another database than the books: either may be away, or both, and all is charged once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from enforcer.simulator.data_logger.fate import LogFate
from prepaid.alerts import AlertKind
from prepaid.records import ChargeCause, Source
from sql.check import check
from sql.tables import charges
from tests.simulation.database import Killed, SimulatedDatabase
from tests.simulation.logged_site import LoggedSite, site_with_a_log_apart

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
STEP_WH = 40
"""What the shop uses within some seconds."""


@pytest.fixture
def apart(tmp_path: Path, migrated_file: Path) -> Iterator[tuple[LoggedSite, SimulatedDatabase]]:
    with site_with_a_log_apart(tmp_path, migrated_file) as made:
        yield made


@pytest.fixture
def site(apart: tuple[LoggedSite, SimulatedDatabase]) -> LoggedSite:
    return apart[0]


@pytest.fixture
def log(apart: tuple[LoggedSite, SimulatedDatabase]) -> SimulatedDatabase:
    return apart[1]


def pass_nine(site: LoggedSite) -> int:
    """Time until the hour; what the grid counter of the shop shows then."""
    site.small.run((NINE - site.world.clock.now()).total_seconds())
    site.world.advance_devices()
    return int(site.world.installed[0].device.counters.import_wh()[0])


def hour_of_nine(site: LoggedSite) -> int:
    """To which counter the hour that ended at nine is charged."""
    question = sa.select(charges.c.to_wh).where(
        charges.c.analyzer_id == site.small.shop, charges.c.cause == ChargeCause.HOUR, charges.c.period_to == NINE
    )
    [row] = site.small.rows(question)
    return int(row.to_wh)


def assert_all_is_booked_once(site: LoggedSite) -> None:
    site.settle()
    assert site.used() == site.registered()
    assert site.used()[Source.GRID] > 0
    assert site.smallest_charge_wh() >= 0
    assert not site.small.told(AlertKind.HOLD)
    assert not site.small.node.spool.waiting
    assert check(site.world.database, everything=True) == []


def test_what_is_logged_while_the_books_are_away_waits_in_the_spool_and_is_charged_at_its_hours(
    site: LoggedSite,
) -> None:
    site.small.node.database.away = True
    shown_wh = pass_nine(site)
    site.small.run(120)
    waiting = site.small.node.spool.waiting

    site.small.node.database.away = False
    site.small.run(30)

    assert waiting
    assert abs(hour_of_nine(site) - shown_wh) <= STEP_WH
    assert not site.small.told(AlertKind.KEPWARE_LATE)
    assert_all_is_booked_once(site)


@pytest.mark.parametrize("busy", [1, 7, 40])
def test_books_that_somebody_locks_get_everything_once(busy: int, site: LoggedSite) -> None:
    for _time in range(3):
        site.small.node.database.busy_transactions = busy
        site.small.run(240)

    assert_all_is_booked_once(site)


def test_a_log_that_is_away_is_an_alarm_and_what_was_stored_is_charged(
    site: LoggedSite, log: SimulatedDatabase
) -> None:
    log.away = True
    shown_wh = pass_nine(site)
    site.small.run(60)
    [alarm] = site.small.told(AlertKind.KEPWARE_LATE)

    log.away = False
    site.small.run(60)

    [ended] = site.small.told(AlertKind.KEPWARE_LATE)
    assert "log.db" in alarm.details["why"]
    assert ended.ended_at is not None
    assert abs(hour_of_nine(site) - shown_wh) <= STEP_WH + 200
    assert_all_is_booked_once(site)


def test_what_was_not_stored_either_costs_an_hour_and_no_watt_hour(site: LoggedSite, log: SimulatedDatabase) -> None:
    site.suffer(LogFate(forwards=False))
    site.delivery.go_away()
    log.away = True
    pass_nine(site)
    site.small.run(60)

    log.away = False
    site.delivery.come_back()

    assert_all_is_booked_once(site)


@pytest.mark.parametrize("first", ["books", "log"])
def test_both_are_away_and_come_back_one_after_the_other(first: str, site: LoggedSite, log: SimulatedDatabase) -> None:
    books = site.small.node.database
    books.away = log.away = True
    shown_wh = pass_nine(site)

    for back in (books, log) if first == "books" else (log, books):
        back.away = False
        site.small.run(120)

    assert abs(hour_of_nine(site) - shown_wh) <= STEP_WH + 200
    assert_all_is_booked_once(site)


def test_an_enforcer_that_dies_at_any_moment_of_it_leaves_nothing_lost_or_double(site: LoggedSite) -> None:
    deaths = 0
    for step in range(1, 40, 3):
        site.small.node.database.away = True
        site.small.run(45)
        site.small.node.database.away = False
        site.world.dooms.appoint(step)
        try:
            site.small.run(15)
        except Killed:
            deaths += 1
            site.small.die()
        site.world.dooms.spare()

    assert deaths > 8
    assert_all_is_booked_once(site)
