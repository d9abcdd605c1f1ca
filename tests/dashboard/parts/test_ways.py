"""How a person is told: channels whose secret nobody sees again, a test by all ways, quiet hours of a contact."""

from collections.abc import Callable
from datetime import time
from functools import partial

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from dashboard.parts.quiet_hours import Choice
from dashboard.tenancy.ways_dialog import draw_ways_of_contact
from prepaid.access import Right, Viewer
from prepaid.channels import MOST_CHANNELS
from prepaid.clock import SystemClock
from prepaid.quiet_hours import quiet_hours
from prepaid.records import Role
from sql.message_tests import TESTS_AT_MOST
from sql.questions.tenant import tenant
from sql.quiet_hours import quiet_of
from sql.tables import channels, contacts
from tests.building import Building, Person
from tests.dashboard.access import everything
from tests.dashboard.dialogs import dialog
from tests.dashboard.pages import Pages
from tests.dashboard.tenant.seen import read_html

SECRET = "tgram://123456789:abcdefg_hijklmnop/12315544/"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


@pytest.fixture
def building(pages: Pages) -> Building:
    return Building(pages.database)


@pytest.fixture
def bakery(building: Building) -> Person:
    return building.tenant("Bakery", email="owner@bakery.example")


def opened(pages: Pages, bakery: Person) -> AppTest:
    """The dialog about the contact of the bakery, as an administrator has it open."""
    return dialog(pages.sign_in(Role.ADMIN), Right.ADMINISTER, drawing(pages, bakery))


def drawing(pages: Pages, bakery: Person) -> Callable[[], None]:
    with pages.database.reading() as conn:
        kept = tenant(conn, ADMIN, bakery.tenant_id, SystemClock().now())
    return partial(draw_ways_of_contact, kept.contacts[0], kept.site_id)


def add(app: AppTest, url: str) -> AppTest:
    field(app).set_value(url)
    return click(app, "Add the channel")


def field(app: AppTest) -> TextInput:
    return next(each for each in app.text_input if each.label == "Another channel")


def click(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_a_channel_is_added_and_only_where_it_leads_is_seen_again(pages: Pages, bakery: Person) -> None:
    app = add(opened(pages, bakery), SECRET)

    with pages.database.reading() as conn:
        kept = conn.execute(sa.select(channels)).one()
    assert kept.url == SECRET
    assert any("tgram\\://…" in each.value for each in app.markdown)
    assert "abcdefg" not in everything(app)
    assert field(app).value == ""


def test_what_is_no_channel_is_refused_and_stays_typed(pages: Pages, bakery: Person) -> None:
    app = add(opened(pages, bakery), "syslog://")

    assert "uses programs, devices or files of this machine" in app.error[0].value
    assert field(app).value == "syslog://"
    with pages.database.reading() as conn:
        assert not conn.execute(sa.select(channels)).all()


def test_a_channel_is_removed_and_its_secret_with_it(pages: Pages, bakery: Person) -> None:
    app = add(opened(pages, bakery), SECRET)

    next(each for each in app.button if each.help == "Remove the channel").click().run()

    with pages.database.reading() as conn:
        kept = conn.execute(sa.select(channels)).one()
    assert (kept.url, kept.ended_at is None) == ("", False)
    assert not any("tgram" in each.value for each in app.markdown)


def test_there_is_no_field_for_more_channels_than_there_may_be(pages: Pages, bakery: Person) -> None:
    app = opened(pages, bakery)
    for number in range(MOST_CHANNELS):
        add(app, f"jsons://hooks.example/{number}")

    assert "Add the channel" not in [button.label for button in app.button]


def test_a_test_goes_by_every_way_and_says_of_each_what_became_of_it(pages: Pages, bakery: Person) -> None:
    app = add(opened(pages, bakery), "jsons://hooks.example/path")

    click(app, "Send a test")

    assert "Mail to Bakery o…r@bakery.example waits to be sent" in read_html(app)
    assert "Channel of Bakery jsons://hooks.example waits to be sent" in read_html(app)


def test_too_many_tests_are_refused_in_words(pages: Pages, bakery: Person) -> None:
    app = opened(pages, bakery)
    for _number in range(TESTS_AT_MOST):
        click(app, "Send a test")

    click(app, "Send a test")

    assert app.error[0].value.startswith(f"Too many requests\\: {TESTS_AT_MOST} are allowed. Wait")


def test_who_cannot_be_reached_has_no_button_for_a_test(pages: Pages, bakery: Person) -> None:
    with pages.database.writing() as conn:
        conn.execute(contacts.update().values(email=None, phone="1"))

    app = opened(pages, bakery)

    assert "Send a test" not in [button.label for button in app.button]
    assert any("no mail address" in each.value for each in app.markdown)


def test_an_administrator_sets_the_quiet_hours_of_a_contact(pages: Pages, building: Building, bakery: Person) -> None:
    building.set("quiet_from_h", "21")
    building.set("quiet_until_h", "6")
    app = opened(pages, bakery)
    shown = app.time_input(key="contact-quiet-from").value

    app.button_group(key="contact-quiet").set_value(Choice.OWN)
    app.time_input(key="contact-quiet-until").set_value(time(5, 30))
    click(app, "Save")

    assert shown == time(21), "the hours of the site are what is proposed"
    with pages.database.reading() as conn:
        assert quiet_of(conn.execute(sa.select(contacts)).one()) == quiet_hours("21:00-05:30")
