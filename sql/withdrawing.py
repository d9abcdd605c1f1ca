"""Messages that are withdrawn: what they tell was over before they could be sent, and would not be true any more."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import MessageState
from sql.outbox import WAITING, Parcel
from sql.tables import alerts, messages

WITHDRAWN_AT_ONCE = 500

_IS_OVER = sa.exists().where(alerts.c.id == messages.c.alert_id, alerts.c.ended_at.is_not(None))
_OVER = sa.select(messages.c.id).where(*WAITING, _IS_OVER)
_ANY_OVER = _OVER.limit(1)
_WITHDRAW = (
    messages.update()
    .where(messages.c.id.in_(_OVER.order_by(messages.c.id).limit(WITHDRAWN_AT_ONCE)), *WAITING)
    .values(state=MessageState.WITHDRAWN)
)


def anything_over(conn: Connection, site_id: int) -> bool:
    """Whether something waits that is not to be sent any more, due or not."""
    return conn.scalar(_ANY_OVER, {"of_site": site_id}) is not None


def withdraw(conn: Connection, site_id: int) -> int:
    """Withdraws what waits at the site and is over, a bounded number; answers how many messages."""
    return conn.execute(_WITHDRAW, {"of_site": site_id}).rowcount


def is_over(conn: Connection, parcel: Parcel) -> bool:
    """Whether something in a claimed parcel is over: asked for in the moment before it is handed over."""
    return conn.scalar(sa.select(messages.c.id).where(parcel.rows(), _IS_OVER).limit(1)) is not None
