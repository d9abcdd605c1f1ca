"""Questions that only programs ask: users with their accounts, the audit trail, heartbeats, alarms by kind."""

from datetime import timedelta

import pytest

from prepaid.alerts import AlertKind
from prepaid.errors.access import NotAllowed
from prepaid.records import Role
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.questions.events import EventFilter, EventKey, events_page
from sql.questions.heartbeats import pulses
from sql.questions.open_alarms import open_alarms
from sql.questions.users import account_to_sell_to, users_page
from sql.tables import alerts
from tests.building import MORNING, Building
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, viewer
from tests.sql.statements import listening, on_sql_server


def test_alarms_are_counted_as_the_pages_show_them(database: Database) -> None:
    house = Building(database)
    shop = house.tenant("Shop")
    raised = [
        (AlertKind.LOW, False),
        (AlertKind.BYPASS, False),
        (AlertKind.BYPASS, False),
        (AlertKind.TAMPER, True),
        (AlertKind.ANALYZER_LOST, True),
        (AlertKind.ANALYZER_BACK, False),
    ]
    with database.writing() as conn:
        for number, (kind, seen) in enumerate(raised):
            alarm = NewAlert(
                site_id=house.site_id, kind=kind, cause=f"test:{number}", account_id=shop.account_id, details={}
            )
            at = MORNING + timedelta(minutes=number)
            raise_alert(conn, alarm, at)
            if seen:
                conn.execute(alerts.update().where(alerts.c.cause == alarm.cause).values(acknowledged_at=at))

    with database.reading() as conn:
        found = open_alarms(conn, ADMIN, house.site_id)

    assert {kind: each.number for kind, each in found.items()} == {AlertKind.BYPASS: 2, AlertKind.ANALYZER_LOST: 1}
    assert found[AlertKind.BYPASS].since_at == MORNING + timedelta(minutes=1)


def test_what_is_asked_for_is_permitted_first(database: Database) -> None:
    house, other = Building(database), Building(database, name="Elsewhere")
    shop = house.tenant("Shop")
    tenant, cashier = viewer(Role.TENANT, house.site_id, shop), viewer(Role.CASHIER, house.site_id)
    manager = viewer(Role.MANAGER, house.site_id)

    with database.reading() as conn:
        for asks in (tenant, cashier):
            with pytest.raises(NotAllowed):
                events_page(conn, asks, EventFilter())
            with pytest.raises(NotAllowed):
                open_alarms(conn, asks, house.site_id)
        with pytest.raises(NotAllowed):
            events_page(conn, manager, EventFilter(site_id=other.site_id))
        with pytest.raises(NotAllowed):
            open_alarms(conn, manager, other.site_id)
        with pytest.raises(NotAllowed):
            users_page(conn, tenant)
        for asks in (tenant, manager):
            with pytest.raises(NotAllowed):
                account_to_sell_to(conn, asks, 1, None)


def test_a_page_asks_two_statements_at_most_whatever_its_length(database: Database) -> None:
    house = Building(database)
    for number in range(5):
        house.tenant(f"Shop {number}")
    house.admin()

    with listening(database) as heard, database.reading() as conn:
        users_page(conn, ADMIN, None, 200)

    assert len(heard) <= 2


def test_the_statements_are_known_to_sql_server(database: Database) -> None:
    house = Building(database)
    house.tenant("Shop")
    behind = EventKey(MORNING, "dashboard", 7)
    everything = EventFilter(
        site_id=house.site_id, action="a.", actor="b", subject="c", from_at=MORNING, until_at=MORNING
    )

    with listening(database) as heard, database.reading() as conn:
        events_page(conn, ADMIN, everything, behind)
        users_page(conn, viewer(Role.CASHIER, house.site_id), 3)
        pulses(conn, MORNING)
    for statement in heard.values():
        assert on_sql_server(statement)

    assert asked_on_sql_server(database, house.site_id, open_alarms)
