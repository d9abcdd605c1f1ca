"""The calendar of a site in the database: changed by an administrator, known to the enforcer, kept in the trail."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed
from prepaid.errors.tenants import ChangedMeanwhile, CountryInvalid
from prepaid.no_cut import HOLIDAYS
from prepaid.records import Role
from prepaid.site_calendar import OwnDay, SiteCalendar, read_hours
from sql.connection import Database
from sql.holiday_calendar import countries, public_holidays
from sql.questions.site_calendar import calendar_picture, load_calendar
from sql.site_calendar import change_calendar
from sql.tables import events
from tests.building import MORNING, Building
from tests.signed_in import signed_in

NOTHING = SiteCalendar(windows=frozenset(), country=None, subdivision=None, own_days=())
FESTIVE = SiteCalendar(
    windows=read_hours({0: "20:00-08:00", HOLIDAYS: "00:00-24:00"}),
    country="IQ",
    subdivision=None,
    own_days=(OwnDay(date(2026, 1, 7), "Founding day"),),
)
DAY = timedelta(days=1)


def test_an_administrator_changes_it_and_the_enforcer_follows(database: Database) -> None:
    building = Building(database)
    admin = signed_in(database, Role.ADMIN, site_id=building.site_id)

    changed = [change_calendar(database, admin, building.site_id, seen, FESTIVE) for seen in (NOTHING, FESTIVE)]

    no_cut = building.load().no_cut
    assert changed == [True, False]
    # 2026-01-06 is Army Day in Iraq, the 7th the site's own; Baghdad is three hours ahead.
    assert no_cut.ends_at(MORNING) is None
    assert no_cut.ends_at(MORNING + DAY) == MORNING.replace(hour=21) + 2 * DAY
    assert no_cut.ends_at(MORNING + 3 * DAY) is None


def test_the_trail_tells_what_was_changed_and_nothing_else(database: Database) -> None:
    building = Building(database)
    admin = signed_in(database, Role.ADMIN)
    change_calendar(database, admin, building.site_id, NOTHING, FESTIVE)

    change_calendar(database, admin, building.site_id, FESTIVE, replace(FESTIVE, country="DE", subdivision="BE"))

    with database.reading() as conn:
        told = conn.execute(sa.select(events).where(events.c.action == "site.calendar_changed")).all()
    assert [row.subject for row in told] == [f"site:{building.site_id}"] * 2
    assert told[0].after["no_cut_hours"] == "0 20:00-24:00; 1 00:00-08:00; 7 00:00-24:00"
    assert told[1].before == {"country": "IQ", "subdivision": ""}
    assert (told[1].after["country"], told[1].after["subdivision"]) == ("DE", "BE")


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    building = Building(database)
    admin = signed_in(database, Role.ADMIN)
    change_calendar(database, admin, building.site_id, NOTHING, replace(FESTIVE, country=None))

    with pytest.raises(ChangedMeanwhile):
        change_calendar(database, admin, building.site_id, NOTHING, FESTIVE)

    with database.reading() as conn:
        assert load_calendar(conn, building.site_id) == replace(FESTIVE, country=None)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_nobody_else_changes_it(database: Database, role: Role) -> None:
    building = Building(database)
    other = signed_in(database, role, site_id=building.site_id)

    with pytest.raises(NotAllowed):
        change_calendar(database, other, building.site_id, NOTHING, FESTIVE)


def test_an_administrator_of_another_site_neither_sees_nor_changes_it(database: Database) -> None:
    building, elsewhere = Building(database), Building(database, name="Elsewhere")
    stranger = signed_in(database, Role.ADMIN, site_id=elsewhere.site_id)

    with pytest.raises(NotAllowed):
        change_calendar(database, stranger, building.site_id, NOTHING, FESTIVE)
    with database.reading() as conn, pytest.raises(NotAllowed):
        calendar_picture(conn, stranger.viewer, building.site_id, MORNING)


def test_a_part_that_its_country_does_not_have_is_refused(database: Database) -> None:
    building = Building(database)

    with pytest.raises(CountryInvalid):
        change_calendar(
            database,
            signed_in(database, Role.ADMIN),
            building.site_id,
            NOTHING,
            replace(FESTIVE, country="DE", subdivision="ZZ"),
        )


def test_the_picture_tells_whether_the_hours_hold_now_and_which_holidays_come(database: Database) -> None:
    building = Building(database)
    admin = signed_in(database, Role.ADMIN)
    change_calendar(database, admin, building.site_id, NOTHING, FESTIVE)

    with database.reading() as conn:
        before = calendar_picture(conn, admin.viewer, building.site_id, MORNING)
        during = calendar_picture(conn, admin.viewer, building.site_id, MORNING + DAY)

    assert before.no_cut_until is None
    assert during.no_cut_until == MORNING.replace(hour=21) + 2 * DAY
    assert [day.held_on for day in before.coming[:2]] == [date(2026, 1, 6), date(2026, 1, 7)]
    assert len(before.coming) == 5


def test_a_country_or_a_part_that_nobody_knows_has_no_holidays() -> None:
    assert public_holidays("ZZ", None, 2026) == {}
    assert public_holidays("DE", "ZZ", 2026) == {}
    assert date(2026, 3, 8) in public_holidays("DE", "BE", 2026)
    assert date(2026, 3, 8) not in public_holidays("DE", None, 2026)
    assert "IQ" in countries()
