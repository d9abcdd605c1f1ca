"""Alerts and their outbox: written in the transaction of their cause, sent at least once, under one Message-ID."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import MUTABLE_KINDS, TENANT_KINDS, AlertKind, Channel, Level, MessageState
from prepaid.records import Role, Stage
from sql.tables import accounts, alerts, contacts, crossings, messages, sites, tenants, users

CLAIM_FOR = timedelta(minutes=2)
RECIPIENTS_AT_MOST = 50
FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(hours=1)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message claimed for sending, with what its text is made of."""

    id: int
    message_id: str
    kind: AlertKind
    recipient: str
    recipient_name: str
    language: str
    site_name: str
    zone_name: str
    sender: str | None
    tenant_name: str
    unit: str
    account_number: str
    currency: str
    raised_at: datetime
    details: Mapping[str, Any]
    tries: int


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


_LEVELS = (
    sa.select(crossings.c.account_id, crossings.c.level, crossings.c.armed_by_entry_no)
    .join(accounts, accounts.c.id == crossings.c.account_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"))
)


def load_levels(conn: Connection, site_id: int) -> dict[int, tuple[Level, int]]:
    """The level each account has fallen to, and the entry that armed it last."""
    return {row.account_id: (row.level, row.armed_by_entry_no) for row in conn.execute(_LEVELS, {"site_id": site_id})}


def cross(
    conn: Connection,
    account_id: int,
    stage: Stage,
    before: Level,
    now_level: Level,
    at: datetime,
    notice_until_at: datetime | None = None,
) -> bool:
    """Notes a fall to a deeper level; answers whether it did: a recharge or another stage may have re-armed the account
    meanwhile. `notice_until_at`: that it is out of credit was seen late, and it is not cut before."""
    unchanged = sa.exists().where(accounts.c.id == account_id, accounts.c.stage == stage)
    values: dict[str, Any] = {"level": now_level, "crossed_at": at}
    if now_level is Level.EXHAUSTED:
        values |= {"exhausted_at": at, "guarded_at": None, "released_until_at": None}
        if notice_until_at is not None:
            values["notice_until_at"] = notice_until_at
    changed = conn.execute(
        crossings.update()
        .where(crossings.c.account_id == account_id, crossings.c.level == before, unchanged)
        .values(values)
    )
    return changed.rowcount == 1


_NOTICES = (
    sa.select(crossings.c.account_id, crossings.c.notice_until_at)
    .join(accounts, accounts.c.id == crossings.c.account_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"), crossings.c.notice_until_at > sa.bindparam("now"))
)


def open_notices(conn: Connection, site_id: int, now: datetime) -> dict[int, datetime]:
    """By account: until when a crossing that was seen late is not cut. A recharge does not end it."""
    found = conn.execute(_NOTICES, {"site_id": site_id, "now": now})
    return {row.account_id: row.notice_until_at for row in found}


def lift(conn: Connection, account_id: int, before: Level, now_level: Level, at: datetime) -> bool:
    """Notes that an account stands less deep than was noted, and waits for no cut; answers whether it did."""
    crossed_at = None if now_level is Level.FINE else at
    changed = conn.execute(
        crossings.update()
        .where(crossings.c.account_id == account_id, crossings.c.level == before)
        .values(level=now_level, crossed_at=crossed_at, exhausted_at=None, guarded_at=None)
    )
    return changed.rowcount == 1


def rearm(conn: Connection, account_id: int, by_entry_no: int | None = None) -> None:
    """The account has fallen to no level yet: what it has reached is told again. `by_entry_no` is the credit that came
    in, where one did."""
    values: dict[str, Any] = {"level": Level.FINE, "crossed_at": None, "exhausted_at": None, "guarded_at": None}
    if by_entry_no is not None:
        values["armed_by_entry_no"] = by_entry_no
    conn.execute(crossings.update().where(crossings.c.account_id == account_id).values(values))


_FREE = sa.or_(
    sa.and_(messages.c.state == MessageState.WAITING, messages.c.due_at <= sa.bindparam("now")),
    sa.and_(messages.c.state == MessageState.CLAIMED, messages.c.claimed_until_at <= sa.bindparam("now")),
)
_CLAIM = (
    messages.update()
    .where(messages.c.id == sa.bindparam("of_message"), _FREE)
    .values(
        state=MessageState.CLAIMED,
        claimed_by=sa.bindparam("holder"),
        claimed_until_at=sa.bindparam("until"),
        tries=messages.c.tries + 1,
    )
)


@cache
def _due(most: int) -> sa.Select[Any]:
    return sa.select(messages.c.id).where(_FREE).order_by(messages.c.due_at, messages.c.id).limit(most)


def claim(conn: Connection, holder: str, now: datetime, most: int) -> list[Outgoing]:
    """Claims messages that are due, or whose claimer died, by conditional updates; answers those that were won."""
    won = []
    for message_id in conn.scalars(_due(most), {"now": now}).all():
        taken = conn.execute(_CLAIM, {"of_message": message_id, "now": now, "holder": holder, "until": now + CLAIM_FOR})
        if taken.rowcount == 1:
            won.append(message_id)
    return _outgoing(conn, won)


def free_claims(conn: Connection, site_id: int, now: datetime) -> int:
    """What an enforcer that is gone had claimed is due again; asked for by the one that took the lease over."""
    of_site = sa.select(alerts.c.id).where(alerts.c.site_id == site_id)
    freed = conn.execute(
        messages.update()
        .where(messages.c.state == MessageState.CLAIMED, messages.c.alert_id.in_(of_site))
        .values(claimed_until_at=now)
    )
    return freed.rowcount


def mark_sent(conn: Connection, message: Outgoing, at: datetime) -> None:
    """The mail server took the message."""
    conn.execute(
        messages.update()
        .where(messages.c.id == message.id)
        .values(state=MessageState.SENT, sent_at=at, error=None, claimed_until_at=None)
    )


def mark_failed(conn: Connection, message: Outgoing, why: str, at: datetime, *, for_good: bool) -> None:
    """The message could not be handed over: for good, or to be tried again after a growing while. What another
    claimer has sent meanwhile stays sent."""
    if for_good:
        values: dict[str, Any] = {"state": MessageState.FAILED, "error": why[:400], "claimed_until_at": None}
    else:
        wait = min(LAST_RETRY, FIRST_RETRY * 2 ** min(message.tries, 10))
        values = {
            "state": MessageState.WAITING,
            "error": why[:400],
            "due_at": at + wait,
            "claimed_until_at": None,
        }
    mine = (messages.c.id == message.id, messages.c.state != MessageState.SENT)
    conn.execute(messages.update().where(*mine).values(values))


def _outgoing(conn: Connection, ids: Sequence[int]) -> list[Outgoing]:
    if not ids:
        return []
    question = (
        sa.select(
            messages.c.id,
            messages.c.message_id,
            messages.c.recipient,
            messages.c.recipient_name,
            messages.c.language,
            messages.c.tries,
            alerts.c.kind,
            alerts.c.raised_at,
            alerts.c.details,
            sites.c.name.label("site_name"),
            sites.c.time_zone,
            sites.c.mail_sender,
            sites.c.currency.label("site_currency"),
            accounts.c.number,
            accounts.c.currency,
            tenants.c.name.label("tenant_name"),
            tenants.c.unit,
        )
        .join(alerts, alerts.c.id == messages.c.alert_id)
        .join(sites, sites.c.id == alerts.c.site_id)
        .outerjoin(accounts, accounts.c.id == alerts.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(messages.c.id.in_(list(ids)))
        .order_by(messages.c.id)
    )
    return [
        Outgoing(
            id=row.id,
            message_id=row.message_id,
            kind=row.kind,
            recipient=row.recipient,
            recipient_name=row.recipient_name,
            language=row.language,
            site_name=row.site_name,
            zone_name=row.time_zone,
            sender=row.mail_sender,
            tenant_name=row.tenant_name or "",
            unit=row.unit or "",
            account_number=row.number or "",
            currency=row.currency or row.site_currency,
            raised_at=row.raised_at,
            details=row.details,
            tries=row.tries,
        )
        for row in conn.execute(question)
    ]


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
