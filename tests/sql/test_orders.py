"""Orders of programs: what a procedure asks is done like what a page asks, once, and refused with the same sentence."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.base import PrepaidError
from prepaid.errors.start import LeaseLost
from prepaid.orders import MOST_AT_ONCE, OrderState
from prepaid.records import Role
from prepaid.requests import RequestState
from sql.allocations import Receipt
from sql.check import check
from sql.connection import Connection, Database
from sql.fenced import Fenced
from sql.orders import WRITER, carry_out
from sql.second_persons import confirm, refuse
from sql.selling import Counter, Sale, sell
from sql.tables import allocations, entries, events, orders, requests, users, wishes
from sql.wishes import ask
from tests.building import MORNING, Building
from tests.capabilities import Capability, require
from tests.sql.ordering import order_sale, order_wish, plain, told_of
from tests.sql.procedure_cases import SALES, WISHES, Said, Sell, Site


def by_pages(site: Site) -> Callable[[Sell], Said]:
    seller = site.people.sign_in("till_1").signed_in

    def asked(wanted: Sell) -> Said:
        account_id = site.accounts[wanted.account].account_id
        sale = Sale(account_id=account_id, amount=Decimal(wanted.amount), currency=wanted.currency, key=wanted.key)
        try:
            sold = sell(site.house.database, seller, Counter.FORM, sale)
        except PrepaidError as error:
            return Said(type(error).__name__)
        if isinstance(sold, Receipt):
            return Said("booked", plain(sold.balance_after), sold.repeated)
        return Said("second_person", repeated=sold.repeated)

    return asked


def by_orders(site: Site) -> Callable[[Sell], Said]:
    def asked(wanted: Sell) -> Said:
        order_id, repeated = order_sale(site, wanted)
        carry_out(site.house.database, site.house.site_id)
        return told_of(site, order_id, repeated=repeated)

    return asked


@pytest.mark.parametrize("way", [by_pages, by_orders])
@pytest.mark.parametrize("case", SALES)
def test_a_sale_is_answered_alike_however_it_is_asked_for(
    database: Database, way: Callable[[Site], Callable[[Sell], Said]], case: str
) -> None:
    asked = way(Site(database))

    answers = [asked(wanted) for wanted, _ in SALES[case]]

    assert answers == [said for _, said in SALES[case]]
    assert check(database) == []


@pytest.mark.parametrize("case", WISHES)
def test_a_wish_is_answered_alike_however_it_is_asked_for(database: Database, case: str) -> None:
    kind, hours, said = WISHES[case]
    site = Site(database, role=Role.ADMIN)
    admin = site.people.sign_in("till_1").signed_in
    until_at = None if hours is None else now_of(database) + timedelta(hours=hours)

    by_order = wished(site, order_wish(site, kind, until_at))
    withdraw_all(database)
    try:
        ask(database, admin, kind, site.analyzer_id, "Asked by the ERP", until_at)
        by_page = "asked"
    except PrepaidError as error:
        by_page = type(error).__name__

    assert (by_order, by_page) == (said, said)


def test_an_order_names_the_user_whose_login_gave_it(database: Database) -> None:
    site = Site(database)
    order_sale(site, Sell("shop", "25", "1"))

    carry_out(database, site.house.site_id)

    with database.reading() as conn:
        entry = conn.execute(sa.select(entries).where(entries.c.cause == "recharge")).one()
        booked = conn.execute(sa.select(allocations)).one()
        event = conn.execute(sa.select(events).where(events.c.action == "recharge.sold")).one()
    assert (entry.actor, booked.user_id, booked.caller) == ("user:till_1", site.user_id, f"procedure:{site.user_id}")
    assert (event.writer, event.actor) == (WRITER, "user:till_1")


def test_an_order_is_carried_out_once_though_the_answer_was_lost(database: Database) -> None:
    site = Site(database)
    order_sale(site, Sell("shop", "25", "1"))
    carry_out(database, site.house.site_id)

    found = carry_out(database, site.house.site_id)
    again, repeated = order_sale(site, Sell("shop", "25", "1"))

    assert found == 0
    assert told_of(site, again, repeated=repeated) == Said("booked", "125", repeated=True)


def test_what_breaks_off_waits_on(database: Database) -> None:
    site = Site(database)
    order_id, _ = order_sale(site, Sell("shop", "25", "1"))

    def lost(_conn: Connection) -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        carry_out(Fenced(database, lost), site.house.site_id)
    waiting = told_of(site, order_id, repeated=False)
    carry_out(database, site.house.site_id)

    assert waiting == Said("waiting")
    assert told_of(site, order_id, repeated=False) == Said("booked", "125")


def test_orders_are_those_of_one_site_and_bounded(database: Database) -> None:
    site = Site(database)
    elsewhere = Building(database, name="Elsewhere")
    for number in range(MOST_AT_ONCE + 1):
        order_sale(site, Sell("shop", "1", str(number)))

    found = [carry_out(database, each) for each in (elsewhere.site_id, site.house.site_id, site.house.site_id)]

    assert found == [0, MOST_AT_ONCE, 1]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"locked_at": MORNING}, "NotAllowed"),
        ({"role": Role.MANAGER}, "NotAllowed"),
        ({"largest_recharge": Decimal(20)}, "RechargeTooLarge"),
        ({"must_change_password": True}, "booked"),
    ],
)
def test_the_user_counts_as_it_is_when_the_order_is_carried_out(
    database: Database, changed: dict[str, Any], refusal: str
) -> None:
    site = Site(database)
    order_id, _ = order_sale(site, Sell("shop", "25", "1"))
    with database.writing() as conn:
        conn.execute(users.update().where(users.c.id == site.user_id).values(changed))

    carry_out(database, site.house.site_id)

    assert told_of(site, order_id, repeated=False).state == refusal


def test_a_user_of_another_site_orders_nothing_here(database: Database) -> None:
    site = Site(database)
    elsewhere = Building(database, name="Elsewhere")
    order_id, _ = order_sale(site, Sell("shop", "25", "1"))
    with database.writing() as conn:
        conn.execute(users.update().where(users.c.id == site.user_id).values(site_id=elsewhere.site_id))

    carry_out(database, site.house.site_id)

    assert told_of(site, order_id, repeated=False) == Said("NotAllowed")


def test_a_refusal_keeps_the_sentence_and_stops_nothing_behind_it(database: Database) -> None:
    site = Site(database)
    refused, _ = order_sale(site, Sell("gone", "25", "1"))
    behind, _ = order_sale(site, Sell("shop", "25", "2"))

    carry_out(database, site.house.site_id)

    with database.reading() as conn:
        why = conn.scalar(sa.select(orders.c.why).where(orders.c.id == refused))
    assert why is not None and "is closed. Open a new account" in why
    assert told_of(site, behind, repeated=False) == Said("booked", "125")


def test_a_row_that_the_ledger_cannot_take_is_refused_and_stops_nothing_behind_it(database: Database) -> None:
    require(database, Capability.FILE)
    site = Site(database)
    refused, _ = order_sale(site, Sell("shop", "25", "1"))
    behind, _ = order_sale(site, Sell("shop", "25", "2"))
    with database.writing() as conn:
        broken = {"paid_amount": Decimal(1), "paid_currency": "IQD"}
        conn.execute(orders.update().where(orders.c.id == refused).values(broken))
        conn.exec_driver_sql(
            "CREATE TRIGGER no BEFORE INSERT ON Allocations WHEN NEW.paid_amount IS NOT NULL BEGIN "
            "SELECT RAISE(ABORT, 'no room for it'); END"
        )

    carry_out(database, site.house.site_id)

    with database.writing() as conn:
        conn.exec_driver_sql("DROP TRIGGER no")  # the file may be the one of the next test
        row = conn.execute(
            sa.select(orders.c.state, orders.c.refusal, orders.c.why).where(orders.c.id == refused)
        ).one()
    assert (row.state, row.refusal) == (OrderState.REFUSED, "OrderUnfit")
    assert "no room for it" in row.why
    assert told_of(site, behind, repeated=False) == Said("booked", "125")


@pytest.mark.parametrize(("decided", "then"), [(confirm, "booked"), (refuse, "RequestRefused")])
def test_a_large_order_becomes_what_the_second_person_decides(
    database: Database, decided: Callable[..., object], then: str
) -> None:
    site = Site(database)
    large = Sell("shop", "600", "1")
    first, _ = order_sale(site, large)
    carry_out(database, site.house.site_id)
    site.people.add("boss", Role.ADMIN)
    boss = site.people.sign_in("boss").signed_in
    with database.reading() as conn:
        request_id = conn.execute(sa.select(requests.c.id).where(requests.c.state == RequestState.WAITING)).scalar_one()

    decided(database, boss, request_id, *(["Too much"] if decided is refuse else []))
    again, repeated = order_sale(site, large)
    carry_out(database, site.house.site_id)

    with database.reading() as conn:
        booked = conn.scalar(sa.select(sa.func.count()).select_from(allocations))
    if then == "booked":
        assert (again, repeated, booked) == (first, True, 1)
    else:
        assert (told_of(site, again, repeated=repeated), booked) == (Said(then), 0)
    assert check(database) == []


def now_of(database: Database) -> Any:
    with database.reading() as conn:
        return database.now(conn)


def wished(site: Site, order_id: int) -> str:
    """What became of an order of a wish."""
    carry_out(site.house.database, site.house.site_id)
    with site.house.database.reading() as conn:
        row = conn.execute(sa.select(orders).where(orders.c.id == order_id)).one()
        placed = conn.scalar(sa.select(wishes.c.kind).where(wishes.c.id == row.wish_id))
    assert (row.state is OrderState.DONE) == (placed is row.wish)
    return "asked" if row.state is OrderState.DONE else str(row.refusal)


def withdraw_all(database: Database) -> None:
    """So that the next one is not answered as the same wish."""
    with database.writing() as conn:
        conn.execute(wishes.update().values(ended_at=now_of(database), state="withdrawn"))
