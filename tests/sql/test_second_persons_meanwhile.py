"""What happens between asking for a large recharge and deciding: time, sessions, rights, accounts, limits."""

from decimal import Decimal

import pytest

from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, SessionEnded
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import AccountClosed
from prepaid.errors.requests import (
    AskerMayNot,
    RechargeTooLarge,
    RequestGone,
    RequestOver,
    RequestsFull,
)
from prepaid.records import Role
from prepaid.requests import MOST_WAITING, WAITS, RequestState
from sql import check
from sql.requests import Waiting, expire
from sql.second_persons import confirm, refuse, withdraw
from sql.selling import Counter, sell
from sql.tables import sessions, settings
from tests.building import MORNING
from tests.capabilities import Capability, require
from tests.people import People
from tests.signed_in import sign_out
from tests.sql.counters import Counters


@pytest.fixture
def counters(people: People) -> Counters:
    return Counters(people.database)


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
