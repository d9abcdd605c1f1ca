"""Profile: a tenant keeps contacts, everybody keeps an own password, devices and alarms."""

from datetime import time

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.parts.quiet_hours import Choice
from prepaid.quiet_hours import NO_QUIET_HOURS, quiet_hours
from prepaid.records import Role
from sql.connection import Database
from sql.quiet_hours import quiet_of
from sql.tables import contacts, sessions, users
from tests.building import Building, Person
from tests.dashboard.pages import Pages

FILE = "tenant/profile.py"


@pytest.fixture
def bakery(database: Database) -> Person:
    return Building(database).tenant("Bakery", email="owner@bakery.example")


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def test_a_tenant_adds_a_contact_and_is_told_what_is_wrong_with_one(
    pages: Pages, bakery: Person, database: Database
) -> None:
    app = pages.open(FILE, pages.sign_in(Role.TENANT, tenant_id=bakery.tenant_id))

    app.text_input(key="contact-new-0-name").set_value("Cook")
    press(app, "Add")
    refused = [each.value for each in app.error]
    app.text_input(key="contact-new-0-phone").set_value("+964 7")
    app.checkbox(key="contact-new-0-low").uncheck()
    press(app, "Add")

    assert refused == ["A contact needs a mail address or a phone number. Enter one of them."]
    assert [each.label for each in app.expander][:3] == ["Bakery", "Cook", "Add somebody"]
    with database.reading() as conn:
        cook = conn.execute(sa.select(contacts).where(contacts.c.name == "Cook")).one()
    assert (cook.tenant_id, cook.phone, cook.muted) == (bakery.tenant_id, "+964 7", ["low"])


@pytest.mark.slow
def test_the_last_contact_with_a_mail_address_stays_and_the_page_says_why(pages: Pages, bakery: Person) -> None:
    app = pages.open(FILE, pages.sign_in(Role.TENANT, tenant_id=bakery.tenant_id))

    press(app, "Remove now")

    assert "the only contact with a mail address" in app.error[0].value


def test_other_devices_are_signed_out_at_once(pages: Pages, bakery: Person, database: Database) -> None:
    token = pages.sign_in(Role.TENANT, tenant_id=bakery.tenant_id)
    with database.writing() as conn:
        pages.again(conn, conn.execute(sa.select(users.c.id)).scalar_one())
    app = pages.open(FILE, token)

    press(app, "Sign out everywhere else")

    with database.reading() as conn:
        open_ones = conn.scalar(sa.select(sa.func.count()).where(sessions.c.ended_at.is_(None)))
    assert open_ones == 1
    assert "Devices signed in: 1" in [each.label for each in app.expander]


def test_an_admin_chooses_alarms_and_has_no_contacts(pages: Pages, bakery: Person, database: Database) -> None:
    app = pages.open(FILE, pages.sign_in(Role.ADMIN, email="boss@site.example"))
    assert "Add somebody" not in [each.label for each in app.expander]

    chosen = app.button_group(key="alarms").value
    assert isinstance(chosen, list)
    app.button_group(key="alarms").set_value([kind for kind in chosen if kind != "clock"])
    press(app, "Save")

    with database.reading() as conn:
        assert conn.scalar(sa.select(users.c.muted)) == ["clock"]


def test_an_admin_chooses_own_quiet_hours_with_the_rest(pages: Pages, bakery: Person, database: Database) -> None:
    app = pages.open(FILE, pages.sign_in(Role.ADMIN, email="boss@site.example"))

    app.button_group(key="my-quiet").set_value(Choice.OWN)
    app.time_input(key="my-quiet-from").set_value(time(23, 15))
    app.time_input(key="my-quiet-until").set_value(time(23, 15))
    press(app, "Save")
    refused = [each.value for each in app.error]
    app.time_input(key="my-quiet-until").set_value(time(6))
    press(app, "Save")

    assert "they begin and end at two different times" in refused[0]
    with database.reading() as conn:
        assert quiet_of(conn.execute(sa.select(users)).one()) == quiet_hours("23:15-06:00")


def test_who_wants_no_quiet_hours_is_told_at_any_hour(pages: Pages, bakery: Person, database: Database) -> None:
    app = pages.open(FILE, pages.sign_in(Role.TENANT, tenant_id=bakery.tenant_id))
    assert "The quiet hours of the site: none." in [each.value.rpartition("over. ")[2] for each in app.caption]

    app.text_input(key="contact-new-0-name").set_value("Cook")
    app.text_input(key="contact-new-0-phone").set_value("+964 7")
    app.button_group(key="contact-new-0-quiet").set_value(Choice.NONE)
    press(app, "Add")

    with database.reading() as conn:
        rows = conn.execute(sa.select(contacts).order_by(contacts.c.id)).all()
    assert [quiet_of(row) for row in rows] == [None, NO_QUIET_HOURS]


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER])
def test_who_is_told_nothing_has_no_quiet_hours_to_choose(pages: Pages, bakery: Person, role: Role) -> None:
    app = pages.open(FILE, pages.sign_in(role))

    assert not app.time_input
