"""The page Settings: no-cut hours and holidays, seen by the staff and changed by an administrator."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.settings.calendar_dialog import draw_calendar_form
from prepaid.access import Right
from prepaid.records import Role
from prepaid.site_calendar import hours_on
from sql.questions.site_calendar import load_calendar
from tests.building import Building
from tests.dashboard.access import everything
from tests.dashboard.dialogs import dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages

FILE = "admin/settings.py"


@pytest.fixture
def building(pages: Pages) -> Building:
    forget_everything()
    return Building(pages.database)


def form(pages: Pages, building: Building) -> AppTest:
    """The dialog, as an administrator has it open."""
    with pages.database.reading() as conn:
        seen = load_calendar(conn, building.site_id)
    return dialog(pages.sign_in(Role.ADMIN), Right.ADMINISTER, partial(draw_calendar_form, building.site_id, seen))


def test_without_hours_it_says_that_a_supply_is_cut_at_any_hour(pages: Pages, building: Building) -> None:
    app = pages.open(FILE, pages.sign_in(Role.MANAGER, site_id=building.site_id))

    assert "a supply is cut at any hour" in everything(app)
    assert "None are known" in everything(app)
    assert [button.label for button in app.button if button.label != "Sign out"] == []


def test_the_hours_of_each_day_are_shown_and_until_when_they_hold_now(pages: Pages, building: Building) -> None:
    for weekday in range(7):
        building.no_cut(weekday, 0, 0)

    app = pages.open(FILE, pages.sign_in(Role.ADMIN))

    assert "00:00-24:00" in everything(app)
    assert app.info[0].value.startswith("They hold now, until")
    assert "Change hours and holidays" in [button.label for button in app.button]


def test_how_many_accounts_have_hours_of_their_own_is_told(pages: Pages, building: Building) -> None:
    for name in ("Clinic", "Bakery"):
        person = building.tenant(name)
        building.no_cut(0, 22 * 60, 6 * 60, person)
    gone = building.tenant("Florist")
    building.no_cut(0, 22 * 60, 6 * 60, gone)
    building.close(gone)

    app = pages.open(FILE, pages.sign_in(Role.MANAGER, site_id=building.site_id))

    assert "Accounts with hours of their own" in everything(app)
    assert ">2<" in everything(app)


def test_what_is_written_in_the_dialog_is_what_the_enforcer_reads(pages: Pages, building: Building) -> None:
    app = form(pages, building)

    app.text_input(key="hours-6").set_value("20:00-08:00").run()
    app.selectbox(key="calendar-country").set_value("DE").run()
    app.selectbox(key="calendar-part-DE").set_value("BE").run()
    app.text_area(key="calendar-days").set_value("2027-04-01 Founding day").run()
    app.button(key="calendar-save").click().run()

    with pages.database.reading() as conn:
        kept = load_calendar(conn, building.site_id)
    assert (hours_on(kept.windows, 6), hours_on(kept.windows, 0)) == ("20:00-24:00", "00:00-08:00")
    assert (kept.country, kept.subdivision, kept.own_days_text) == ("DE", "BE", "2027-04-01 Founding day")


def test_hours_that_cannot_be_read_are_told_and_nothing_is_changed(pages: Pages, building: Building) -> None:
    app = form(pages, building)

    app.text_input(key="hours-6").set_value("at night").run()
    app.button(key="calendar-save").click().run()

    assert "at night" in app.error[0].value
    with pages.database.reading() as conn:
        assert load_calendar(conn, building.site_id).windows == frozenset()
