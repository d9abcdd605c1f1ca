"""What a site shows to questions: who asks, what the last polls brought, what the enforcer holds true."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, PasswordMustChange
from prepaid.records import Role
from prepaid.switching import Supply
from sql.connection import Database
from sql.tables import analyzer_states, heartbeats, site_states, supply_states
from tests.building import MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

Question = Callable[[Connection, Viewer, int], Any]
"""A question with everything but who asks, and of which site."""
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
STAFF = (Role.ADMIN, Role.MANAGER)


def viewer(
    role: Role, site_id: int | None = None, person: Person | None = None, *, must_change: bool = False
) -> Viewer:
    return Viewer(
        role=role,
        site_id=site_id,
        tenant_id=None if person is None else person.tenant_id,
        must_change_password=must_change,
    )


def show(building: Building, analyzer_id: int, supply: Supply = Supply.ON, **more: Any) -> None:
    """What the enforcer holds true of a supply."""
    with building.database.writing() as conn:
        conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, supply=supply, seen=supply, **more))


def read(building: Building, analyzer_id: int, at: datetime = MORNING, **values: Any) -> None:
    """What the last poll of an analyzer brought."""
    known = {"link": "answering", "read_at": at, "verdict": "advance", "active_tariff": 0, **values}
    with building.database.writing() as conn:
        conn.execute(analyzer_states.update().where(analyzer_states.c.analyzer_id == analyzer_id).values(known))


def beat(building: Building, at: datetime = MORNING, **values: Any) -> None:
    """The enforcer's sign of life, and the state of the site that it wrote."""
    of_site = ("source", "source_since_at", "clock_doubted_since_at")
    state = {name: values.pop(name) for name in of_site if name in values}
    sign = {
        "site_id": building.site_id,
        "process": "enforcer",
        "holder": "here:1",
        "started_at": MORNING,
        "beat_at": at,
        "passes": 9,
        "reads_due": 100,
        "reads_on_time": 97,
        "reads_late": 2,
        "reads_missed": 1,
        "version": "1.0",
    }
    with building.database.writing() as conn:
        conn.execute(heartbeats.insert().values({**sign, **values}))
        conn.execute(site_states.insert().values({"site_id": building.site_id, "updated_at": at, **state}))


def only_for_staff(database: Database, site_id: int, person: Person, question: Question) -> None:
    """Asserts that admin and manager of the site are answered, and nobody else: no cashier, no tenant, nobody of
    another site, nobody who must choose a password first."""
    with database.reading() as conn:
        for role in STAFF:
            question(conn, viewer(role), site_id)
            question(conn, viewer(role, site_id), site_id)
            with pytest.raises(NotAllowed):
                question(conn, viewer(role, site_id + 1), site_id)
            with pytest.raises(PasswordMustChange):
                question(conn, viewer(role, must_change=True), site_id)
        for asks in (viewer(Role.CASHIER), viewer(Role.CASHIER, site_id), viewer(Role.TENANT, site_id, person)):
            with pytest.raises(NotAllowed):
                question(conn, asks, site_id)


def asked_on_sql_server(database: Database, site_id: int, question: Question) -> Sequence[str]:
    """The statements of the question as T-SQL: each must compile, within SQL Server's parameters."""
    with listening(database) as heard, database.reading() as conn:
        question(conn, ADMIN, site_id)
    return [on_sql_server(statement) for statement in heard.values()]
