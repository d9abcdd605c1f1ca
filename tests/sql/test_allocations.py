"""Recharges: booked once per key and caller, whatever is clicked, repeated, raced or lost on the way."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.alerts import Level
from prepaid.errors.access import NotFound
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import AccountClosed, CurrencyDiffers, KeyReused
from prepaid.errors.numbers import AmountInvalid
from prepaid.records import Stage
from sql import check
from sql.allocations import Receipt, Recharge, recharge
from sql.connection import Database
from sql.crossings import cross
from sql.tables import account_heads, allocations, crossings, entries, events
from tests.building import MORNING, Building

WANTED = Recharge(
    account_id=2,
    amount=Decimal("12.5"),
    currency="IQD",
    caller="till-1",
    key="slip 77",
    actor="cashier",
    paid_amount=Decimal(13),
    paid_currency="USD",
    paid_by="cash",
    reference="slip 77",
)


@pytest.fixture
def building(database: Database) -> Building:
    """A site with the bakery (account 2) and the florist (account 3)."""
    made = Building(database)
    assert made.tenant("Bakery").account_id == WANTED.account_id
    made.tenant("Florist")
    return made


def book(building: Building, **changes: Any) -> Receipt:
    return recharge(building.database, replace(WANTED, **changes), "dashboard")


def balance_of(building: Building, account_id: int = 2) -> tuple[int, Decimal]:
    with building.database.reading() as conn:
        row = conn.execute(sa.select(account_heads).where(account_heads.c.account_id == account_id)).one()
    return row.entry_no, row.balance


def told(building: Building) -> list[tuple[str, int | None]]:
    with building.database.reading() as conn:
        rows = conn.execute(sa.select(events.c.action, events.c.site_id).order_by(events.c.event_no)).all()
    return [(row.action, row.site_id) for row in rows]


def test_a_recharge_is_an_entry_with_all_that_was_said_about_it(building: Building) -> None:
    receipt = book(building)

    with building.database.reading() as conn:
        row = conn.execute(sa.select(allocations)).one()
        entry = conn.execute(sa.select(entries)).one()
    assert (receipt.entry_no, receipt.amount, receipt.balance_after) == (1, Decimal("12.5"), Decimal("12.5"))
    assert not receipt.repeated
    assert (row.caller, row.key, row.amount, row.currency) == ("till-1", "slip 77", Decimal("12.5"), "IQD")
    assert (row.paid_amount, row.paid_currency, row.paid_by) == (Decimal(13), "USD", "cash")
    assert (entry.kind, entry.amount, entry.actor, entry.note) == ("allocation", Decimal("12.5"), "cashier", "slip 77")
    assert told(building) == [("recharge.sold", building.site_id)]


def test_the_same_key_books_once_and_answers_the_first_receipt(building: Building) -> None:
    first = book(building)
    building.recharge(building.tenant("Tailor"), "1", "another")

    again = [book(building), book(building, actor="somebody else", amount=Decimal("12.500"))]

    assert again == [replace(first, repeated=True)] * 2
    assert balance_of(building) == (1, Decimal("12.5"))


@pytest.mark.parametrize(
    "changes", [{"amount": Decimal("12.6")}, {"currency": "USD"}, {"account_id": 3}, {"account_id": 99}]
)
def test_the_same_key_for_anything_else_is_refused_and_recorded(building: Building, changes: dict[str, Any]) -> None:
    book(building)

    with pytest.raises(KeyReused, match="slip 77"):
        book(building, **changes)

    assert balance_of(building) == (1, Decimal("12.5"))
    site_id = None if changes.get("account_id") == 99 else building.site_id
    assert told(building)[-1] == ("recharge.refused", site_id)


def test_a_key_is_unique_per_caller_only(building: Building) -> None:
    book(building)

    other = book(building, caller="till-2", amount=Decimal(1))

    assert (other.entry_no, other.balance_after) == (2, Decimal("13.5"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": Decimal(0)}, AmountInvalid),
        ({"amount": Decimal(-5)}, AmountInvalid),
        ({"amount": Decimal("0.00000001")}, AmountInvalid),
        ({"amount": Decimal("1e15")}, AmountInvalid),
        ({"amount": Decimal("NaN")}, AmountInvalid),
        ({"currency": "USD"}, CurrencyDiffers),
        ({"account_id": 99}, NotFound),
    ],
)
def test_what_cannot_be_booked_is_refused_with_nothing_written(
    building: Building, changes: dict[str, Any], error: type[PrepaidError]
) -> None:
    with pytest.raises(error):
        book(building, **changes)

    assert balance_of(building) == (0, Decimal(0))
    assert book(building).entry_no == 1


def test_a_closed_account_takes_no_recharge(building: Building) -> None:
    tailor = building.tenant("Tailor")
    building.close(tailor)

    with pytest.raises(AccountClosed):
        book(building, account_id=tailor.account_id)


def test_a_recharge_arms_the_alerts_of_the_account_again(building: Building) -> None:
    with building.database.writing() as conn:
        cross(conn, 2, Stage.ENFORCED, Level.FINE, Level.EXHAUSTED, MORNING, 0)

    receipt = book(building)

    with building.database.reading() as conn:
        row = conn.execute(sa.select(crossings).where(crossings.c.account_id == 2)).one()
    assert (row.level, row.crossed_at, row.exhausted_at) == (Level.FINE, None, None)
    assert row.armed_by_entry_no == receipt.entry_no


@pytest.mark.parametrize(
    ("owed", "sold", "repaid", "balance"),
    [("0", "25", "0", "25"), ("10", "25", "10", "15"), ("25", "25", "25", "0"), ("40", "25", "25", "-15")],
)
def test_a_recharge_repays_a_debt_first_and_its_receipt_says_how_much(
    building: Building, owed: str, sold: str, repaid: str, balance: str
) -> None:
    tailor = building.tenant("Tailor", opening=f"-{owed}")

    receipt = book(building, account_id=tailor.account_id, amount=Decimal(sold))

    assert (receipt.repaid, receipt.balance_after) == (Decimal(repaid), Decimal(balance))
    assert balance_of(building, tailor.account_id)[1] == Decimal(balance)


def test_two_callers_racing_with_one_key_book_once_and_get_one_receipt(building: Building) -> None:
    receipts = together(8, lambda _: book(building))

    assert sorted(receipt.repeated for receipt in receipts) == [False] + [True] * 7
    assert {receipt.entry_no for receipt in receipts} == {1}
    assert balance_of(building) == (1, Decimal("12.5"))


def test_racing_recharges_are_all_booked_without_gaps(building: Building) -> None:
    receipts = together(8, lambda number: book(building, key=f"slip {number}"))

    assert sorted(receipt.entry_no for receipt in receipts) == list(range(1, 9))
    assert balance_of(building) == (8, Decimal(100))
    assert check.check(building.database, everything=True) == []


def together(number: int, work: Callable[[int], Receipt]) -> list[Receipt]:
    """The answers of that many threads that begin at once."""
    gate, answers = Barrier(number), []

    def begin(place: int) -> None:
        gate.wait(timeout=20)
        answers.append(work(place))

    threads = [Thread(target=begin, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers
