"""The outbox of a site: messages claimed by conditional updates and sent at least once, alone or several as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind, Channel, MessageState, gravity
from sql.tables import accounts, alerts, channels, messages, sites, tenants

CLAIM_FOR = timedelta(minutes=2)
DIGESTS_AT_ONCE = 5
NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message claimed for sending, with what its text is made of. `cut_since`: a supply of the account was cut after
    the alert was raised, and still is."""

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
    cut_since: bool
    tries: int
    channel: Channel
    channel_id: int | None
    url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes to one recipient at once: one message, or a digest of several under a Message-ID of its own. Of a
    digest only the gravest messages are `named`, out of `count`."""

    message_id: str
    digest: bool
    named: tuple[Outgoing, ...]
    count: int

    @property
    def first(self) -> Outgoing:
        """The message, or the gravest one."""
        return self.named[0]

    @property
    def tries(self) -> int:
        return max(message.tries for message in self.named)

    def rows(self) -> sa.ColumnElement[bool]:
        """The rows that travel in it."""
        if not self.digest:
            return messages.c.id == self.first.id
        return sa.and_(messages.c.digest_id == self.message_id, messages.c.state != MessageState.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What somebody wants to send now. `holder` names this one claim, and nothing else ever."""

    site_id: int
    holder: str
    channel: Channel
    now: datetime
    most: int


WAITING = (messages.c.site_id == sa.bindparam("of_site"), messages.c.state == MessageState.WAITING)
DUE = (*WAITING, messages.c.due_at <= sa.bindparam("of_now"))
_BY_CHANNEL = messages.c.channel == sa.bindparam("of_channel", type_=messages.c.channel.type)
_OVER = (
    messages.c.site_id == sa.bindparam("of_site"),
    messages.c.state == MessageState.CLAIMED,
    messages.c.claimed_until_at <= sa.bindparam("of_now"),
)
_USABLE = messages.c.channel.in_(sa.bindparam("usable", expanding=True, type_=messages.c.channel.type))
_ANY_DUE = sa.select(messages.c.id).where(*DUE, _USABLE).limit(1)
_ANY_OVER = sa.select(messages.c.id).where(*_OVER, _USABLE).limit(1)
_FREE = messages.update().where(*_OVER).values(state=MessageState.WAITING, claimed_by=None, claimed_until_at=None)
_TAKEN = {
    "state": MessageState.CLAIMED,
    "claimed_by": sa.bindparam("holder"),
    "claimed_until_at": sa.bindparam("until"),
    "tries": messages.c.tries + 1,
    "tried_at": sa.func.coalesce(messages.c.tried_at, sa.bindparam("of_now", type_=messages.c.tried_at.type)),
}
_DUE_DIGESTS = (
    sa.select(messages.c.digest_id)
    .where(*DUE, _BY_CHANNEL, messages.c.digest_id.is_not(None))
    .group_by(messages.c.digest_id)
    .order_by(sa.func.min(messages.c.due_at), messages.c.digest_id)
    .limit(DIGESTS_AT_ONCE)
)
_CLAIM_DIGEST = messages.update().where(*DUE, messages.c.digest_id == sa.bindparam("of_digest")).values(_TAKEN)


def anything_due(conn: Connection, site_id: int, usable: Sequence[Channel], now: datetime) -> bool:
    """Whether there is something to claim that could be sent: asked for in a look that writes nothing."""
    binds = {"of_site": site_id, "of_now": now, "usable": usable}
    return conn.scalar(_ANY_DUE, binds) is not None or conn.scalar(_ANY_OVER, binds) is not None


def free_overdue(conn: Connection, site_id: int, now: datetime) -> None:
    """What somebody claimed and was silent about for too long is due again."""
    conn.execute(_FREE, {"of_site": site_id, "of_now": now})


