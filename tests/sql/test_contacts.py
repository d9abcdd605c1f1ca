"""Contacts: added, changed from what was seen, removed; all of it told to the audit."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.tenants import ChangedMeanwhile, ContactsFull, ContactUnreachable
from prepaid.records import Role
from prepaid.tenancy import MOST_CONTACTS, ContactFacts
from sql.connection import Database
from sql.contacts import add_contact, change_contact, remove_contact
from sql.sessions import SignedIn
from sql.tables import contacts, events
from tests.building import Building, Person
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server

SARA = ContactFacts(name="Sara", email="sara@example.com")


def bakery_of(database: Database) -> tuple[Building, Person, SignedIn]:
    building = Building(database)
    return building, building.tenant("Bakery"), signed_in(database, Role.ADMIN)


def test_a_contact_is_added_changed_and_removed_and_the_audit_knows_each_step(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)

    contact_id = add_contact(database, admin, bakery.tenant_id, SARA)
    changed = change_contact(database, admin, contact_id, SARA, replace(SARA, phone="07"))
    again = change_contact(database, admin, contact_id, replace(SARA, phone="07"), replace(SARA, phone="07"))
    remove_contact(database, admin, contact_id)

    with database.reading() as conn:
        row = conn.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one()
        told = conn.execute(sa.select(events).order_by(events.c.event_no)).all()
    assert (changed, again) == (True, False)
    assert (row.email, row.phone, row.ended_at is not None) == ("sara@example.com", "07", True)
    assert [each.action for each in told] == ["contact.created", "contact.changed", "contact.removed"]
    assert (told[1].before, told[1].after["phone"]) == ({"phone": None}, "07")
    assert told[2].before["email"] == "sara@example.com"


def test_what_somebody_else_changed_is_not_written_over(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)
    contact_id = add_contact(database, admin, bakery.tenant_id, SARA)
    change_contact(database, admin, contact_id, SARA, replace(SARA, name="Sara Karim"))

    with pytest.raises(ChangedMeanwhile):
        change_contact(database, admin, contact_id, SARA, replace(SARA, phone="07"))
    with pytest.raises(ContactUnreachable):
        change_contact(database, admin, contact_id, replace(SARA, name="Sara Karim"), ContactFacts(name="Sara"))


def test_a_tenant_has_so_many_contacts_and_no_more(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)
    ids = [add_contact(database, admin, bakery.tenant_id, SARA) for _ in range(MOST_CONTACTS - 1)]

    with pytest.raises(ContactsFull):
        add_contact(database, admin, bakery.tenant_id, SARA)
    remove_contact(database, admin, ids[0])

    assert add_contact(database, admin, bakery.tenant_id, SARA)


def test_a_removed_contact_is_gone(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)
    contact_id = add_contact(database, admin, bakery.tenant_id, SARA)
    remove_contact(database, admin, contact_id)

    with pytest.raises(NotFound):
        remove_contact(database, admin, contact_id)
    with pytest.raises(NotFound):
        add_contact(database, admin, 999, SARA)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_only_an_admin_of_the_site_keeps_contacts(database: Database, role: Role) -> None:
    building, bakery, admin = bakery_of(database)
    contact_id = add_contact(database, admin, bakery.tenant_id, SARA)
    person = signed_in(database, role, site_id=building.site_id, tenant_id=bakery.tenant_id)
    elsewhere = signed_in(database, Role.ADMIN, site_id=Building(database, name="Other house").site_id)

    for somebody in (person, elsewhere):
        with pytest.raises(NotAllowed):
            add_contact(database, somebody, bakery.tenant_id, SARA)
        with pytest.raises(NotAllowed):
            change_contact(database, somebody, contact_id, SARA, replace(SARA, phone="07"))
        with pytest.raises(NotAllowed):
            remove_contact(database, somebody, contact_id)


def test_sql_server_understands_each_statement(database: Database) -> None:
    _building, bakery, admin = bakery_of(database)

    with listening(database) as heard:
        contact_id = add_contact(database, admin, bakery.tenant_id, SARA)
        change_contact(database, admin, contact_id, SARA, replace(SARA, phone="07"))
        remove_contact(database, admin, contact_id)

    assert all(on_sql_server(statement) for statement in heard.values())
