"""Who is told about a tenant, kept by the tenant: the viewer's own contacts and nobody else's."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit
from prepaid.alerts import MUTABLE_KINDS, AlertKind
from prepaid.errors.access import NotFound
from prepaid.errors.tenants import ContactsFull, LastMailContact
from prepaid.language import _
from prepaid.quiet_hours import QuietHours
from prepaid.tenancy import MOST_CONTACTS, ContactFacts, checked_contact
from sql.acts import Act, acting
from sql.channels import end_contact_channels
from sql.connection import Database
from sql.quiet_hours import quiet_columns, quiet_of
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import contacts, tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnContact:
    """Somebody who is told. `muted` are the kinds of alerts that this one does not want; `quiet` None: the quiet hours
    of the site."""

    contact_id: int
    facts: ContactFacts
    muted: frozenset[AlertKind]
    quiet: QuietHours | None = None


def own_contacts(conn: Connection, viewer: Viewer) -> tuple[OwnContact, ...]:
    """The contacts of the viewer's own tenant, the oldest first. Raises NotAllowed."""
    permit(viewer, Right.SEE_OWN)
    question = (
        sa.select(contacts)
        .where(contacts.c.tenant_id == viewer.tenant_id, contacts.c.ended_at.is_(None))
        .order_by(contacts.c.id)
        .limit(MOST_CONTACTS)
    )
    return tuple(_own_contact(row) for row in conn.execute(question))


@repeated
def save_own_contact(
    database: Database,
    signed_in: SignedIn,
    contact_id: int | None,
    facts: ContactFacts,
    muted: Collection[AlertKind] = (),
    quiet: QuietHours | None = None,
) -> int:
    """Adds a contact (`contact_id` None) or changes one; answers its id. That the credit is used up and that the
    supply is cut cannot be muted.

    Raises NotAllowed, NotFound, TextInvalid, MailAddressInvalid, ContactUnreachable, ContactsFull, LastMailContact.
    """
    wanted, unwanted = checked_contact(facts), frozenset(muted) & MUTABLE_KINDS
    with acting(database, signed_in, Right.SEE_OWN) as act:
        site_id, known = _locked(act)
        if contact_id is None:
            if len(known) >= MOST_CONTACTS:
                raise ContactsFull(most=MOST_CONTACTS)
            added = _row(wanted, unwanted, quiet)
            saved_id = act.insert(contacts, tenant_id=act.person.viewer.tenant_id, **added)
            act.note("contact.created", f"contact:{saved_id}", site_id, after=added)
            return saved_id
        before = _one_of(known, contact_id)
        if wanted.email is None:
            _require_other_mail(known, before)
        old, new = _row(before.facts, before.muted, before.quiet), _row(wanted, unwanted, quiet)
        changed = {name: value for name, value in new.items() if old[name] != value}
        if changed:
            act.conn.execute(contacts.update().where(contacts.c.id == contact_id).values(**changed))
            of_old = {name: old[name] for name in changed}
            act.note("contact.changed", f"contact:{contact_id}", site_id, before=of_old, after=changed)
        return contact_id


@repeated
def end_own_contact(database: Database, signed_in: SignedIn, contact_id: int) -> None:
    """From now on this one is told nothing. Raises NotAllowed, NotFound, LastMailContact."""
    with acting(database, signed_in, Right.SEE_OWN) as act:
        site_id, known = _locked(act)
        before = _one_of(known, contact_id)
        _require_other_mail(known, before)
        act.conn.execute(contacts.update().where(contacts.c.id == contact_id).values(ended_at=act.now))
        end_contact_channels(act.conn, contact_id, act.now)
        act.note(
            "contact.removed", f"contact:{contact_id}", site_id, before=_row(before.facts, before.muted, before.quiet)
        )


def _locked(act: Act) -> tuple[int, Mapping[int, OwnContact]]:
    """Site and contacts of the tenant, behind its locked row: two people must not remove the last two at once."""
    tenant_id = act.person.viewer.tenant_id
    tenant = (
        sa.select(tenants.c.site_id)
        .where(tenants.c.id == tenant_id)
        .with_hint(tenants, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    site_id = act.conn.execute(tenant).scalar_one()
    question = sa.select(contacts).where(contacts.c.tenant_id == tenant_id, contacts.c.ended_at.is_(None))
    return site_id, {row.id: _own_contact(row) for row in act.conn.execute(question)}


def _one_of(known: Mapping[int, OwnContact], contact_id: int) -> OwnContact:
    if contact_id not in known:
        raise NotFound(what=_("contact"), name=contact_id)
    return known[contact_id]


def _require_other_mail(known: Mapping[int, OwnContact], leaving: OwnContact) -> None:
    others = [each for each in known.values() if each.contact_id != leaving.contact_id and each.facts.email]
    if leaving.facts.email and not others:
        raise LastMailContact(name=leaving.facts.name)


def _own_contact(row: Any) -> OwnContact:
    return OwnContact(
        contact_id=row.id,
        facts=ContactFacts(name=row.name, email=row.email, phone=row.phone, language=row.language),
        muted=frozenset(AlertKind(each) for each in row.muted or ()),
        quiet=quiet_of(row),
    )


def _row(facts: ContactFacts, muted: frozenset[AlertKind], quiet: QuietHours | None) -> dict[str, Any]:
    return {**asdict(facts), "muted": sorted(muted) or None, **quiet_columns(quiet)}
