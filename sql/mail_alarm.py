"""The alarm that mails fail: none leaves though some wait, or one failed for good; it is over with the next one."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind, Channel, MessageState
from sql.alerts import NewAlert, raise_alert
from sql.events import Event, record
from sql.site_alarms import alarm_stands, end_alarm
from sql.tables import messages

_MAIL = (messages.c.site_id == sa.bindparam("of_site"), messages.c.channel == Channel.MAIL)
_UNSENT_SINCE = (
    sa.select(messages.c.error)
    .where(
        *_MAIL,
        messages.c.state.in_((MessageState.WAITING, MessageState.CLAIMED)),
        messages.c.tried_at <= sa.bindparam("of_since"),
    )
    .order_by(messages.c.tried_at)
    .limit(1)
)
_SENT_SINCE = sa.select(messages.c.id).where(*_MAIL, messages.c.sent_at > sa.bindparam("of_since")).limit(1)


def nothing_leaves(conn: Connection, site_id: int, patience: timedelta, now: datetime) -> bool:
    """Whether some mail was tried longer ago than that and waits still, and none was sent since."""
    binds = {"of_site": site_id, "of_since": now - patience}
    return conn.execute(_UNSENT_SINCE, binds).first() is not None and conn.execute(_SENT_SINCE, binds).first() is None


def raise_mail_alarm(conn: Connection, site_id: int, writer: str, why: str, now: datetime) -> bool:
    """Raises the alarm unless it stands; answers whether it did. It goes by other channels than mail."""
    if alarm_stands(conn, site_id, AlertKind.MAIL_FAILING):
        return False
    cause = f"mail:{site_id}:{now.isoformat()}"
    new = NewAlert(site_id=site_id, kind=AlertKind.MAIL_FAILING, cause=cause, details={"why": why})
    raised = raise_alert(conn, new, now)
    told = Event(
        action=f"alert.{new.kind}", actor="enforcer", subject=f"site:{site_id}", site_id=site_id, after={"cause": cause}
    )
    record(conn, writer, [told], now)
    return raised


def end_mail_alarm(conn: Connection, site_id: int, now: datetime) -> None:
    """A mail has left."""
    if alarm_stands(conn, site_id, AlertKind.MAIL_FAILING):
        end_alarm(conn, site_id, AlertKind.MAIL_FAILING, now)
