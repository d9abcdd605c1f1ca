"""Sessions as tests make them and look at them: opened for a role, why they ended, and what the audit trail tells."""

import sqlalchemy as sa

from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.events import Event
from sql.sessions import Opened
from sql.tables import events, sessions
from tests.building import Building
from tests.people import People


def opened_as(people: People, role: Role, kind: SessionKind) -> Opened:
    tenant_id = Building(people.database).tenant("Bakery").tenant_id if role is Role.TENANT else None
    people.add("sara", role, tenant_id=tenant_id)
    return people.sign_in("sara", kind=kind)


def told(people: People) -> list[Event]:
    """The audit trail, the oldest first."""
    with people.database.reading() as conn:
        rows = conn.execute(sa.select(events).order_by(events.c.event_no)).mappings()
        return [Event(**{name: row[name] for name in Event.__slots__}) for row in rows]


def why_ended(people: People) -> list[str | None]:
    with people.database.reading() as conn:
        return list(conn.scalars(sa.select(sessions.c.ended_why).order_by(sessions.c.id)))
