"""Contacts of a file: new ones are added to tenants new and known, those that are there are compared."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from sql.site.facts import ContactFacts
from sql.site.tenants import gone, known_tenants
from sql.site.work import Work
from sql.tables import contacts, tenants


class ToAdd(NamedTuple):
    """A contact that is not there, and its tenant's number in the file."""

    number: int
    tenant_id: int
    contact: ContactFacts


def contacts_to_add(work: Work) -> list[ToAdd]:
    """The contacts that the tenants of the file have not got; what differs from those that they have is noted. Tenants
    that are not there (yet, or any more) have none."""
    known, left = known_tenants(work), gone(work)
    there = _contacts(work)
    missing = []
    for number, tenant in enumerate(work.file.tenants, start=1):
        if tenant.name not in known or tenant.name in left:
            continue
        tenant_id = known[tenant.name].id
        for contact in tenant.contacts:
            found = there.get((tenant_id, _key(contact.name, contact.email)))
            if found is None:
                missing.append(ToAdd(number, tenant_id, contact))
                continue
            place_of = partial(work.file.places.contact, number, tenant.name, contact.name)
            work.compare(place_of, {"name": (found.name, contact.name), "phone": (found.phone, contact.phone)})
    return missing


def add_contacts(work: Work, missing: Sequence[ToAdd]) -> None:
    """Adds them."""
    for each in missing:
        work.insert(
            "contact",
            contacts,
            tenant_id=each.tenant_id,
            name=each.contact.name,
            email=each.contact.email,
            phone=each.contact.phone,
            language=each.contact.language,
        )


def _contacts(work: Work) -> dict[tuple[int, str], Any]:
    """Known by the mail address, or by the name where there is none."""
    question = (
        sa.select(contacts)
        .join(tenants, tenants.c.id == contacts.c.tenant_id)
        .where(tenants.c.site_id == work.site_id, contacts.c.ended_at.is_(None))
    )
    return {(row.tenant_id, _key(row.name, row.email)): row for row in work.conn.execute(question)}


def _key(name: str, email: str | None) -> str:
    return (email or name).casefold()