def claim(conn: Connection, wanted: Claim) -> list[Parcel]:
    """Claims what is due at the site, the oldest first: digests that were gathered, then messages that go alone."""
    binds = {
        "of_site": wanted.site_id,
        "of_now": wanted.now,
        "of_channel": wanted.channel,
        "holder": wanted.holder,
        "until": wanted.now + CLAIM_FOR,
    }
    digests = []
    for digest_id in conn.scalars(_DUE_DIGESTS, binds).all()[: wanted.most]:
        if conn.execute(_CLAIM_DIGEST, {**binds, "of_digest": digest_id}).rowcount:
            digests.append(_digest(conn, digest_id, wanted.holder))
    left = wanted.most - len(digests)
    won = conn.scalars(_claim_alone(left), binds).all() if left > 0 else []
    alone = [
        Parcel(message_id=message.message_id, digest=False, named=(message,), count=1)
        for message in _outgoing(conn, won)
    ]
    return [*digests, *alone]


def free_claims(conn: Connection, site_id: int, now: datetime) -> int:
    """What an enforcer that is gone had claimed is due again; asked for by the one that took the lease over."""
    freed = conn.execute(
        messages.update()
        .where(messages.c.site_id == site_id, messages.c.state == MessageState.CLAIMED)
        .values(claimed_until_at=now)
    )
    return freed.rowcount


@cache
def _claim_alone(most: int) -> sa.UpdateBase:
    """Claims at most so many; the rows are looked at again when they are written, so that nobody else has them."""
    due = sa.select(messages.c.id).where(*DUE, _BY_CHANNEL, messages.c.digest_id.is_(None))
    first = due.order_by(messages.c.due_at, messages.c.id).limit(most)
    return messages.update().where(messages.c.id.in_(first), *DUE).values(_TAKEN).returning(messages.c.id)


_MEMBERS = (
    sa.select(messages.c.id, alerts.c.kind, alerts.c.raised_at)
    .join(alerts, alerts.c.id == messages.c.alert_id)
    .where(messages.c.digest_id == sa.bindparam("of_digest"), messages.c.claimed_by == sa.bindparam("holder"))
)


def _digest(conn: Connection, digest_id: str, holder: str) -> Parcel:
    """A claimed digest: of its members the gravest are read, the newest of them first."""
    members = conn.execute(_MEMBERS, {"of_digest": digest_id, "holder": holder}).all()
    ranked = sorted(members, key=lambda row: (gravity(row.kind), -row.raised_at.timestamp(), row.id))
    order = {row.id: place for place, row in enumerate(ranked[:NAMED_AT_MOST])}
    named = sorted(_outgoing(conn, list(order)), key=lambda message: order[message.id])
    return Parcel(message_id=digest_id, digest=True, named=tuple(named), count=len(members))


_later = alerts.alias("later")
_CUT_SINCE = sa.exists().where(
    _later.c.account_id == alerts.c.account_id,
    _later.c.kind == AlertKind.CUT,
    _later.c.raised_at >= alerts.c.raised_at,
    _later.c.ended_at.is_(None),
)
_OUTGOING = (
    sa.select(
        messages.c.id,
        messages.c.message_id,
        messages.c.channel,
        messages.c.channel_id,
        messages.c.recipient,
        messages.c.recipient_name,
        messages.c.language,
        messages.c.tries,
        channels.c.url,
        alerts.c.kind,
        alerts.c.raised_at,
        alerts.c.details,
        sa.case((_CUT_SINCE, 1), else_=0).label("cut_since"),
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
    .join(sites, sites.c.id == messages.c.site_id)
    .outerjoin(channels, channels.c.id == messages.c.channel_id)
    .outerjoin(accounts, accounts.c.id == alerts.c.account_id)
    .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
    .where(messages.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(messages.c.due_at, messages.c.id)
)


def _outgoing(conn: Connection, ids: Sequence[int]) -> list[Outgoing]:
    if not ids:
        return []
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
            cut_since=bool(row.cut_since),
            tries=row.tries,
            channel=row.channel,
            channel_id=row.channel_id,
            url=row.url,
        )
        for row in conn.execute(_OUTGOING, {"ids": list(ids)})
    ]
