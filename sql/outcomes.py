"""What became of a claimed message: sent, failed for good, put off, or given back untried."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import MessageState
from prepaid.retries import MOST_TRIES, retry_after
from sql.outbox import WAITING, Parcel
from sql.tables import messages

ERROR_CHARACTERS = 400
_NOBODYS = {"claimed_by": None, "claimed_until_at": None}
_HELD = (messages.c.claimed_by == sa.bindparam("of_holder"), messages.c.state == MessageState.CLAIMED)


def still_held(conn: Connection, parcel: Parcel, holder: str, now: datetime) -> bool:
    """Whether nobody else may have claimed the parcel meanwhile: asked for in the moment before it is handed over."""
    question = sa.select(messages.c.id).where(parcel.rows(), *_HELD, messages.c.claimed_until_at > now).limit(1)
    return conn.scalar(question, {"of_holder": holder}) is not None


def mark_sent(conn: Connection, parcel: Parcel, at: datetime) -> None:
    """The server took it, whoever has claimed it now."""
    taken = messages.update().where(parcel.rows(), messages.c.state != MessageState.SENT)
    conn.execute(taken.values(state=MessageState.SENT, sent_at=at, error=None, **_NOBODYS))


def mark_failed(conn: Connection, parcel: Parcel, holder: str, why: str, at: datetime, *, for_good: bool) -> bool:
    """It could not be handed over: for good, or to be tried again after a growing while, but not for ever. Answers
    whether this was the end. What another claimer has got or sent meanwhile stays as it is."""
    over = for_good or parcel.tries >= MOST_TRIES
    outcome = (
        {"state": MessageState.FAILED}
        if over
        else {"state": MessageState.WAITING, "due_at": at + retry_after(parcel.message_id, parcel.tries)}
    )
    mine = messages.update().where(parcel.rows(), *_HELD)
    conn.execute(mine.values(error=why[:ERROR_CHARACTERS], **outcome, **_NOBODYS), {"of_holder": holder})
    return over


_GIVE_BACK = (
    messages.update()
    .where(messages.c.site_id == sa.bindparam("of_site"), *_HELD)
    .values(state=MessageState.WAITING, tries=messages.c.tries - 1, **_NOBODYS)
)


def give_back(conn: Connection, site_id: int, holder: str) -> int:
    """All that a claim still holds was not tried, and is due as before; answers how many messages."""
    return conn.execute(_GIVE_BACK, {"of_site": site_id, "of_holder": holder}).rowcount


_POSTPONE = messages.update().where(
    *WAITING, messages.c.channel_id == sa.bindparam("of_channel"), messages.c.due_at < sa.bindparam("of_until")
)


def postpone(conn: Connection, site_id: int, channel_id: int, until: datetime) -> None:
    """Nothing else is tried by a channel that does not work until then."""
    conn.execute(_POSTPONE, {"of_site": site_id, "of_channel": channel_id, "of_until": until, "due_at": until})
