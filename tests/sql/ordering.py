"""What app.usp_RechargeUser and app.usp_RecordWish do to app.Orders, told in Python, so that SQLite has it too."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.orders import OrderKind, OrderState
from prepaid.records import WishKind
from prepaid.requests import RequestState
from sql.connection import Connection
from sql.tables import entries, orders, requests
from tests.sql.procedure_cases import TILL, Said, Sell, Site


def order_sale(site: Site, wanted: Sell) -> tuple[int, bool]:
    """The order that stands for this sale, and whether it stood before."""
    account_id = site.accounts[wanted.account].account_id
    facts = {"account_id": account_id, "amount": Decimal(wanted.amount), "currency": wanted.currency}
    return _order(site, OrderKind.RECHARGE, wanted.key, facts)


def order_wish(site: Site, kind: WishKind, until_at: datetime | None, key: str = "1") -> int:
    """The order of a wish about the analyzer of the site."""
    facts = {"analyzer_id": site.analyzer_id, "wish": kind, "reason": "Asked by the ERP", "until_at": until_at}
    return _order(site, OrderKind.WISH, key, facts)[0]


def _order(site: Site, kind: OrderKind, key: str, facts: dict[str, Any]) -> tuple[int, bool]:
    with site.house.database.writing() as conn:
        now = site.house.database.now(conn)
        of_key = sa.and_(orders.c.user_id == site.user_id, orders.c.kind == kind, orders.c.key == key)
        attempts = conn.execute(sa.select(orders).where(of_key).order_by(orders.c.attempt)).mappings().all()
        for before in reversed(attempts):
            if all(before[name] == value for name, value in facts.items()) and _stands(conn, before, now):
                return int(before["id"]), True
        row = {
            "site_id": site.house.site_id,
            "user_id": site.user_id,
            "kind": kind,
            "key": key,
            "attempt": len(attempts) + 1,
            "login": TILL,
            "asked_at": now,
            "state": OrderState.WAITING,
            **facts,
        }
        added = conn.execute(orders.insert().values(row)).inserted_primary_key
        assert added is not None, "the database numbers orders"
        return int(added[0]), False


def _stands(conn: Connection, order: sa.RowMapping, now: datetime) -> bool:
    if order["request_id"] is None:
        return order["state"] in (OrderState.WAITING, OrderState.DONE)
    asked = conn.execute(sa.select(requests).where(requests.c.id == order["request_id"])).one()
    return asked.state is RequestState.CONFIRMED or (asked.state is RequestState.WAITING and asked.expires_at > now)


def told_of(site: Site, order_id: int, *, repeated: bool) -> Said:
    """The answer of the procedure, from the rows it looks at."""
    where = sa.and_(entries.c.account_id == orders.c.account_id, entries.c.entry_no == orders.c.entry_no)
    question = (
        sa.select(orders.c.state, orders.c.refusal, entries.c.balance_after)
        .outerjoin(entries, where)
        .where(orders.c.id == order_id)
    )
    with site.house.database.reading() as conn:
        row = conn.execute(question).one()
    if row.state is OrderState.REFUSED:
        return Said(row.refusal)
    if row.state is OrderState.PASSED_ON:
        return Said("second_person", repeated=repeated)
    return Said("booked" if row.state is OrderState.DONE else "waiting", plain(row.balance_after), repeated)


def plain(amount: Decimal | None) -> str | None:
    """An amount as the cases write it."""
    return None if amount is None else f"{amount.normalize():f}"
