"""Recharges by program: booked once per key, within the seller's right, site and bound, for the right account."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.records import AccountKind, Role, Stage
from sql.accounts import NewAccount, open_account
from sql.connection import Database
from sql.tables import allocations, entries, events
from tests.building import BY
from tests.dashboard.api.calls import Calls, problem


def test_a_recharge_is_on_the_ledger_with_all_that_was_said(calls: Calls) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)

    answer = calls.recharge(
        cashier,
        buyer,
        key="till-7:2026-01-05:0001",
        amount="25.5",
        reference="INV 17",
        paid_amount="0.02",
        paid_currency="USD",
        paid_by="cash",
    )

    assert answer.json() == {
        "account_id": calls.shop.account_id,
        "account": calls.shop.number,
        "entry_no": 2,
        "amount": "25.5",
        "currency": "IQD",
        "balance_after": "125.5",
        "posted_at": "2026-01-05T08:00:00Z",
        "repeated": False,
        "state": "booked",
        "sold_by": cashier.display_name,
        "confirmed_by": None,
    }
    (row,) = booked(calls.database)
    assert (row.caller, row.key) == (f"api:{cashier.user_id}", "till-7:2026-01-05:0001")
    assert (row.paid_amount, row.paid_currency, row.paid_by, row.reference) == (
        Decimal("0.02"),
        "USD",
        "cash",
        "INV 17",
    )
    assert (row.user_id, row.actor) == (cashier.user_id, cashier.actor)
    assert sold(calls.database)["address"] == "testclient"


def test_the_same_key_again_is_the_same_receipt_and_books_nothing(calls: Calls) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    first = calls.recharge(cashier, buyer).json()
    calls.clock.advance(3600)

    again = calls.recharge(cashier, buyer).json()

    assert again == {**first, "repeated": True}
    assert len(booked(calls.database)) == 1


@pytest.mark.parametrize("other", [{"amount": "26"}, {"currency": "USD"}])
def test_the_same_key_for_anything_else_is_refused(calls: Calls, other: dict[str, str]) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    calls.recharge(cashier, buyer)

    answer = calls.recharge(cashier, buyer, **other)

    problem(answer, 409, "key-reused")
    assert len(booked(calls.database)) == 1


def test_two_programs_may_use_the_same_key(calls: Calls) -> None:
    buyer = calls.tenant(calls.shop)

    answers = [calls.recharge(calls.person(Role.CASHIER), buyer).json() for _program in range(2)]

    assert [answer["repeated"] for answer in answers] == [False, False]
    assert answers[1]["balance_after"] == "150"


def test_a_sale_above_the_sellers_bound_is_refused_and_its_repetition_is_not(calls: Calls) -> None:
    bounded, buyer = calls.person(Role.CASHIER, largest_recharge=Decimal("1000")), calls.tenant(calls.shop)

    problem(calls.recharge(bounded, buyer, amount="1000.0000001"), 403, "recharge-too-large")
    assert calls.recharge(bounded, buyer, amount="1000").status_code == 200
    assert len(booked(calls.database)) == 1


def test_a_seller_of_one_site_sells_to_nobody_of_another(calls: Calls) -> None:
    outsider = calls.tenant(calls.stranger)

    problem(calls.recharge(calls.person(Role.CASHIER), outsider), 403, "not-allowed")
    problem(calls.recharge(calls.person(Role.ADMIN), outsider), 403, "not-allowed")

    assert calls.recharge(calls.person(Role.ADMIN, site_id=None), outsider).status_code == 200


def test_staff_and_unknown_users_have_no_account(calls: Calls) -> None:
    cashier = calls.person(Role.CASHIER)

    problem(calls.recharge(cashier, calls.person(Role.MANAGER)), 404, "not-found")
    body = {"amount": "25", "currency": "IQD"}
    unknown = calls.post("/api/admin/users/999999/recharge", cashier, body, {"Idempotency-Key": "key-00000001"})
    problem(unknown, 404, "not-found")


def test_where_a_tenant_has_several_accounts_one_must_be_named(calls: Calls) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    second = another_account(calls, "B00001")

    problem(calls.recharge(cashier, buyer), 409, "account-needed")
    problem(calls.recharge(cashier, buyer, account=calls.stranger.number), 404, "not-found")
    named = calls.recharge(cashier, buyer, account="B00001")

    assert (named.json()["account_id"], named.json()["balance_after"]) == (second, "25")


def test_a_closed_account_is_sold_nothing_and_the_open_one_beside_it_is_found(calls: Calls) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    calls.house.close(calls.shop)
    problem(calls.recharge(cashier, buyer), 409, "account-closed")

    another_account(calls, "B00001")

    assert calls.recharge(cashier, buyer).json()["account"] == "B00001"


def test_the_currency_is_that_of_the_account(calls: Calls) -> None:
    answer = calls.recharge(calls.person(Role.CASHIER), calls.tenant(calls.shop), currency="USD")

    problem(answer, 409, "currency-differs")


def test_what_is_no_amount_is_refused(calls: Calls) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    written = (
        "0",
        "0.0",
        "-5",
        "1e3",
        "01",
        "1.",
        ".5",
        "1,5",
        "0.00000001",
        "10000000000",
        "NaN",
        "",
        " 5",
        "٥",
        "1٥",
        "0.00000010",
    )

    for amount in (*written, 5, 5.5, None, True, ["5"]):
        body = {"amount": amount, "currency": "IQD"}
        answer = calls.post(
            f"/api/admin/users/{buyer.user_id}/recharge", cashier, body, {"Idempotency-Key": "key-00000001"}
        )
        refused = problem(answer, 422, "request-unfit")
        assert [fault["name"] for fault in refused["errors"]] == ["amount"]
    assert booked(calls.database) == []


def test_without_a_key_nothing_is_booked(calls: Calls) -> None:
    buyer = calls.tenant(calls.shop)
    path, body = f"/api/admin/users/{buyer.user_id}/recharge", {"amount": "25", "currency": "IQD"}

    missing = calls.post(path, calls.person(Role.CASHIER), body)
    short = calls.post(path, calls.person(Role.CASHIER), body, {"Idempotency-Key": "k"})

    for answer in (missing, short):
        assert problem(answer, 422, "request-unfit")["errors"][0]["name"] == "idempotency-key"
    assert booked(calls.database) == []


def another_account(calls: Calls, number: str) -> int:
    """A second account of the shop."""
    wanted = NewAccount(
        site_id=calls.house.site_id,
        number=number,
        kind=AccountKind.TENANT,
        tenant_id=calls.shop.tenant_id,
        currency="IQD",
        plan_id=calls.house.plan_id,
        stage=Stage.ENFORCED,
    )
    with calls.database.writing() as conn:
        return open_account(conn, wanted, BY, calls.clock.now())


def booked(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    same = sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no)
    with database.reading() as conn:
        return list(conn.execute(sa.select(allocations, entries.c.actor).join(entries, same)))


def sold(database: Database) -> dict[str, object]:
    with database.reading() as conn:
        after: dict[str, object] = conn.execute(
            sa.select(events.c.after).where(events.c.action == "recharge.sold")
        ).scalar_one()
    return after
