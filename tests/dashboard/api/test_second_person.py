"""A recharge by program that needs a second person: 202 while it waits, then its receipt, or why it never will be."""

from prepaid.records import Role
from prepaid.requests import MOST_WAITING, WAITS
from sql.second_persons import confirm, refuse, withdraw
from tests.dashboard.api.calls import Calls, problem


def limited(calls: Calls) -> Calls:
    calls.house.set("largest_recharge_alone", "1000")
    return calls


def test_it_is_accepted_and_says_what_to_do(calls: Calls) -> None:
    cashier, buyer = limited(calls).person(Role.CASHIER), calls.tenant(calls.shop)

    answer = calls.recharge(cashier, buyer, amount="5000")

    assert answer.status_code == 202
    body = answer.json()
    assert "Ask another user" in body.pop("detail")
    assert body == {
        "state": "waiting",
        "request_id": 1,
        "account_id": calls.shop.account_id,
        "account": calls.shop.number,
        "amount": "5000",
        "currency": "IQD",
        "asked_at": "2026-01-05T08:00:00Z",
        "expires_at": "2026-01-06T08:00:00Z",
        "repeated": False,
    }


def test_the_same_request_again_waits_and_then_answers_the_receipt(calls: Calls) -> None:
    cashier, buyer = limited(calls).person(Role.CASHIER), calls.tenant(calls.shop)
    second = calls.person(Role.ADMIN)
    asked = calls.recharge(cashier, buyer, amount="5000").json()

    waits = calls.recharge(cashier, buyer, amount="5000")
    confirm(calls.database, second, asked["request_id"])
    receipt = calls.recharge(cashier, buyer, amount="5000")

    assert (waits.status_code, waits.json()) == (202, {**asked, "repeated": True})
    assert receipt.status_code == 200
    told = receipt.json()
    assert (told["state"], told["balance_after"], told["repeated"]) == ("booked", "5100", True)
    assert (told["sold_by"], told["confirmed_by"]) == (cashier.display_name, second.display_name)


def test_what_will_never_be_booked_is_a_problem_that_says_so(calls: Calls) -> None:
    cashier, buyer = limited(calls).person(Role.CASHIER), calls.tenant(calls.shop)
    refused, taken_back = (
        calls.recharge(cashier, buyer, key=f"key-0000000{number}", amount="5000").json()["request_id"]
        for number in (1, 2)
    )
    refuse(calls.database, calls.person(Role.ADMIN), refused, "who is that?")
    withdraw(calls.database, cashier, taken_back)

    told = problem(calls.recharge(cashier, buyer, key="key-00000001", amount="5000"), 409, "recharge-refused")
    problem(calls.recharge(cashier, buyer, key="key-00000002", amount="5000"), 409, "recharge-over")
    problem(calls.recharge(cashier, buyer, key="key-00000002", amount="5001"), 409, "key-reused")

    assert "who is that?" in told["detail"]


def test_after_a_day_it_is_over(calls: Calls) -> None:
    cashier, buyer = limited(calls).person(Role.CASHIER), calls.tenant(calls.shop)
    calls.recharge(cashier, buyer, amount="5000")
    calls.clock.advance(WAITS.total_seconds())

    answer = calls.recharge(calls.session_of(cashier.user_id), buyer, amount="5000")

    problem(answer, 409, "recharge-over")


def test_there_is_a_most_that_may_wait(calls: Calls) -> None:
    cashier, buyer = limited(calls).person(Role.CASHIER), calls.tenant(calls.shop)
    for number in range(MOST_WAITING):
        calls.recharge(cashier, buyer, key=f"key-{number:08}", amount="5000")

    answer = calls.recharge(cashier, buyer, key="key-one-more", amount="5000")

    problem(answer, 409, "too-many-waiting")
