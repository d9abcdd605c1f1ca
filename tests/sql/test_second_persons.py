"""A recharge that is too large for one person waits, is confirmed by another one, and is booked exactly once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound, SessionEnded
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import AccountClosed, BookingReasonMissing, KeyReused
from prepaid.errors.requests import (
    AskerMayNot,
    OwnRequest,
    RechargeTooLarge,
    RequestGone,
    RequestOfAnother,
    RequestOver,
    RequestRefused,
    RequestsFull,
)
from prepaid.records import Role
from prepaid.requests import MOST_WAITING, WAITS, RequestState
from sql import check
from sql.allocations import Receipt
from sql.connection import Database
from sql.requests import Waiting, expire
from sql.second_persons import confirm, refuse, withdraw
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn
from sql.tables import allocations, entries, events, requests, sessions, settings, users
from tests.building import MORNING, Building
from tests.capabilities import Capability, require
from tests.people import People
from tests.selling import sold
from tests.signed_in import sign_out, signed_in

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


def test_after_a_day_it_is_over(counters: Counters, clock: ManualClock) -> None:
    request_id = counters.ask()
    with counters.database.writing() as conn:
        conn.execute(sessions.update().values(idle_ends_at=MORNING + 2 * WAITS, ends_at=MORNING + 2 * WAITS))
    clock.advance(WAITS.total_seconds() - 1)
    with counters.database.writing() as conn:
        early = expire(conn, counters.house.site_id, "enforcer:1", counters.database.now(conn))
    clock.advance(1)

    with pytest.raises(RequestOver, match="expired"):
        confirm(counters.database, counters.omar, request_id)
    with pytest.raises(RequestGone):
        sell(counters.database, counters.sara, Counter.FORM, counters.sale())
    with counters.database.writing() as conn:
        ended = [expire(conn, counters.house.site_id, "enforcer:1", counters.database.now(conn)) for _time in range(2)]

    assert (early, ended) == (0, [1, 0])
    assert counters.state(request_id) is RequestState.EXPIRED
    assert counters.booked() == []
    last = counters.told()[-1]
    assert (last.action, last.actor, last.after["asked_by"]) == (
        "recharge.expired",
        "enforcer",
        counters.sara.display_name,
    )


def test_a_session_that_has_ended_decides_nothing(counters: Counters) -> None:
    request_id = counters.ask()
    sign_out(counters.database, counters.omar)

    with pytest.raises(SessionEnded):
        confirm(counters.database, counters.omar, request_id)

    assert counters.booked() == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"role": Role.MANAGER}, NotAllowed),
        ({"locked_at": MORNING}, SessionEnded),
        ({"largest_recharge": Decimal(4999)}, RechargeTooLarge),
    ],
)
def test_the_second_person_is_looked_at_as_of_now(
    counters: Counters, changed: dict[str, object], told: type[PrepaidError]
) -> None:
    request_id = counters.ask()
    counters.change(counters.omar, **changed)

    with pytest.raises(told):
        confirm(counters.database, counters.omar, request_id)

    assert counters.state(request_id) is RequestState.WAITING
    assert counters.booked() == []


@pytest.mark.parametrize("changed", [{"role": Role.MANAGER}, {"locked_at": MORNING}, {"largest_recharge": Decimal(5)}])
def test_who_asked_must_still_be_one_who_may_sell_so_much(counters: Counters, changed: dict[str, object]) -> None:
    request_id = counters.ask()
    counters.change(counters.sara, **changed)

    with pytest.raises(AskerMayNot):
        confirm(counters.database, counters.omar, request_id)
    refuse(counters.database, counters.omar, request_id, "she has left")

    assert counters.booked() == []
    assert counters.state(request_id) is RequestState.REFUSED


def test_who_asked_must_still_belong_to_the_site(counters: Counters) -> None:
    request_id = counters.ask()
    counters.change(counters.sara, site_id=counters.elsewhere.site_id)

    with pytest.raises(AskerMayNot):
        confirm(counters.database, counters.omar, request_id)


def test_the_sellers_own_bound_refuses_before_anybody_is_asked(counters: Counters) -> None:
    counters.change(counters.sara, largest_recharge=Decimal(4999))

    with pytest.raises(RechargeTooLarge):
        sell(counters.database, counters.sara, Counter.FORM, counters.sale())

    assert counters.told() == []


def test_an_account_that_was_closed_meanwhile_keeps_it_waiting(counters: Counters) -> None:
    request_id = counters.ask()
    counters.house.close(counters.shop)

    with pytest.raises(AccountClosed):
        confirm(counters.database, counters.omar, request_id)
    with pytest.raises(AccountClosed):
        counters.ask(key="key-00000002")

    assert counters.state(request_id) is RequestState.WAITING
    assert counters.booked() == []


def test_a_limit_that_was_lifted_meanwhile_books_nothing_twice(counters: Counters) -> None:
    """What waits goes on waiting; its key is not booked behind its back."""
    request_id = counters.ask()
    with counters.database.writing() as conn:
        conn.execute(settings.update().values(value="9000"))

    again = sell(counters.database, counters.sara, Counter.FORM, counters.sale())
    confirm(counters.database, counters.omar, request_id)

    assert isinstance(again, Waiting)
    assert len(counters.booked()) == 1


def test_nobody_lets_more_wait_than_somebody_can_look_at(counters: Counters) -> None:
    for number in range(MOST_WAITING):
        counters.ask(key=f"key-{number:08}")

    with pytest.raises(RequestsFull):
        counters.ask(key="key-one-more")

    withdraw(counters.database, counters.sara, 1)
    assert counters.ask(key="key-one-more")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE Requests SET state = 'refused'", ["recharge.request"]),
        ("UPDATE Requests SET amount = amount + 1", ["recharge.request"]),
        ("UPDATE Requests SET asked_by_id = decided_by_id", ["recharge.request"]),
        ("UPDATE Allocations SET second_user_id = user_id", ["recharge.request"]),
        ("UPDATE Allocations SET second_user_id = NULL", ["recharge.request"]),
        ("DELETE FROM Requests", ["recharge.request"]),
    ],
)
def test_what_does_not_fit_the_request_is_told_by_the_proof(
    counters: Counters, statement: str, found: list[str]
) -> None:
    require(counters.database, Capability.FILE)
    confirm(counters.database, counters.omar, counters.ask())
    with counters.database.writing() as conn:
        conn.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        conn.exec_driver_sql(statement)

    breaches = check.check(counters.database)

    assert [breach.name for breach in breaches] == found


def refusal(counters: Counters, person: SignedIn) -> Callable[[], None]:
    return lambda: refuse(counters.database, person, 1, "no")
