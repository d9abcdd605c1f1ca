"""Crossings: noted once, and only from the level and in the stage in which they were seen."""

import pytest

from prepaid.alerts import Level
from prepaid.records import Stage
from sql.connection import Database
from sql.crossings import cross, load_levels, rearm
from tests.building import MORNING, Building


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database)


def test_a_crossing_is_noted_once_and_only_from_the_level_it_was_seen_from(building: Building) -> None:
    bakery = building.tenant("Bakery").account_id
    with building.database.writing() as conn:
        noted = [
            cross(conn, bakery, Stage.ENFORCED, before, now, MORNING, 0)
            for before, now in (
                (Level.FINE, Level.LOW),
                (Level.FINE, Level.LOW),
                (Level.LOW, Level.EXHAUSTED),
                (Level.CRITICAL, Level.EXHAUSTED),
            )
        ]
        levels = load_levels(conn, building.site_id)

    assert noted == [True, False, True, False]
    assert levels[bakery] == (Level.EXHAUSTED, 0)


def test_a_crossing_of_an_account_that_has_another_stage_by_now_is_not_noted(building: Building) -> None:
    bakery = building.tenant("Bakery").account_id
    with building.database.writing() as conn:
        noted = cross(conn, bakery, Stage.OBSERVED, Level.FINE, Level.LOW, MORNING, 0)

        assert (noted, load_levels(conn, building.site_id)[bakery]) == (False, (Level.FINE, 0))


@pytest.mark.parametrize(("seen_entry_no", "noted"), [(6, False), (7, True), (8, True)])
def test_a_fall_that_a_balance_before_the_last_recharge_shows_is_not_noted(
    building: Building, seen_entry_no: int, noted: bool
) -> None:
    """On SQL Server a recharge may be booked between the question for the balance and this statement."""
    bakery = building.tenant("Bakery").account_id
    with building.database.writing() as conn:
        rearm(conn, bakery, MORNING, by_entry_no=7)

        assert cross(conn, bakery, Stage.ENFORCED, Level.FINE, Level.EXHAUSTED, MORNING, seen_entry_no) is noted
