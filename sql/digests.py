"""Digests: when many messages to one of the staff come at once, they leave as one that names each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import MessageState
from sql.outbox import DUE, WAITING
from sql.tables import messages

RECIPIENTS_AT_MOST = 50
MEMBERS_AT_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRule:
    """More than `above` messages to one recipient within `within` are too many to be sent one by one."""

    above: int
    within: timedelta


_DUE = sa.and_(*DUE, messages.c.digest_id.is_(None), messages.c.tries == 0)
_JUST_SENT = sa.and_(messages.c.site_id == sa.bindparam("of_site"), messages.c.sent_at > sa.bindparam("of_since"))
_WAITING_NOW = sa.func.sum(sa.case((messages.c.state == MessageState.WAITING, 1), else_=0))
_CROWDED = (
    sa.select(
        messages.c.channel,
        messages.c.recipient,
        messages.c.channel_id,
        _WAITING_NOW.label("waiting"),
        sa.func.max(messages.c.sent_at).label("sent_at"),
    )
    .where(messages.c.to_staff == sa.true(), sa.or_(_DUE, _JUST_SENT))
    .group_by(messages.c.channel, messages.c.recipient, messages.c.channel_id)
    .having(_WAITING_NOW > 0, sa.func.count() > sa.bindparam("above"))
    .order_by(messages.c.channel, messages.c.recipient)
    .limit(RECIPIENTS_AT_MOST)
)
_OF_RECIPIENT = (
    messages.c.to_staff == sa.true(),
    messages.c.recipient == sa.bindparam("of_recipient"),
    sa.func.coalesce(messages.c.channel_id, 0) == sa.bindparam("of_channel_id"),
)
_MEMBERS = (
    sa.select(messages.c.id, messages.c.message_id)
    .where(_DUE, *_OF_RECIPIENT)
    .order_by(messages.c.due_at, messages.c.id)
    .limit(MEMBERS_AT_MOST)
)
_GATHER = messages.update().where(
    *WAITING, messages.c.digest_id.is_(None), messages.c.id.in_(sa.bindparam("ids", expanding=True))
)
_HOLD = messages.update().where(_DUE, *_OF_RECIPIENT)


def gather(conn: Connection, site_id: int, rule: DigestRule, now: datetime) -> None:
    """Makes digests of what is due to crowded recipients. It stands in the rows before anything is sent, so that after
    a crash the same messages travel under the same Message-ID.

    Who was just sent something waits for a share of the time first, so that alarms that trickle in are gathered too.
    """
    binds = {"of_site": site_id, "of_now": now, "of_since": now - rule.within, "above": rule.above}
    for crowded in conn.execute(_CROWDED, binds).all():
        of_recipient = {**binds, "of_recipient": crowded.recipient, "of_channel_id": crowded.channel_id or 0}
        room_at = now if crowded.sent_at is None else crowded.sent_at + rule.within / rule.above
        if room_at > now:
            conn.execute(_HOLD, {**of_recipient, "due_at": room_at})
        elif crowded.waiting > 1:
            _write(conn, site_id, conn.execute(_MEMBERS, of_recipient).all())


def digest_id(members: Sequence[str]) -> str:
    """The Message-ID of a digest of these messages."""
    digest = hashlib.sha256("\n".join(["digest", *sorted(members)]).encode()).hexdigest()
    return f"<{digest[:40]}@prepaid.energy>"


def _write(conn: Connection, site_id: int, members: Sequence[Any]) -> None:
    made = digest_id([row.message_id for row in members])
    conn.execute(_GATHER, {"of_site": site_id, "ids": [row.id for row in members], "digest_id": made})
