"""Who stands at the counter, for who sells there; and what a seller has sold, for the seller alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.recharges import preview
from prepaid.records import Role, Stage
from sql.connection import Database
from sql.questions.customer import counterpart, sold_by
from sql.selling import Counter, Sale
from sql.sessions import SignedIn
from tests.building import GRID_PRICE, MORNING, Building, Person
from tests.selling import sold
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def bakery_of(database: Database) -> tuple[Building, Person]:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="10", emergency_credit="5", restore_threshold="2")
    begun = building.begin(building.analyzer("Oven", bakery))
    building.use(begun.grid_id, 2_000)
    return building, bakery


def sale(person: Person, amount: str, key: str) -> Sale:
    return Sale(account_id=person.account_id, amount=Decimal(amount), currency="IQD", key=key, paid_by="cash")


def cashier_of(building: Building) -> SignedIn:
    return signed_in(building.database, Role.CASHIER, site_id=building.site_id)


def test_the_account_comes_with_balance_policy_and_supplies(database: Database) -> None:
    building, bakery = bakery_of(database)

    with database.reading() as conn:
        found = counterpart(conn, ADMIN, bakery.account_id, MORNING)

    customer = found.customer
    assert (found.name, found.number, found.currency, found.site_id) == (
        "Bakery",
        bakery.number,
        "IQD",
        building.site_id,
    )
    assert customer.live == Decimal(10) - 2 * GRID_PRICE
    assert (customer.policy.stage, customer.policy.emergency_credit) == (Stage.ENFORCED, Decimal(5))
    assert [point.name for point in customer.points] == ["Oven"]
    assert preview(customer, Decimal(1)).balance_after == customer.live + 1


def test_only_who_sells_at_the_site_sees_the_customer(database: Database) -> None:
    building, bakery = bakery_of(database)
    refused = [
        Viewer(role=Role.MANAGER, site_id=building.site_id, tenant_id=None),
        Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id),
        Viewer(role=Role.CASHIER, site_id=building.site_id + 1, tenant_id=None),
    ]

    with database.reading() as conn:
        for viewer in refused:
            with pytest.raises(NotAllowed):
                counterpart(conn, viewer, bakery.account_id, MORNING)
        for account_id in (999, building.house_account_id):
            with pytest.raises(NotFound):
                counterpart(conn, ADMIN, account_id, MORNING)


def test_a_seller_sees_the_own_sales_of_the_day_and_no_others(database: Database) -> None:
    building, bakery = bakery_of(database)
    cashier, other = cashier_of(building), cashier_of(building)
    first = sold(database, cashier, Counter.FORM, sale(bakery, "7", "one"))
    sold(database, other, Counter.FORM, sale(bakery, "9", "one"))
    last = sold(database, cashier, Counter.FORM, sale(bakery, "8", "two"))

    with database.reading() as conn:
        mine = sold_by(conn, cashier, building.site_id, first.posted_at)
        late = sold_by(conn, cashier, building.site_id, last.posted_at + timedelta(milliseconds=1))

    assert {each.entry_no for each in mine} == {first.entry_no, last.entry_no}
    assert [each.amount for each in mine if each.entry_no == last.entry_no] == [Decimal(8)]
    assert (mine[0].tenant, mine[0].paid_by) == ("Bakery", "cash")
    assert late == ()


def test_who_does_not_sell_has_no_sales(database: Database) -> None:
    building, bakery = bakery_of(database)
    elsewhere = signed_in(database, Role.CASHIER, site_id=Building(database, name="Other house").site_id)
    manager = signed_in(database, Role.MANAGER, site_id=building.site_id)
    tenant = signed_in(database, Role.TENANT, tenant_id=bakery.tenant_id)

    with database.reading() as conn:
        for person in (elsewhere, manager, tenant):
            with pytest.raises(NotAllowed):
                sold_by(conn, person, building.site_id, MORNING)


def test_sql_server_understands_each_statement(database: Database) -> None:
    building, bakery = bakery_of(database)

    with database.reading() as conn, listening(database) as heard:
        counterpart(conn, ADMIN, bakery.account_id, MORNING)
        sold_by(conn, cashier_of(building), building.site_id, MORNING)

    assert all(on_sql_server(statement) for statement in heard.values())
