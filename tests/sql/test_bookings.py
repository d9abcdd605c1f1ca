"""What people book: once per key and user, by an admin of the site only, with a reason, an actor and an event."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound, SessionEnded
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import AccountClosed, BookingReasonMissing, KeyReused
from prepaid.errors.numbers import AmountInvalid
from prepaid.records import Role
from sql import check
from sql.bookings import Booked
from sql.connection import Database
from sql.fees import Fee, charge_fee
from sql.tables import events
from tests.building import Building
from tests.signed_in import sign_out, signed_in
from tests.sql.booked import Desk, desk_of
from tests.sql.statements import listening, on_sql_server


@pytest.fixture
def desk(database: Database) -> Desk:
    return desk_of(database)


ACTS: list[Callable[[Desk, str], Booked]] = [
    lambda desk, key: desk.fee("5", key),
    lambda desk, key: desk.correct(1, "40", key),
    lambda desk, key: desk.reverse(2, key),
    lambda desk, key: desk.transfer("30", key),
]
NAMES = ["fee", "correction", "reversal", "transfer"]


@pytest.mark.parametrize("act", ACTS, ids=NAMES)
def test_the_same_key_books_once_and_answers_the_first_result(desk: Desk, act: Callable[[Desk, str], Booked]) -> None:
    desk.building.recharge(desk.bakery, "12", "r")
    first = act(desk, "slip")
    desk.fee("1", "another")
    before = desk.entries(desk.bakery)

    again = act(desk, "slip")

    assert again == replace(first, repeated=True)
    assert desk.entries(desk.bakery) == before
    assert first.balance_after == before[first.entry_no - 1].balance_after
    assert check.check(desk.database, everything=True) == []


@pytest.mark.parametrize("act", ACTS, ids=NAMES)
def test_each_act_has_its_cause_its_actor_its_note_and_its_event(
    desk: Desk, act: Callable[[Desk, str], Booked]
) -> None:
    desk.building.recharge(desk.bakery, "12", "r")

    booked = act(desk, "slip")

    entry = desk.entries(desk.bakery)[booked.entry_no - 1]
    with desk.database.reading() as conn:
        told = conn.execute(
            sa.select(events)
            .where(events.c.writer == "dashboard", events.c.subject == f"account:{desk.bakery.account_id}")
            .order_by(events.c.event_no.desc())
        ).first()
    assert entry.kind in NAMES
    assert (entry.cause.partition(".")[0], entry.actor) == (str(entry.kind), desk.admin.actor)
    assert entry.note
    assert told is not None
    assert (told.actor, told.site_id) == (desk.admin.actor, desk.building.site_id)
    assert told.after["reason"] == entry.note
    assert Decimal(told.after["amount"]) == entry.amount


@pytest.mark.parametrize(
    "other",
    [
        lambda desk: desk.fee("6", "slip"),
        lambda desk: desk.fee("5", "slip", reason="a broken seal"),
        lambda desk: desk.fee("5", "slip", of=desk.florist),
        lambda desk: desk.transfer("5", "slip"),
        lambda desk: desk.correct(1, "5", "slip"),
    ],
)
def test_the_same_key_for_anything_else_is_refused_and_recorded(desk: Desk, other: Callable[[Desk], Booked]) -> None:
    desk.fee("5", "slip")

    with pytest.raises(KeyReused, match="slip"):
        other(desk)

    assert (desk.balance(desk.bakery), desk.balance(desk.florist)) == (Decimal(95), Decimal(20))
    assert desk.told()[-1] == "booking.refused"


def test_a_key_is_unique_per_user_only(desk: Desk) -> None:
    desk.fee("5", "slip")
    colleague = replace(desk, admin=signed_in(desk.database, Role.ADMIN))

    other = colleague.fee("7", "slip")

    assert (other.entry_no, other.balance_after, other.repeated) == (3, Decimal(88), False)


@pytest.mark.parametrize("act", ACTS, ids=NAMES)
@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.TENANT])
def test_only_an_admin_of_the_site_books(desk: Desk, act: Callable[[Desk, str], Booked], role: Role) -> None:
    """A cashier sells, and reverses nothing."""
    desk.building.recharge(desk.bakery, "12", "r")
    facts: dict[str, Any] = {"site_id": desk.building.site_id}
    if role is Role.TENANT:
        facts["tenant_id"] = desk.bakery.tenant_id
    person = signed_in(desk.database, role, **facts)
    elsewhere = signed_in(desk.database, Role.ADMIN, site_id=Building(desk.database, name="Other house").site_id)

    for somebody in (person, elsewhere):
        with pytest.raises(NotAllowed):
            act(replace(desk, admin=somebody), "slip")

    assert len(desk.entries(desk.bakery)) == 2


@pytest.mark.parametrize("act", ACTS, ids=NAMES)
def test_nothing_is_booked_after_the_session_has_ended(desk: Desk, act: Callable[[Desk, str], Booked]) -> None:
    desk.building.recharge(desk.bakery, "12", "r")
    sign_out(desk.database, desk.admin)

    with pytest.raises(SessionEnded):
        act(desk, "slip")

    assert len(desk.entries(desk.bakery)) == 2


@pytest.mark.parametrize("act", ACTS, ids=NAMES)
def test_nothing_is_booked_on_a_closed_account_but_what_was_is_still_answered(
    desk: Desk, act: Callable[[Desk, str], Booked]
) -> None:
    desk.building.recharge(desk.bakery, "12", "r")
    first = act(desk, "slip")
    desk.building.close(desk.bakery)

    with pytest.raises(AccountClosed):
        desk.fee("1", "next")

    assert act(desk, "slip") == replace(first, repeated=True)


@pytest.mark.parametrize(
    ("amount", "reason", "error"),
    [
        ("0", "why", AmountInvalid),
        ("-1", "why", AmountInvalid),
        ("0.00000001", "why", AmountInvalid),
        ("1", " ", BookingReasonMissing),
        ("1", "x" * 401, PrepaidError),
    ],
)
def test_without_an_amount_or_a_reason_nothing_is_booked(
    desk: Desk, amount: str, reason: str, error: type[PrepaidError]
) -> None:
    with pytest.raises(error):
        desk.fee(amount, "slip", reason=reason)

    assert len(desk.entries(desk.bakery)) == 1


def test_an_account_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound):
        charge_fee(desk.database, desk.admin, Fee(account_id=999, amount=Decimal(1), reason="why", key="k"))


def test_two_clicks_at_one_moment_book_once(desk: Desk) -> None:
    gate, answers = Barrier(6), []

    def click() -> None:
        gate.wait(timeout=20)
        answers.append(desk.fee("5", "slip"))

    threads = [Thread(target=click) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 5
    assert desk.balance(desk.bakery) == Decimal(95)


def test_sql_server_understands_each_statement(desk: Desk) -> None:
    desk.building.recharge(desk.bakery, "12", "r")

    with listening(desk.database) as heard:
        for number, act in enumerate(ACTS):
            act(desk, f"slip {number}")

    assert all(on_sql_server(statement) for statement in heard.values())
