"""Acknowledging: once, by who may, at the own site, with a name and an event."""

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.errors.access import NotAllowed, NotFound, SessionEnded
from prepaid.records import Role
from prepaid.sessions import SessionEnd
from sql.acknowledging import acknowledge
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.sessions import SignedIn, end
from sql.tables import alerts, events
from tests.building import MORNING, Building
from tests.people import People
from tests.sql.statements import listening, on_sql_server


def tell(building: Building) -> int:
    new = NewAlert(site_id=building.site_id, kind=AlertKind.TAMPER, cause=f"a test {building.site_id}", details={})
    with building.database.writing() as conn:
        raise_alert(conn, new, MORNING)
        return int(conn.execute(sa.select(sa.func.max(alerts.c.id))).scalar_one())


def sign_in(database: Database, role: Role, site_id: int | None = None, **facts: object) -> SignedIn:
    people = People(database)
    people.add(role, role, site_id=site_id, **facts)
    return people.sign_in(role).signed_in


def test_the_first_who_sees_an_alert_is_noted_and_it_is_told_once(database: Database) -> None:
    building = Building(database)
    alert_id = tell(building)
    manager = sign_in(database, Role.MANAGER)
    admin = sign_in(database, Role.ADMIN)

    first, second = acknowledge(database, manager, alert_id), acknowledge(database, admin, alert_id)

    assert (first, second) == (True, False)
    with database.reading() as conn:
        row = conn.execute(sa.select(alerts).where(alerts.c.id == alert_id)).one()
        told = conn.execute(sa.select(events).where(events.c.action == "alert.acknowledged")).all()
    assert (row.acknowledged_by, row.ended_at) == ("Manager", None)
    assert row.acknowledged_at is not None
    (event,) = told
    assert (event.actor, event.subject, event.site_id) == ("user:manager", f"alert:{alert_id}", building.site_id)
    assert event.after["kind"] == "tamper"


def test_who_may_not_acknowledge_changes_nothing(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other house")
    alert_id = tell(building)
    shop = building.tenant("Shop")
    refused = [
        sign_in(database, Role.CASHIER),
        sign_in(database, Role.TENANT, building.site_id, tenant_id=shop.tenant_id),
        sign_in(database, Role.MANAGER, other.site_id),
    ]

    for person in refused:
        with pytest.raises(NotAllowed):
            acknowledge(database, person, alert_id)

    with database.reading() as conn:
        assert conn.scalar(sa.select(alerts.c.acknowledged_at).where(alerts.c.id == alert_id)) is None


def test_an_ended_session_acknowledges_nothing(database: Database) -> None:
    building = Building(database)
    alert_id = tell(building)
    admin = sign_in(database, Role.ADMIN)
    end(database, admin.session_id, SessionEnd.SIGNED_OUT)

    with pytest.raises(SessionEnded):
        acknowledge(database, admin, alert_id)


def test_an_alert_that_is_not_there_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        acknowledge(database, sign_in(database, Role.ADMIN), 7)


def test_every_statement_is_one_that_sql_server_takes(database: Database) -> None:
    alert_id = tell(Building(database))
    admin = sign_in(database, Role.ADMIN)

    with listening(database) as heard:
        acknowledge(database, admin, alert_id)

    assert all(on_sql_server(statement) for statement in heard.values())
