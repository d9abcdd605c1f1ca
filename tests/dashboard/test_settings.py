"""The page Settings: hours, holidays and messages, seen by the staff; changed and tested by an administrator."""

from datetime import timedelta
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.settings.calendar_dialog import draw_calendar_form
from dashboard.settings.message_dialog import draw_test_form
from prepaid.access import Right
from prepaid.alerts import AlertKind, MessageState
from prepaid.records import Role
from prepaid.site_calendar import hours_on
from sql.questions.site_calendar import load_calendar
from sql.tables import alerts, channels, messages
from tests.building import Building
from tests.dashboard.access import everything
from tests.dashboard.dialogs import dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages
from tests.dashboard.tenant.seen import read_html
from tests.sql.messages import tell

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
    assert "Who is told of alarms" not in everything(app)


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


def test_messages_say_what_waits_what_failed_and_how_they_are_bounded(
    pages: Pages, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_SERVER", "mail.example")
    monkeypatch.setenv("SMTP_PORT", "587")
    monkeypatch.setenv("SMTP_SECURITY", "starttls")
    building.set("quiet_from_h", "22")
    building.set("quiet_until_h", "6.5")
    building.set("mails_per_minute", "40")
    building.admin()
    tell(building, AlertKind.GUARD, "guard:1")
    with pages.database.writing() as conn:
        conn.execute(alerts.update().values(raised_at=pages.database.now(conn)))
        conn.execute(messages.update().values(state=MessageState.FAILED, error="550 nobody of that name"))

    app = pages.open(FILE, pages.sign_in(Role.MANAGER, site_id=building.site_id))

    seen = read_html(app)
    assert "Mail server mail.example:587 STARTTLS" in seen
    assert "Waiting 0" in seen
    assert "Not delivered, 24 hours 1" in seen
    assert "Quiet hours 22:00-06:30" in seen
    assert "One mail for several alarms more than 5 within 60 s" in seen
    assert "Mails in a minute, at most 40" in seen
    assert "550 nobody of that name" in [each.value for each in app.warning]


def test_an_administrator_sees_who_is_told_and_by_how_many_ways(pages: Pages, building: Building) -> None:
    of_all = building.admin("zara@here.example")
    pages.sign_in(Role.CASHIER, site_id=building.site_id, display_name="Till")
    with pages.database.writing() as conn:
        added = {"url": "x", "shown": "jsons://x", "added_at": pages.database.now(conn), "added_by": "a test"}
        conn.execute(channels.insert().values(user_id=of_all, **added))
        conn.execute(channels.insert().values(user_id=of_all, **added))

    app = pages.open(FILE, pages.sign_in(Role.ADMIN, site_id=building.site_id, display_name="Omar"))

    seen = [each.value for each in app.markdown]
    assert any("Admin" in each and "zara@here.example · 2 channels" in each for each in seen)
    assert any("Omar" in each and "cannot be reached" in each for each in seen)
    assert not any("Till" in each for each in seen)
    keys = [each.key for each in app.button if each.help == "Channels and a test"]
    assert len(keys) == 1, "who works at all sites is not kept by who does not"


def test_a_test_message_goes_to_an_address_and_its_outcome_is_told(pages: Pages, building: Building) -> None:
    app = dialog(
        pages.sign_in(Role.ADMIN, email="sara@here.example"),
        Right.ADMINISTER,
        partial(draw_test_form, building.site_id),
    )
    own = app.text_input(key="test-address").value

    click(app, "Send now")
    on_its_way = [each.value for each in app.info]
    with pages.database.writing() as conn:
        conn.execute(messages.update().values(state=MessageState.SENT, sent_at=pages.database.now(conn)))
    app.run()

    assert own == "sara@here.example"
    assert on_its_way == ["On its way: the enforcer sends it within seconds."]
    assert [each.value for each in app.success] == ["Sent. Look whether it has arrived."]
    assert "Mail s…a@here.example sent" in read_html(app)


def test_a_test_that_failed_says_what_was_answered_and_one_that_waits_where_to_look(
    pages: Pages, building: Building
) -> None:
    app = dialog(pages.sign_in(Role.ADMIN), Right.ADMINISTER, partial(draw_test_form, building.site_id))
    app.text_input(key="test-address").set_value("anybody@x.example")
    click(app, "Send now")

    with pages.database.writing() as conn:
        conn.execute(alerts.update().values(raised_at=pages.database.now(conn) - timedelta(minutes=1)))
    waits = [each.value for each in app.run().warning]
    with pages.database.writing() as conn:
        conn.execute(messages.update().values(state=MessageState.FAILED, error="550 nobody of that name"))
    app.run()

    assert "look at the page Health" in waits[0]
    assert [each.value for each in app.error] == ["Not delivered. Below stands what was answered."]
    assert "could not be delivered: 550 nobody of that name" in read_html(app)


def test_an_address_that_is_none_is_refused_in_words(pages: Pages, building: Building) -> None:
    app = dialog(pages.sign_in(Role.ADMIN), Right.ADMINISTER, partial(draw_test_form, building.site_id))

    app.text_input(key="test-address").set_value("nobody")
    click(app, "Send now")

    assert "nobody" in app.error[0].value


def click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


@pytest.mark.parametrize("file", [FILE, "tenant/profile.py"])
def test_names_around_a_page_stand_as_they_were_written_and_are_no_links(pages: Pages, file: str) -> None:
    forget_everything()
    link = "[Mall](https://elsewhere.example)"
    site = Building(pages.database, name=link)

    app = pages.open(file, pages.sign_in(Role.MANAGER, site_id=site.site_id, display_name=link, user_name=link))

    said = " ".join(each.value for each in (*app.caption, *app.warning, *app.error))
    assert said.count("Mall") >= 3
    assert link not in said
