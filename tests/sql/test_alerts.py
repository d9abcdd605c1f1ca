"""Alerts: raised once per cause, told to whom it concerns, standing until their cause is over."""

import pytest
import sqlalchemy as sa

from prepaid.alerts import TENANT_KINDS, AlertKind
from sql.alerts import NewAlert, end_alerts, raise_alert, standing
from sql.connection import Database
from sql.tables import alerts, contacts, messages, users
from tests.building import MORNING, Building
from tests.sql.messages import after, claimed, tell


@pytest.fixture
def building(database: Database) -> Building:
    """A site with an admin; the people of another site must get nothing of it."""
    made = Building(database)
    made.admin("admin@here.example")
    return made


def recipients(database: Database) -> list[str]:
    with database.reading() as conn:
        return sorted(conn.scalars(sa.select(messages.c.recipient)))


def test_a_cause_raises_one_alert_however_often_it_is_told(building: Building) -> None:
    bakery = building.tenant("Bakery")

    told = [tell(building, AlertKind.LOW, "crossing:1", bakery) for _ in range(3)]

    assert told == [True, False, False]
    assert recipients(building.database) == [bakery.email]


@pytest.mark.parametrize("kind", sorted(set(AlertKind) - {AlertKind.MAIL_FAILING}))
def test_tenants_hear_of_their_own_account_and_staff_of_everything_else(building: Building, kind: AlertKind) -> None:
    bakery, _ = building.tenant("Bakery"), building.tenant("Florist")

    tell(building, kind, "x", bakery)

    assert recipients(building.database) == [bakery.email if kind in TENANT_KINDS else "admin@here.example"]


def test_everybody_is_told_once_whatever_the_case_of_the_address(building: Building) -> None:
    bakery = building.tenant("Bakery", email="Owner@Bakery.example")
    with building.database.writing() as conn:
        for email, ended_at in (
            ("owner@bakery.EXAMPLE", None),
            ("cook@bakery.example", None),
            ("old@b.example", MORNING),
        ):
            row = {"tenant_id": bakery.tenant_id, "name": "x", "email": email, "language": "en", "ended_at": ended_at}
            conn.execute(contacts.insert().values(row))

    tell(building, AlertKind.CUT, "supply:1", bakery)

    assert len(recipients(building.database)) == 2
    assert {address.casefold() for address in recipients(building.database)} == {
        "owner@bakery.example",
        "cook@bakery.example",
    }


def test_staff_who_are_locked_or_belong_to_another_site_are_not_told(building: Building) -> None:
    other = Building(building.database, name="Other House")
    locked, foreign = building.admin("gone@here.example"), building.admin("admin@there.example")
    with building.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == locked).values(locked_at=MORNING))
        conn.execute(users.update().where(users.c.id == foreign).values(site_id=other.site_id))

    tell(building, AlertKind.GUARD, "guard:1")

    assert recipients(building.database) == ["admin@here.example"]


def test_standing_alerts_of_an_analyzer_end_together(building: Building) -> None:
    oven, shop = building.analyzer("Oven"), building.analyzer("Shop")
    tell(building, AlertKind.ANALYZER_LOST, "lost:1", analyzer=oven)
    tell(building, AlertKind.ANALYZER_LOST, "lost:2", analyzer=shop)

    with building.database.writing() as conn:
        ended = end_alerts(conn, building.site_id, AlertKind.ANALYZER_LOST, oven, after(60))
        again = end_alerts(conn, building.site_id, AlertKind.ANALYZER_LOST, oven, after(61))
        left = standing(conn, building.site_id, AlertKind.ANALYZER_LOST)

    assert (ended, again, left) == (1, 0, {shop: MORNING})


def test_what_would_have_been_told_has_no_message_and_says_how_many_it_would_have_had(building: Building) -> None:
    bakery = building.tenant("Bakery")
    with building.database.writing() as conn:
        conn.execute(contacts.insert().values(tenant_id=bakery.tenant_id, name="D", email="d@x.example", language="en"))
    would = NewAlert(
        site_id=building.site_id,
        kind=AlertKind.EXHAUSTED,
        cause="crossing:1",
        account_id=bakery.account_id,
        details={},
        would_have=True,
    )

    with building.database.writing() as conn:
        raised = [raise_alert(conn, would, MORNING) for _time in range(2)]
    tell(building, AlertKind.EXHAUSTED, "crossing:2", bakery)

    with building.database.reading() as conn:
        kept = conn.execute(sa.select(alerts.c.would_tell).order_by(alerts.c.id)).scalars().all()
        of_first = sa.select(sa.func.count()).select_from(messages).where(messages.c.alert_id == 1)
        assert (raised, list(kept), conn.scalar(of_first)) == ([True, False], [2, None], 0)
    assert len(claimed(building.database)) == 2


def test_every_alert_is_a_row_with_its_site(building: Building) -> None:
    tell(building, AlertKind.CLOCK, "clock:1")

    with building.database.reading() as conn:
        row = conn.execute(sa.select(alerts)).one()
    assert (row.site_id, row.kind, row.cause, row.details) == (
        building.site_id,
        AlertKind.CLOCK,
        "clock:1",
        {"why": "clock:1"},
    )
