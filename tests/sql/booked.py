"""Two shops and an admin who books by hand, for the tests of what people book."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.records import Role
from sql.bookings import Booked
from sql.connection import Database
from sql.corrections import Correction, Reversal, correct, reverse
from sql.fees import Fee, charge_fee
from sql.sessions import SignedIn
from sql.tables import account_heads, entries, events
from sql.transfers import Transfer, transfer
from tests.building import Building, Person
from tests.signed_in import signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A bakery with 100, a florist with 20, and the admin."""

    building: Building
    bakery: Person
    florist: Person
    admin: SignedIn

    @property
    def database(self) -> Database:
        return self.building.database

    def fee(self, amount: str, key: str, *, of: Person | None = None, reason: str = "a new key") -> Booked:
        account_id = (of or self.bakery).account_id
        return charge_fee(
            self.database, self.admin, Fee(account_id=account_id, amount=Decimal(amount), reason=reason, key=key)
        )

    def correct(self, entry_no: int, amount: str, key: str, *, of: Person | None = None) -> Booked:
        account_id = (of or self.bakery).account_id
        wanted = Correction(
            account_id=account_id, entry_no=entry_no, amount=Decimal(amount), reason="booked wrong", key=key
        )
        return correct(self.database, self.admin, wanted)

    def reverse(self, entry_no: int, key: str, *, of: Person | None = None) -> Booked:
        account_id = (of or self.bakery).account_id
        wanted = Reversal(account_id=account_id, entry_no=entry_no, reason="the cheque bounced", key=key)
        return reverse(self.database, self.admin, wanted)

    def transfer(self, amount: str, key: str, *, giving: Person | None = None, taking: Person | None = None) -> Booked:
        wanted = Transfer(
            from_account_id=(giving or self.bakery).account_id,
            to_account_id=(taking or self.florist).account_id,
            amount=Decimal(amount),
            reason="paid for the neighbour",
            key=key,
        )
        return transfer(self.database, self.admin, wanted)

    def balance(self, person: Person) -> Decimal:
        with self.database.reading() as conn:
            question = sa.select(account_heads.c.balance).where(account_heads.c.account_id == person.account_id)
            found: Decimal = conn.execute(question).scalar_one()
        return found

    def entries(self, person: Person) -> list[Any]:
        with self.database.reading() as conn:
            question = sa.select(entries).where(entries.c.account_id == person.account_id).order_by(entries.c.entry_no)
            return list(conn.execute(question))

    def told(self) -> list[str]:
        """The actions of all events, in their order."""
        with self.database.reading() as conn:
            return list(conn.scalars(sa.select(events.c.action).order_by(events.c.happened_at, events.c.event_no)))


def desk_of(database: Database, name: str = "Corner House") -> Desk:
    """The desk of a new building."""
    building = Building(database, name=name)
    bakery, florist = building.tenant("Bakery", opening="100"), building.tenant("Florist", opening="20")
    return Desk(building=building, bakery=bakery, florist=florist, admin=signed_in(database, Role.ADMIN))
