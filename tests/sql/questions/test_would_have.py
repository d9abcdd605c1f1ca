"""What the tenant of an observed account would have been told: counted for the staff, and never shown to the tenant."""

from datetime import timedelta

import pytest

from prepaid.access import Viewer
from prepaid.alerts import AlertKind
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.records import Role, Stage
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.questions.alerts import AlertFilter, site_alerts, tenant_alerts
from sql.questions.would_have import WouldHave, would_have
from tests.building import MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def tell(building: Building, person: Person, kind: AlertKind, hours: int, *, would: bool = True) -> None:
    new = NewAlert(
        site_id=building.site_id,
        kind=kind,
        cause=f"{kind} {hours}",
        account_id=person.account_id,
        details={},
        would_have=would,
    )
    with building.database.writing() as conn:
        assert raise_alert(conn, new, MORNING + timedelta(hours=hours))


def test_alerts_and_mails_are_counted_and_the_newest_is_named(database: Database) -> None:
    building = Building(database)
    bakery, florist = (building.tenant(name, stage=Stage.OBSERVED) for name in ("Bakery", "Florist"))
    tell(building, bakery, AlertKind.LOW, 1)
    tell(building, bakery, AlertKind.CRITICAL, 2)
    tell(building, florist, AlertKind.EXHAUSTED, 3)

    with database.reading() as conn:
        found = would_have(conn, ADMIN, bakery.account_id)

    at = MORNING + timedelta(hours=2)
    assert found == WouldHave(alerts=2, mails=2, newest=AlertKind.CRITICAL, newest_at=at)


def test_without_any_and_of_an_account_that_is_told_for_real_there_is_nothing(database: Database) -> None:
    building = Building(database)
    bakery, florist = building.tenant("Bakery", stage=Stage.OBSERVED), building.tenant("Florist", stage=Stage.WARNED)
    tell(building, bakery, AlertKind.LOW, 1, would=False)
    tell(building, florist, AlertKind.LOW, 2)

    with database.reading() as conn:
        assert [would_have(conn, ADMIN, person.account_id) for person in (bakery, florist)] == [None, None]


def test_the_staff_sees_it_among_the_alerts_and_the_tenant_does_not(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", stage=Stage.OBSERVED)
    tell(building, bakery, AlertKind.LOW, 1)
    tell(building, bakery, AlertKind.CRITICAL, 2, would=False)
    tenant = Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id)

    with database.reading() as conn:
        staff = site_alerts(conn, ADMIN, building.site_id, AlertFilter()).alerts
        own = tenant_alerts(conn, tenant, building.site_id, bakery.tenant_id, AlertFilter()).alerts

    assert [(each.kind, each.would_tell) for each in staff] == [(AlertKind.CRITICAL, None), (AlertKind.LOW, 1)]
    assert [each.kind for each in own] == [AlertKind.CRITICAL]


def test_only_who_sees_balances_at_the_site_asks(database: Database) -> None:
    building, elsewhere = Building(database), Building(database, name="Elsewhere")
    bakery = building.tenant("Bakery", stage=Stage.OBSERVED)
    refused = (
        Viewer(role=Role.ADMIN, site_id=elsewhere.site_id, tenant_id=None),
        Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id),
    )

    with database.reading() as conn:
        for viewer in refused:
            with pytest.raises(NotAllowed):
                would_have(conn, viewer, bakery.account_id)
        with pytest.raises(NotFound):
            would_have(conn, ADMIN, 999)


def test_sql_server_understands_each_statement(database: Database) -> None:
    bakery = Building(database).tenant("Bakery", stage=Stage.OBSERVED)

    with database.reading() as conn, listening(database) as heard:
        would_have(conn, ADMIN, bakery.account_id)

    assert all(on_sql_server(statement) for statement in heard.values())
