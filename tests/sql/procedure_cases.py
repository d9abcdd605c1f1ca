"""What a till asks and is answered: one table of cases, for pages, orders, and procedures of SQL Server."""

from decimal import Decimal
from typing import NamedTuple

from prepaid.records import Role, WishKind
from sql.connection import Database
from sql.tables import analyzer_states
from tests.building import Building, Person
from tests.people import People

TILL = "till_1"
SITE = "Corner House"
OVEN = "Oven"


class Sell(NamedTuple):
    """A recharge that is asked for: of which account, and under which key."""

    account: str
    amount: str
    key: str
    currency: str = "IQD"


class Said(NamedTuple):
    """The answer: `state` is booked, second_person, or the name of the error."""

    state: str
    balance_after: str | None = None
    repeated: bool = False


SALES: dict[str, list[tuple[Sell, Said]]] = {
    "a recharge is booked": [(Sell("shop", "25", "1"), Said("booked", "125"))],
    "the same key books once": [
        (Sell("shop", "25.5", "1"), Said("booked", "125.5")),
        (Sell("shop", "25.5", "1"), Said("booked", "125.5", repeated=True)),
    ],
    "another key books again": [
        (Sell("shop", "0.0000001", "1"), Said("booked", "100.0000001")),
        (Sell("shop", "25", "2"), Said("booked", "125.0000001")),
    ],
    "a debt is repaid first": [(Sell("owing", "25", "1"), Said("booked", "-5"))],
    "a key with another amount is refused": [
        (Sell("shop", "25", "1"), Said("booked", "125")),
        (Sell("shop", "26", "1"), Said("KeyReused")),
        (Sell("shop", "25", "1"), Said("booked", "125", repeated=True)),
    ],
    "a key with another account is refused": [
        (Sell("shop", "25", "1"), Said("booked", "125")),
        (Sell("owing", "25", "1"), Said("KeyReused")),
    ],
    "another currency is refused": [(Sell("shop", "25", "1", currency="USD"), Said("CurrencyDiffers"))],
    "nothing is no recharge": [(Sell("shop", "0", "1"), Said("AmountInvalid"))],
    "less than nothing is no recharge": [(Sell("shop", "-25", "1"), Said("AmountInvalid"))],
    "a closed account is refused": [(Sell("gone", "25", "1"), Said("AccountClosed"))],
    "the bound of the seller holds, and a key that booked nothing may be used again": [
        (Sell("shop", "1000.0000001", "1"), Said("RechargeTooLarge")),
        (Sell("shop", "400", "1"), Said("booked", "500")),
    ],
    "a large one waits for a second person": [
        (Sell("shop", "500.0000001", "1"), Said("second_person")),
        (Sell("shop", "500.0000001", "1"), Said("second_person", repeated=True)),
        (Sell("shop", "25", "2"), Said("booked", "125")),
    ],
}

WISHES: dict[str, tuple[WishKind, int | None, str]] = {
    "a cut is asked for": (WishKind.CUT, 2, "asked"),
    "a supply is kept on": (WishKind.KEEP_ON, 2, "asked"),
    "a wish ends within a week": (WishKind.CUT, 24 * 8, "WishEndInvalid"),
    "a wish has an end": (WishKind.KEEP_ON, None, "WishEndInvalid"),
    "what was never cut need not be restored": (WishKind.RESTORE, None, "RestoreInVain"),
}
"""By what the case is about: the wish, for how many hours, and the answer."""


class Site:
    """The site of the cases, with a till that sells at most 1000, and alone at most 500."""

    def __init__(self, database: Database, login: str = TILL, role: Role = Role.CASHIER) -> None:
        self.house = Building(database, name=SITE, values={"largest_recharge_alone": "500"})
        self.accounts: dict[str, Person] = {
            "shop": self.house.tenant("Shop", opening="100"),
            "owing": self.house.tenant("Owing", opening="-30"),
            "gone": self.house.tenant("Gone"),
        }
        self.house.close(self.accounts["gone"])
        self.analyzer_id = self.house.analyzer(OVEN, self.accounts["owing"], serial_number="LQN/1")
        self.house.begin(self.analyzer_id)
        with database.writing() as conn:
            seen = {"serial_number": "LQN/1", "read_at": database.now(conn)}
            conn.execute(analyzer_states.update().where(analyzer_states.c.analyzer_id == self.analyzer_id).values(seen))
        self.people = People(database)
        self.user_id = self.people.add(login, role, site_id=self.house.site_id, largest_recharge=Decimal(1000))
