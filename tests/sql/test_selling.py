"""Who may sell what to whom: the right, the site, the seller's bound, and a session that still holds."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange, SessionEnded
from prepaid.errors.base import PrepaidError
from prepaid.errors.requests import RechargeTooLarge
from prepaid.records import Role
from sql import sessions
from sql.connection import Connection, Database
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn
from sql.tables import allocations, users
from tests.building import MORNING, Building
from tests.databases import TimedDatabase
from tests.people import People
from tests.selling import sold


class Overtaken(TimedDatabase):
    """Somebody else is quicker: what happens right before the next transaction that writes."""

    def __init__(self, database: Database, happens: Callable[[], None]) -> None:
        super().__init__(database.url.render_as_string(hide_password=False), database.clock)
        self._happens: Callable[[], None] | None = happens

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        happens, self._happens = self._happens, None
        if happens is not None:
            happens()
        with super().writing() as conn:
            yield conn


def signed_in(people: People, role: Role, **facts: object) -> SignedIn:
    name = f"{role}.{people.hasher.verified}"
    people.add(name, role, **facts)
    return people.sign_in(name).signed_in


def sale(account_id: int, amount: str = "25", key: str = "key-00000001") -> Sale:
    return Sale(account_id=account_id, amount=Decimal(amount), currency="IQD", key=key)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CASHIER])
def test_admins_and_cashiers_sell_at_their_site(people: People, role: Role) -> None:
    house = Building(people.database)
    shop = house.tenant("Shop", opening="100")
    seller = signed_in(people, role, site_id=house.site_id)

    receipt = sold(people.database, seller, Counter.FORM, sale(shop.account_id))

    assert (receipt.balance_after, receipt.repeated) == (Decimal(125), False)


def test_nobody_else_sells_and_nobody_sells_elsewhere(people: People) -> None:
    house, elsewhere = Building(people.database), Building(people.database, name="Elsewhere")
    shop = house.tenant("Shop")

    for seller in (
        signed_in(people, Role.MANAGER, site_id=house.site_id),
        signed_in(people, Role.TENANT, tenant_id=shop.tenant_id),
        signed_in(people, Role.CASHIER, site_id=elsewhere.site_id),
        signed_in(people, Role.ADMIN, site_id=elsewhere.site_id),
    ):
        with pytest.raises(NotAllowed):
            sell(people.database, seller, Counter.FORM, sale(shop.account_id))
    newcomer = signed_in(people, Role.ADMIN, must_change_password=True)
    with pytest.raises(PasswordMustChange):
        sell(people.database, newcomer, Counter.FORM, sale(shop.account_id))


def test_nothing_is_sold_to_the_house_or_to_an_account_that_is_not_there(people: People) -> None:
    house = Building(people.database)
    seller = signed_in(people, Role.ADMIN)

    for account_id in (house.house_account_id, 999_999):
        with pytest.raises(NotFound):
            sell(people.database, seller, Counter.FORM, sale(account_id))


def test_a_seller_whose_session_has_ended_meanwhile_sells_nothing(people: People) -> None:
    shop = Building(people.database).tenant("Shop")
    seller = signed_in(people, Role.ADMIN)
    sessions.end(people.database, seller.session_id)

    with pytest.raises(SessionEnded):
        sell(people.database, seller, Counter.FORM, sale(shop.account_id))


def test_the_bound_is_the_one_of_now_and_a_repetition_stays_below_no_bound(people: People) -> None:
    shop = Building(people.database).tenant("Shop")
    seller = signed_in(people, Role.CASHIER)
    sell(people.database, seller, Counter.API, sale(shop.account_id, "500"))
    change(people, seller, largest_recharge=Decimal(100))

    with pytest.raises(RechargeTooLarge) as caught:
        sell(people.database, seller, Counter.API, sale(shop.account_id, "500", key="another-key"))
    again = sold(people.database, seller, Counter.API, sale(shop.account_id, "500"))

    assert "100 IQD" in str(caught.value)
    assert again.repeated


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"locked_at": MORNING}, SessionEnded),
        ({"role": Role.MANAGER}, NotAllowed),
        ({"largest_recharge": Decimal(20)}, RechargeTooLarge),
    ],
)
def test_what_changes_in_the_moment_before_the_booking_holds(
    people: People, changed: dict[str, object], refused: type[PrepaidError]
) -> None:
    shop = Building(people.database).tenant("Shop")
    seller = signed_in(people, Role.CASHIER)

    overtaken = closing(Overtaken(people.database, lambda: change(people, seller, **changed)))
    with overtaken as database, pytest.raises(refused):
        sell(database, seller, Counter.FORM, sale(shop.account_id))

    with people.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(allocations)) == 0


def test_a_key_of_the_form_is_not_the_same_key_of_a_program(people: People) -> None:
    shop = Building(people.database).tenant("Shop")
    seller = signed_in(people, Role.CASHIER)

    receipts = [sold(people.database, seller, counter, sale(shop.account_id)) for counter in Counter]

    assert [receipt.repeated for receipt in receipts] == [False] * len(Counter)


def change(people: People, seller: SignedIn, **values: object) -> None:
    with people.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == seller.user_id).values(values))
