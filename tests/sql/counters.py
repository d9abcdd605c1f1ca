"""Tills that sell more than one person may sell alone."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.records import Role
from prepaid.requests import RequestState
from sql.connection import Database
from sql.requests import Waiting
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn
from sql.tables import allocations, entries, events, requests, users
from tests.building import Building
from tests.signed_in import signed_in

LIMIT = "1000"
KEY = "key-00000001"


class Counters:
    """A shop at a site where 1 000 is the most for one person; two cashiers, an admin, a cashier of another site."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.house = Building(database, values={"largest_recharge_alone": LIMIT})
        self.elsewhere = Building(database, name="Elsewhere")
        self.shop = self.house.tenant("Shop", opening="100")
        self.sara = self.seller()
        self.omar = self.seller()
        self.admin = self.seller(Role.ADMIN, site_id=None)

    def seller(self, role: Role = Role.CASHIER, **facts: Any) -> SignedIn:
        return signed_in(self.database, role, **{"site_id": self.house.site_id, **facts})

    def sale(self, amount: str = "5000", key: str = KEY) -> Sale:
        return Sale(
            account_id=self.shop.account_id,
            amount=Decimal(amount),
            currency="IQD",
            key=key,
            paid_amount=Decimal("3.5"),
            paid_currency="USD",
            paid_by="card",
            reference="INV 17",
        )

    def ask(self, amount: str = "5000", key: str = KEY) -> int:
        """Sara asks; the number of what waits."""
        waiting = sell(self.database, self.sara, Counter.FORM, self.sale(amount, key))
        assert isinstance(waiting, Waiting)
        return waiting.request_id

    def booked(self) -> list[Any]:
        same = sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no)
        with self.database.reading() as conn:
            return list(conn.execute(sa.select(allocations, entries.c.actor, entries.c.note).join(entries, same)))

    def state(self, request_id: int) -> RequestState:
        with self.database.reading() as conn:
            return RequestState(
                conn.execute(sa.select(requests.c.state).where(requests.c.id == request_id)).scalar_one()
            )

    def told(self) -> list[Any]:
        """All events about recharges, in their order."""
        about = sa.select(events).where(events.c.action.like("recharge.%"))
        with self.database.reading() as conn:
            return list(conn.execute(about.order_by(events.c.happened_at, events.c.event_no)))

    def change(self, person: SignedIn, **values: object) -> None:
        """Not through sql.users, which would end the session: what holds now must be looked at by itself."""
        with self.database.writing() as conn:
            conn.execute(users.update().where(users.c.id == person.user_id).values(values))
