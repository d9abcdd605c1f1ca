"""Alerts: written in the transaction of their cause, once, with a message for everybody who must get it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import MUTABLE_KINDS, TENANT_KINDS, AlertKind, Channel, MessageState
from prepaid.records import Role
from sql.tables import accounts, alerts, contacts, messages, users

RECIPIENTS_AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert to raise. `cause` names what made it; a second one of the same cause is not raised. `would_have`: it is
    kept, and nobody is told."""

    site_id: int
    kind: AlertKind
    cause: str
    account_id: int | None = None
    analyzer_id: int | None = None
    details: Mapping[str, Any]
    would_have: bool = False


_KNOWN = sa.select(alerts.c.id).where(alerts.c.cause == sa.bindparam("cause"))


def raise_alert(conn: Connection, new: NewAlert, at: datetime) -> bool:
    """Writes the alert and one message per recipient; answers False when the same cause had raised it before.

    Of what would have been told only the number of recipients is kept: there is no message that could be sent.
    """
    if conn.scalar(_KNOWN, {"cause": new.cause}) is not None:
        return False
    if new.kind in TENANT_KINDS:
        people = _tenant_people(conn, new.account_id, new.kind)
    else:
        people = _staff(conn, new.site_id, new.kind)
    recipients = {person.email.casefold(): person for person in people}.values()
    inserted = conn.execute(
        alerts.insert().values(
            site_id=new.site_id,
            account_id=new.account_id,
            analyzer_id=new.analyzer_id,
            kind=new.kind,
            cause=new.cause,
            raised_at=at,
            details=dict(new.details),
            would_tell=len(recipients) if new.would_have else None,
        )
    )
    assert inserted.inserted_primary_key is not None, "the database numbers alerts"
    rows = [
        {
            "alert_id": int(inserted.inserted_primary_key[0]),
            "channel": Channel.MAIL,
            "recipient": person.email,
            "recipient_name": person.name,
            "language": person.language,
            "message_id": _message_id(new.cause, person.email),
            "state": MessageState.WAITING,
            "due_at": at,
            "tries": 0,
        }
        for person in recipients
    ]
    if rows and not new.would_have:
        conn.execute(messages.insert(), rows)
    return True


def end_alerts(conn: Connection, site_id: int, kind: AlertKind, analyzer_id: int, at: datetime) -> int:
    """Ends the standing alerts of a kind for an analyzer; answers how many there were."""
    ended = conn.execute(
        alerts.update()
        .where(
            alerts.c.site_id == site_id,
            alerts.c.kind == kind,
            alerts.c.analyzer_id == analyzer_id,
            alerts.c.ended_at.is_(None),
        )
        .values(ended_at=at)
    )
    return ended.rowcount


_STANDING = sa.select(alerts.c.analyzer_id, alerts.c.raised_at).where(
    alerts.c.site_id == sa.bindparam("site_id"),
    alerts.c.kind == sa.bindparam("kind"),
    alerts.c.ended_at.is_(None),
    alerts.c.analyzer_id.is_not(None),
)


def standing(conn: Connection, site_id: int, kind: AlertKind) -> dict[int, datetime]:
    """Analyzers of the site with a standing alert of that kind, and since when."""
    return {row.analyzer_id: row.raised_at for row in conn.execute(_STANDING, {"site_id": site_id, "kind": kind})}


def _tenant_people(conn: Connection, account_id: int | None, kind: AlertKind) -> Sequence[Any]:
    people = conn.execute(
        sa.select(contacts.c.name, contacts.c.email, contacts.c.language, contacts.c.muted)
        .join(accounts, accounts.c.tenant_id == contacts.c.tenant_id)
        .where(accounts.c.id == account_id, contacts.c.email.is_not(None), contacts.c.ended_at.is_(None))
        .order_by(contacts.c.id)
        .limit(RECIPIENTS_AT_MOST)
    ).all()
    return [person for person in people if kind not in MUTABLE_KINDS or kind not in (person.muted or ())]


def _staff(conn: Connection, site_id: int, kind: AlertKind) -> Sequence[Any]:
    """Administrators with a mail address, but who has muted this kind; if all have, all are told."""
    people = conn.execute(
        sa.select(users.c.display_name.label("name"), users.c.email, users.c.language, users.c.muted)
        .where(
            users.c.role == Role.ADMIN,
            users.c.email.is_not(None),
            users.c.locked_at.is_(None),
            sa.or_(users.c.site_id.is_(None), users.c.site_id == site_id),
        )
        .order_by(users.c.id)
        .limit(RECIPIENTS_AT_MOST)
    ).all()
    return [person for person in people if kind not in (person.muted or ())] or people


def _message_id(cause: str, recipient: str) -> str:
    """The same for every try, and different for every alert and recipient."""
    digest = hashlib.sha256(f"{cause}\n{recipient.casefold()}".encode()).hexdigest()
    return f"<{digest[:40]}@prepaid.energy>"
