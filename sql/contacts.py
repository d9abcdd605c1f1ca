"""Contacts: who is told about a tenant. The staff adds, changes and removes them; each act is one transaction."""

from typing import Any

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.errors.tenants import ChangedMeanwhile, ContactsFull
from prepaid.language import _
from prepaid.quiet_hours import QuietHours
from prepaid.tenancy import MOST_CONTACTS, ContactFacts, checked_contact, differences
from sql.acts import Act, acting
from sql.channels import end_contact_channels
from sql.connection import Database
from sql.quiet_hours import quiet_columns, quiet_of
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import contacts, tenants


@repeated
def add_contact(database: Database, signed_in: SignedIn, tenant_id: int, facts: ContactFacts) -> int:
    """Adds a contact. Raises NotAllowed, NotFound, ContactsFull and what `checked_contact` raises."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        site_id = act.conn.scalar(sa.select(tenants.c.site_id).where(tenants.c.id == tenant_id))
        if site_id is None:
            raise NotFound(what=_("tenant"), name=tenant_id)
        act.permit_site(Right.ADMINISTER, site_id)
        return insert_contact(act, site_id, tenant_id, facts)


@repeated
def change_contact(
    database: Database, signed_in: SignedIn, contact_id: int, seen: ContactFacts, wanted: ContactFacts
) -> bool:
    """Changes a contact from what the person saw to what the person wants; whether there was anything to change.

    Raises NotAllowed, NotFound, ChangedMeanwhile and what `checked_contact` raises.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        contact = _contact(act, contact_id)
        before = ContactFacts(name=contact.name, email=contact.email, phone=contact.phone, language=contact.language)
        if before != seen:
            raise ChangedMeanwhile
        old, new = differences(before, checked_contact(wanted))
        if not new:
            return False
        act.conn.execute(contacts.update().where(contacts.c.id == contact_id).values(**new))
        act.note("contact.changed", f"contact:{contact_id}", contact.site_id, before=old, after=new)
        return True


@repeated
def set_contact_quiet_hours(database: Database, signed_in: SignedIn, contact_id: int, quiet: QuietHours | None) -> None:
    """When this contact is not told what can wait; None: when the site is quiet. Raises NotAllowed, NotFound."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        contact = _contact(act, contact_id)
        old, new = quiet_columns(quiet_of(contact)), quiet_columns(quiet)
        if new != old:
            act.conn.execute(contacts.update().where(contacts.c.id == contact_id).values(**new))
            act.note("contact.changed", f"contact:{contact_id}", contact.site_id, before=old, after=new)


@repeated
def remove_contact(database: Database, signed_in: SignedIn, contact_id: int) -> None:
    """Nobody is told at this contact any more; what was sent stays known. Raises NotAllowed, NotFound."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        contact = _contact(act, contact_id)
        act.conn.execute(contacts.update().where(contacts.c.id == contact_id).values(ended_at=act.now))
        end_contact_channels(act.conn, contact_id, act.now)
        old = {"tenant_id": contact.tenant_id, "name": contact.name, "email": contact.email, "phone": contact.phone}
        act.note("contact.removed", f"contact:{contact_id}", contact.site_id, before=old)


def insert_contact(act: Act, site_id: int, tenant_id: int, facts: ContactFacts) -> int:
    """Adds a contact as a part of an act that was permitted."""
    checked = checked_contact(facts)
    known = sa.select(sa.func.count()).where(contacts.c.tenant_id == tenant_id, contacts.c.ended_at.is_(None))
    if int(act.conn.scalar(known) or 0) >= MOST_CONTACTS:
        raise ContactsFull(most=MOST_CONTACTS)
    values: dict[str, Any] = {
        "tenant_id": tenant_id,
        "name": checked.name,
        "email": checked.email,
        "phone": checked.phone,
        "language": checked.language,
    }
    contact_id = act.insert(contacts, **values)
    act.note("contact.created", f"contact:{contact_id}", site_id, after=values)
    return contact_id


def _contact(act: Act, contact_id: int) -> Any:
    question = (
        sa.select(contacts, tenants.c.site_id)
        .join(tenants, tenants.c.id == contacts.c.tenant_id)
        .where(contacts.c.id == contact_id, contacts.c.ended_at.is_(None))
        .with_hint(contacts, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    found = act.conn.execute(question).one_or_none()
    if found is None:
        raise NotFound(what=_("contact"), name=contact_id)
    act.permit_site(Right.ADMINISTER, found.site_id)
    return found
