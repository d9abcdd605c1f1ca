"""What the tenant of an observed account would have been told, so that a site can be judged before it goes live."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.alerts import AlertKind
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.records import Stage
from sql.tables import accounts, alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldHave:
    """So many alerts with so many mails, and the newest of them."""

    alerts: int
    mails: int
    newest: AlertKind
    newest_at: datetime


def would_have(conn: Connection, viewer: Viewer, account_id: int) -> WouldHave | None:
    """None: nothing so far, or the account is observed no longer. Raises NotAllowed, NotFound."""
    account = conn.execute(
        sa.select(accounts.c.site_id, accounts.c.stage).where(accounts.c.id == account_id)
    ).one_or_none()
    if account is None:
        raise NotFound(what=_("account"), name=account_id)
    permit_site(viewer, Right.SEE_BALANCES, account.site_id)
    if account.stage is not Stage.OBSERVED:
        return None
    of_account = (alerts.c.account_id == account_id, alerts.c.would_tell.is_not(None))
    newest = (
        sa.select(alerts.c.kind).where(*of_account).order_by(alerts.c.raised_at.desc(), alerts.c.id.desc()).limit(1)
    )
    question = sa.select(
        sa.func.count().label("number"),
        sa.func.sum(alerts.c.would_tell).label("mails"),
        sa.func.max(alerts.c.raised_at).label("newest_at"),
        newest.scalar_subquery().label("newest"),
    ).where(*of_account)
    row = conn.execute(question).one()
    if not row.number:
        return None
    return WouldHave(alerts=row.number, mails=int(row.mails), newest=row.newest, newest_at=row.newest_at)
