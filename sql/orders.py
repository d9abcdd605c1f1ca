"""Orders: what a till or an ERP asked through a stored procedure is carried out here, like what people ask in pages.

A procedure writes nothing but a row of app.Orders. Ledger, events and decisions have one implementation: this one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from prepaid.access import Right, Viewer
from prepaid.errors.access import NotAllowed
from prepaid.errors.base import PrepaidError
from prepaid.errors.orders import OrderUnfit
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.orders import MOST_AT_ONCE, OrderKind, OrderState
from prepaid.records import Role
from prepaid.units import to_amount
from sql.acts import acting_as
from sql.allocations import Receipt, Recharge, once
from sql.connection import Database
from sql.selling import Counter, sell_as
from sql.signed_in import Person
from sql.tables import orders, tenants, users
from sql.troubles import words
from sql.wishes import ask_in

WRITER = "procedures"

_WAITING = (
    sa.select(orders, users.c.user_name)
    .join(users, users.c.id == orders.c.user_id)
    .where(orders.c.site_id == sa.bindparam("site_id"), orders.c.state == OrderState.WAITING)
    .order_by(orders.c.id)
    .limit(MOST_AT_ONCE)
)
_END = orders.update().where(orders.c.id == sa.bindparam("of_order"), orders.c.state == OrderState.WAITING)


def carry_out(database: Database, site_id: int) -> int:
    """Carries out what waits at the site, the oldest first, each in a transaction of its own; answers how many.

    Called by the one enforcer that holds the lease of the site. What may not be done is refused, with the sentence that
    a page would show. Raises DatabaseUnavailable and LeaseLost; what was not carried out waits on then.
    """
    with database.reading() as conn:
        waiting = conn.execute(_WAITING, {"site_id": site_id}).all()
    for row in waiting:
        try:
            _ACTS[row.kind](database, row)
        except (DatabaseUnavailable, LeaseLost):
            raise
        except PrepaidError as refusal:
            _refuse(database, row, refusal)
        except DBAPIError as error:  # one order never stops those behind it
            _refuse(database, row, OrderUnfit(why=words(error)))
    return len(waiting)


def _sell(database: Database, row: Any) -> None:
    wanted = Recharge(
        account_id=row.account_id,
        amount=to_amount(row.amount),
        currency=row.currency,
        caller=f"{Counter.PROCEDURE}:{row.user_id}",
        key=row.key,
        actor=f"user:{row.user_name}",
        paid_amount=None if row.paid_amount is None else to_amount(row.paid_amount),
        paid_currency=row.paid_currency,
        paid_by=row.paid_by,
        reference=row.reference,
        user_id=row.user_id,
        address=row.host,
    )

    def act(conn: Connection, now: datetime) -> None:
        sold = sell_as(conn, _person(conn, row, now), wanted, WRITER, now)
        if isinstance(sold, Receipt):
            _end(conn, row, now, OrderState.DONE, entry_no=sold.entry_no)
        else:
            _end(conn, row, now, OrderState.PASSED_ON, request_id=sold.request_id)

    once(database, wanted, WRITER, act)


def _wish(database: Database, row: Any) -> None:
    with database.writing() as conn:
        now = database.now(conn)
        with acting_as(conn, _person(conn, row, now), Right.ASK_ENFORCER, now, WRITER) as act:
            asked = ask_in(act, row.wish, row.analyzer_id, row.reason, row.until_at)
        _end(conn, row, now, OrderState.DONE, wish_id=asked.wish_id)


_ACTS: dict[OrderKind, Callable[[Database, Any], None]] = {OrderKind.RECHARGE: _sell, OrderKind.WISH: _wish}


def _refuse(database: Database, row: Any, refusal: PrepaidError) -> None:
    with database.writing() as conn:
        _end(
            conn,
            row,
            database.now(conn),
            OrderState.REFUSED,
            refusal=type(refusal).__name__,
            why=str(refusal)[:400],
        )


def _end(conn: Connection, row: Any, now: datetime, state: OrderState, **outcome: int | str) -> None:
    ended = conn.execute(_END, {"of_order": row.id, "state": state, "ended_at": now, **outcome})
    assert ended.rowcount == 1, "only the holder of the site's lease ends its orders"


def _person(conn: Connection, row: Any, now: datetime) -> Person:
    """Who ordered it, as that user is now. The server has verified who it is, so no password of ours matters.

    Raises NotAllowed for a user who is locked or whose tenant has left.
    """
    question = (
        sa.select(users, tenants.c.site_id.label("tenants_site_id"))
        .outerjoin(tenants, sa.and_(tenants.c.id == users.c.tenant_id, users.c.role == Role.TENANT))
        .where(
            users.c.id == row.user_id,
            users.c.locked_at.is_(None),
            sa.or_(tenants.c.left_at.is_(None), tenants.c.left_at > now),
        )
    )
    user = conn.execute(question).one_or_none()
    if user is None:
        raise NotAllowed
    site_id = user.tenants_site_id if user.role is Role.TENANT else user.site_id
    return Person(
        user_id=user.id,
        user_name=user.user_name,
        display_name=user.display_name,
        language=user.language,
        largest_recharge=user.largest_recharge,
        address=row.host,
        viewer=Viewer(role=user.role, site_id=site_id, tenant_id=user.tenant_id),
    )
