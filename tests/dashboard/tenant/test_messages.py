"""Messages, as the tenant sees them: what was told, by which ways, and what became of it; only the own ones."""

from datetime import timedelta

import pytest

from prepaid.alerts import AlertKind, MessageState
from prepaid.records import Stage
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.tables import messages
from tests.building import MORNING, Building, Person
from tests.dashboard.pages import Pages
from tests.dashboard.tenant.seen import open_at, read_html
from tests.sql.messages import tell

FILE = "tenant/messages.py"


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database)


@pytest.fixture
def bakery(building: Building) -> Person:
    return building.tenant("Bakery", email="owner@bakery.example")


def test_without_any_it_says_what_one_will_be_told(pages: Pages, bakery: Person) -> None:
    app = open_at(pages, FILE, bakery)

    assert [each.value for each in app.subheader] == ["No messages yet"]


def test_each_message_says_what_when_how_to_whom_and_what_became_of_it(
    pages: Pages, building: Building, bakery: Person
) -> None:
    tell(building, AlertKind.LOW, "low:1", bakery)
    sent_at = MORNING + timedelta(minutes=2)
    with building.database.writing() as conn:
        conn.execute(messages.update().values(state=MessageState.SENT, sent_at=sent_at))
    tell(building, AlertKind.CUT, "cut:1", bakery)
    with building.database.writing() as conn:
        refused = messages.c.sent_at.is_(None)
        conn.execute(messages.update().where(refused).values(state=MessageState.FAILED, error="550 of mx.inside"))

    seen = read_html(open_at(pages, FILE, bakery))

    assert seen.index("Electricity switched off") < seen.index("Credit is low"), "the newest first"
    assert "Credit is low Jan 5, 2026, 11:00" in seen
    assert "Mail to Bakery (o…r@bakery.example): sent Jan 5, 2026, 11:02" in seen
    assert "Mail to Bakery (o…r@bakery.example): could not be delivered" in seen
    assert "mx.inside" not in seen, "what servers say is for the staff"


def test_nothing_of_the_staff_of_others_or_of_an_observed_account_is_told(
    pages: Pages, building: Building, bakery: Person
) -> None:
    building.admin()
    neighbour = building.tenant("Neighbour", email="n@other.example")
    observed = building.tenant("Observed", stage=Stage.OBSERVED)
    tell(building, AlertKind.LOW, "low:1", neighbour)
    tell(building, AlertKind.BYPASS, "bypass:1", bakery)
    with building.database.writing() as conn:
        raise_alert(conn, would_have(building, observed), MORNING)

    for person in (bakery, observed):
        assert [each.value for each in open_at(pages, FILE, person).subheader] == ["No messages yet"]


def would_have(building: Building, person: Person) -> NewAlert:
    """What the tenant of an observed account would have been told."""
    return NewAlert(
        site_id=building.site_id,
        kind=AlertKind.LOW,
        cause="low:2",
        account_id=person.account_id,
        details={},
        would_have=True,
    )


def test_more_of_them_are_shown_on_demand(pages: Pages, building: Building, bakery: Person) -> None:
    for number in range(25):
        tell(building, AlertKind.LOW, f"low:{number}", bakery)
    app = open_at(pages, FILE, bakery)
    first = read_html(app).count("Credit is low")

    app.button(key="more-messages").click().run()

    assert (first, read_html(app).count("Credit is low")) == (20, 25)
    assert not [each for each in app.button if each.key == "more-messages"]


def test_where_all_contacts_have_muted_it_nobody_was_written_to(
    pages: Pages, building: Building, bakery: Person
) -> None:
    tell(building, AlertKind.LOW, "low:1", bakery)
    with building.database.writing() as conn:
        conn.execute(messages.delete())

    assert "Nobody was written to." in read_html(open_at(pages, FILE, bakery))
