"""Who was told of what: a tenant's own messages, and the administrators who are told of alarms."""

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.errors.access import NotAllowed
from prepaid.quiet_hours import quiet_hours
from prepaid.records import Role
from sql.connection import Database
from sql.questions.tenant_messages import MOST_TOLD, tenant_messages
from sql.questions.told import MOST_MESSAGES, told_about
from sql.questions.told_staff import told_staff
from sql.quiet_hours import quiet_columns
from sql.tables import alerts, messages, users
from tests.building import Building, Person
from tests.sql.messages import tell
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, viewer


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database)


@pytest.fixture
def bakery(building: Building) -> Person:
    return building.tenant("Bakery", email="owner@bakery.example")


def test_a_tenant_is_answered_the_own_messages_and_nobody_else_them(building: Building, bakery: Person) -> None:
    neighbour = building.tenant("Neighbour")
    tell(building, AlertKind.LOW, "low:1", bakery)
    tell(building, AlertKind.CUT, "cut:1", bakery)
    tell(building, AlertKind.CUT, "cut:2", neighbour)

    with building.database.reading() as conn:
        own = viewer(Role.TENANT, None, bakery)
        found = tenant_messages(conn, own, building.site_id, bakery.tenant_id, 1)
        every = tenant_messages(conn, own, building.site_id, bakery.tenant_id, 10)
        with pytest.raises(NotAllowed):
            tenant_messages(conn, viewer(Role.TENANT, None, neighbour), building.site_id, bakery.tenant_id, 10)

    assert ([each.alert.kind for each in found.alerts], found.more) == ([AlertKind.CUT], True)
    assert ([each.alert.kind for each in every.alerts], every.more) == ([AlertKind.CUT, AlertKind.LOW], False)
    assert [[told.recipient for told in each.told] for each in every.alerts] == [["o…r@bakery.example"]] * 2


def test_of_each_alert_a_bounded_number_of_messages_is_answered(building: Building, bakery: Person) -> None:
    for number in range(2):
        tell(building, AlertKind.LOW, f"low:{number}", bakery)
    with building.database.writing() as conn:
        row = dict(conn.execute(sa.select(messages).limit(1)).mappings().one())
        del row["id"]
        for number in range(MOST_MESSAGES):
            conn.execute(messages.insert().values({**row, "message_id": f"<{number}>"}))
        ids = list(conn.scalars(sa.select(alerts.c.id).order_by(alerts.c.id)))

    with building.database.reading() as conn:
        found = told_about(conn, ids)

    assert [len(found[alert_id]) for alert_id in ids] == [MOST_MESSAGES, 1]


def test_the_messages_are_asked_for_on_sql_server(building: Building, bakery: Person) -> None:
    statements = asked_on_sql_server(
        building.database,
        building.site_id,
        lambda conn, who, site: tenant_messages(conn, who, site, bakery.tenant_id, MOST_TOLD),
    )

    assert any("row_number() OVER (PARTITION BY" in each for each in statements)


def test_administrators_of_the_site_and_of_all_sites_are_told(building: Building) -> None:
    other = Building(building.database, name="Elsewhere")
    everywhere = building.admin("zara@here.example")
    here, there, locked = (building.admin(f"{name}@x.example") for name in ("here", "there", "locked"))
    with building.database.writing() as conn:
        hours = quiet_columns(quiet_hours("22:00-07:00"))
        conn.execute(users.update().where(users.c.id == here).values(site_id=building.site_id, email=None, **hours))
        conn.execute(users.update().where(users.c.id == there).values(site_id=other.site_id))
        conn.execute(users.update().where(users.c.id == locked).values(locked_at=building.at))

    with building.database.reading() as conn:
        of_all = told_staff(conn, ADMIN, building.site_id)
        of_one = told_staff(conn, viewer(Role.ADMIN, building.site_id), building.site_id)
        for asks in (viewer(Role.MANAGER), viewer(Role.ADMIN, other.site_id)):
            with pytest.raises(NotAllowed):
                told_staff(conn, asks, building.site_id)

    assert [(each.user_id, each.email, each.is_kept) for each in of_all] == [
        (everywhere, "zara@here.example", True),
        (here, None, True),
    ]
    assert [each.is_kept for each in of_one] == [False, True]
    assert [each.quiet for each in of_one] == [None, quiet_hours("22:00-07:00")]
    assert asked_on_sql_server(building.database, building.site_id, told_staff)
