"""A recharge that is too large for one person waits, is confirmed by another one, and is booked exactly once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import BookingReasonMissing, KeyReused
from prepaid.errors.requests import (
    OwnRequest,
    RequestGone,
    RequestOfAnother,
    RequestOver,
    RequestRefused,
)
from prepaid.records import Role
from prepaid.requests import RequestState
from sql import check
from sql.allocations import Receipt
from sql.requests import Waiting
from sql.second_persons import confirm, refuse, withdraw
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn
from tests.building import Building
from tests.people import People
from tests.selling import sold
from tests.signed_in import signed_in
from tests.sql.counters import KEY, Counters


@pytest.fixture
def counters(people: People) -> Counters:
    return Counters(people.database)


def test_a_recharge_above_the_limit_waits_and_nothing_is_booked(counters: Counters) -> None:
    waiting = sell(counters.database, counters.sara, Counter.FORM, counters.sale())

    assert isinstance(waiting, Waiting)
    assert (waiting.amount, waiting.repeated) == (Decimal(5000), False)
    assert waiting.expires_at == waiting.asked_at + timedelta(hours=24)
    assert counters.booked() == []


@pytest.mark.parametrize("limit", [None, "5000"])
def test_up_to_the_limit_and_without_one_it_is_booked_at_once(people: People, limit: str | None) -> None:
    house = Building(people.database, values={} if limit is None else {"largest_recharge_alone": limit})
    shop = house.tenant("Shop", opening="100")
    wanted = Sale(account_id=shop.account_id, amount=Decimal(5000), currency="IQD", key=KEY)

    receipt = sold(people.database, signed_in(people.database, Role.CASHIER), Counter.FORM, wanted)

    assert (receipt.balance_after, receipt.confirmed_by) == (Decimal(5100), None)


def test_another_person_confirms_it_and_it_is_booked_as_the_one_who_asked(counters: Counters) -> None:
    request_id = counters.ask()

    receipt = confirm(counters.database, counters.omar, request_id)

    (row,) = counters.booked()
    assert (row.amount, row.currency, row.caller, row.key) == (
        Decimal(5000),
        "IQD",
        f"form:{counters.sara.user_id}",
        KEY,
    )
    assert (row.user_id, row.second_user_id) == (counters.sara.user_id, counters.omar.user_id)
    assert (row.actor, row.note) == (counters.sara.actor, "INV 17")
    assert (row.paid_amount, row.paid_currency, row.paid_by) == (Decimal("3.5"), "USD", "card")
    assert (receipt.balance_after, receipt.repeated) == (Decimal(5100), False)
    assert (receipt.sold_by, receipt.confirmed_by) == (counters.sara.display_name, counters.omar.display_name)
    assert counters.state(request_id) is RequestState.CONFIRMED
    assert check.check(counters.database, everything=True) == []


def test_every_act_is_in_the_audit_trail_with_who_and_from_where(counters: Counters) -> None:
    request_id = counters.ask()
    refuse(counters.database, counters.omar, request_id, "who is that?")
    withdraw(counters.database, counters.sara, counters.ask(key="key-00000002"))
    confirm(counters.database, counters.admin, counters.ask(key="key-00000003"))

    told = [(each.action, each.actor) for each in counters.told()]

    sara, omar, admin = counters.sara.actor, counters.omar.actor, counters.admin.actor
    assert told == [
        ("recharge.asked", sara),
        ("recharge.refused", omar),
        ("recharge.asked", sara),
        ("recharge.withdrawn", sara),
        ("recharge.asked", sara),
        ("recharge.sold", sara),
        ("recharge.confirmed", admin),
    ]
    assert counters.told()[1].after["why"] == "who is that?"
    assert counters.told()[5].after["second_by"] == admin
    assert {each.after["address"] for each in counters.told() if each.action != "recharge.sold"} == {"127.0.0.9"}
    assert {each.subject for each in counters.told()} == {f"account:{counters.shop.account_id}"}


def test_nobody_confirms_or_refuses_what_they_asked_for_themselves(counters: Counters) -> None:
    request_id = counters.ask()

    for act in (lambda: confirm(counters.database, counters.sara, request_id), refusal(counters, counters.sara)):
        with pytest.raises(OwnRequest):
            act()

    assert counters.state(request_id) is RequestState.WAITING
    assert counters.booked() == []


def test_only_who_sells_at_the_site_decides(counters: Counters) -> None:
    request_id = counters.ask()
    manager = counters.seller(Role.MANAGER)
    tenant = counters.seller(Role.TENANT, site_id=None, tenant_id=counters.shop.tenant_id)
    stranger = counters.seller(Role.ADMIN, site_id=counters.elsewhere.site_id)

    for person in (manager, tenant, stranger):
        for act in (
            lambda who=person: confirm(counters.database, who, request_id),
            lambda who=person: refuse(counters.database, who, request_id, "no"),
            lambda who=person: withdraw(counters.database, who, request_id),
        ):
            with pytest.raises(NotAllowed):
                act()

    assert counters.state(request_id) is RequestState.WAITING


def test_only_who_asked_withdraws(counters: Counters) -> None:
    request_id = counters.ask()

    with pytest.raises(RequestOfAnother):
        withdraw(counters.database, counters.omar, request_id)

    withdraw(counters.database, counters.sara, request_id)
    assert counters.state(request_id) is RequestState.WITHDRAWN


def test_what_is_not_there_is_not_found(counters: Counters) -> None:
    with pytest.raises(NotFound):
        confirm(counters.database, counters.omar, 999)


def test_a_refusal_needs_a_reason(counters: Counters) -> None:
    request_id = counters.ask()

    with pytest.raises(BookingReasonMissing):
        refuse(counters.database, counters.omar, request_id, " ")

    assert counters.state(request_id) is RequestState.WAITING


def test_what_is_decided_is_decided(counters: Counters) -> None:
    for end in (
        lambda number: confirm(counters.database, counters.omar, number),
        lambda number: refuse(counters.database, counters.omar, number, "no"),
        lambda number: withdraw(counters.database, counters.sara, number),
    ):
        request_id = counters.ask(key=f"key-{len(counters.told()):08}")
        end(request_id)

        with pytest.raises(RequestOver):
            confirm(counters.database, counters.admin, request_id)
        with pytest.raises(RequestOver):
            refuse(counters.database, counters.admin, request_id, "no")
        with pytest.raises(RequestOver):
            withdraw(counters.database, counters.sara, request_id)

    assert len(counters.booked()) == 1


def test_two_who_confirm_at_once_book_once(counters: Counters) -> None:
    request_id = counters.ask()
    ready, done = Barrier(2), list[object]()

    def click(person: SignedIn) -> None:
        ready.wait()
        try:
            done.append(confirm(counters.database, person, request_id))
        except RequestOver as error:
            done.append(error)

    clicks = [Thread(target=click, args=(person,)) for person in (counters.omar, counters.admin)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert len(counters.booked()) == 1
    assert sorted(type(each).__name__ for each in done) == ["Receipt", "RequestOver"]


def test_two_clicks_of_the_one_who_asks_ask_once(counters: Counters) -> None:
    ready, done = Barrier(2), list[object]()

    def click() -> None:
        ready.wait()
        done.append(sell(counters.database, counters.sara, Counter.FORM, counters.sale()))

    clicks = [Thread(target=click) for _click in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert sorted(each.repeated for each in done if isinstance(each, Waiting)) == [False, True]


def test_the_same_key_tells_what_became_of_it(counters: Counters) -> None:
    request_id = counters.ask()

    waiting = sell(counters.database, counters.sara, Counter.FORM, counters.sale())
    confirm(counters.database, counters.omar, request_id)
    receipt = sell(counters.database, counters.sara, Counter.FORM, counters.sale())

    assert isinstance(waiting, Waiting)
    assert (waiting.request_id, waiting.repeated) == (request_id, True)
    assert isinstance(receipt, Receipt)
    assert (receipt.repeated, receipt.confirmed_by) == (True, counters.omar.display_name)
    assert len(counters.booked()) == 1


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda c, number: refuse(c.database, c.omar, number, "not paid"), RequestRefused),
        (lambda c, number: withdraw(c.database, c.sara, number), RequestGone),
    ],
)
def test_the_key_of_what_will_not_be_booked_is_spent(
    counters: Counters, end: Callable[[Counters, int], None], told: type[PrepaidError]
) -> None:
    end(counters, counters.ask())

    with pytest.raises(told):
        sell(counters.database, counters.sara, Counter.FORM, counters.sale())

    assert counters.booked() == []


@pytest.mark.parametrize("amount", ["5001", "10"])
def test_the_key_of_what_waits_is_not_good_for_anything_else(counters: Counters, amount: str) -> None:
    counters.ask()

    with pytest.raises(KeyReused):
        sell(counters.database, counters.sara, Counter.FORM, counters.sale(amount))

    assert counters.booked() == []
    assert counters.told()[-1].after["why"] == "key reused"


def refusal(counters: Counters, person: SignedIn) -> Callable[[], None]:
    return lambda: refuse(counters.database, person, 1, "no")
