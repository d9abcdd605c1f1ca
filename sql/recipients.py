"""Who is told, and by which ways: mail, and each further channel of a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import MUTABLE_KINDS, AlertKind, Channel
from prepaid.channels import MOST_CHANNELS
from prepaid.quiet_hours import QuietHours
from prepaid.records import Role
from sql.quiet_hours import quiet_of
from sql.tables import accounts, channels, contacts, users

RECIPIENTS_AT_MOST = 50
WAYS_AT_MOST = RECIPIENTS_AT_MOST * MOST_CHANNELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to one person. `recipient` is a mail address, or what may be seen of the channel; `quiet` None: the quiet
    hours of the site."""

    name: str
    language: str
    channel: Channel
    recipient: str
    channel_id: int | None
    quiet: QuietHours | None

    @property
    def key(self) -> str:
        """The same for the same way, however it is written."""
        return self.recipient.casefold() if self.channel_id is None else f"channel:{self.channel_id}"


def _people(table: sa.Table, name: sa.Column[Any], whose: sa.Column[Any]) -> sa.Select[Any]:
    open_ones = sa.and_(whose == table.c.id, channels.c.ended_at.is_(None))
    return (
        sa.select(
            table.c.id,
            name.label("name"),
            table.c.email,
            table.c.language,
            table.c.muted,
            table.c.quiet_from_minute,
            table.c.quiet_until_minute,
            channels.c.id.label("channel_id"),
            channels.c.shown,
        )
        .outerjoin(channels, open_ones)
        .where(sa.or_(table.c.email.is_not(None), channels.c.id.is_not(None)))
        .order_by(table.c.id, channels.c.id)
        .limit(WAYS_AT_MOST)
    )


_CONTACTS = _people(contacts, contacts.c.name, channels.c.contact_id).where(contacts.c.ended_at.is_(None))
_OF_TENANT = _CONTACTS.join(accounts, accounts.c.tenant_id == contacts.c.tenant_id).where(
    accounts.c.id == sa.bindparam("account_id")
)
_CONTACT = _CONTACTS.where(contacts.c.id == sa.bindparam("contact_id"))
_USERS = _people(users, users.c.display_name, channels.c.user_id).where(users.c.locked_at.is_(None))
_STAFF = _USERS.where(
    users.c.role == Role.ADMIN,
    sa.or_(users.c.site_id.is_(None), users.c.site_id == sa.bindparam("site_id")),
)
_USER = _USERS.where(users.c.id == sa.bindparam("user_id"))


def ways_to_tenant(conn: Connection, account_id: int | None, kind: AlertKind) -> list[Way]:
    """To the contacts of the tenant, but who has muted this kind."""
    people = conn.execute(_OF_TENANT, {"account_id": account_id}).all()
    return _ways(person for person in people if kind not in MUTABLE_KINDS or kind not in (person.muted or ()))


def ways_to_staff(conn: Connection, site_id: int, kind: AlertKind) -> list[Way]:
    """To the administrators, but who has muted this kind; if all have, to all."""
    people = conn.execute(_STAFF, {"site_id": site_id}).all()
    return _ways([person for person in people if kind not in (person.muted or ())] or people)


def ways_to_user(conn: Connection, user_id: int) -> list[Way]:
    """To one user who is not locked."""
    return _ways(conn.execute(_USER, {"user_id": user_id}))


def ways_to_contact(conn: Connection, contact_id: int) -> list[Way]:
    """To one contact of a tenant."""
    return _ways(conn.execute(_CONTACT, {"contact_id": contact_id}))


def _ways(rows: Iterable[Any]) -> list[Way]:
    """Each way once, of a bounded number of people, in their order."""
    by_person: dict[int, list[Any]] = {}
    for row in rows:
        by_person.setdefault(row.id, []).append(row)
    found: dict[str, Way] = {}
    for of_person in list(by_person.values())[:RECIPIENTS_AT_MOST]:
        for way in _of_person(of_person):
            found.setdefault(way.key, way)
    return list(found.values())


def _of_person(rows: Sequence[Any]) -> Iterable[Way]:
    person, quiet = rows[0], quiet_of(rows[0])
    if person.email is not None:
        yield Way(
            name=person.name,
            language=person.language,
            channel=Channel.MAIL,
            recipient=person.email,
            channel_id=None,
            quiet=quiet,
        )
    for row in rows:
        if row.channel_id is not None:
            yield Way(
                name=person.name,
                language=person.language,
                channel=Channel.URL,
                recipient=row.shown,
                channel_id=row.channel_id,
                quiet=quiet,
            )
