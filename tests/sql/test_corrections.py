"""Corrections and reversals: they name the entry they undo, once, and never undo more than it did."""

from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.errors.access import NotFound
from prepaid.errors.ledger import CorrectedAlready, CorrectionTooLarge, NotCorrectable, NotReversible
from prepaid.records import EntryKind
from sql import check
from sql.connection import Database
from tests.building import MORNING
from tests.sql.booked import Desk, desk_of


@pytest.fixture
def desk(database: Database) -> Desk:
    return desk_of(database)


def test_a_correction_goes_the_other_way_and_names_the_entry(desk: Desk) -> None:
    fee = desk.fee("8", "fee")

    back = desk.correct(fee.entry_no, "3.5", "a")
    taken = desk.correct(1, "40", "b")

    assert (back.kind, back.amount, back.balance_after) == (EntryKind.CORRECTION, Decimal("3.5"), Decimal("95.5"))
    assert (taken.amount, taken.balance_after) == (Decimal(-40), Decimal("55.5"))
    assert [row.corrects_entry_no for row in desk.entries(desk.bakery)] == [None, None, fee.entry_no, 1]
    assert check.check(desk.database, everything=True) == []


def test_a_charge_is_corrected_and_its_counter_range_stays_charged(desk: Desk) -> None:
    bases = desk.building.begin(desk.building.analyzer("Oven", desk.bakery))
    charged = desk.building.charge(desk.bakery, bases.grid_id, 1000, MORNING + timedelta(minutes=1))

    desk.correct(charged.entry_no, "0.15", "a")

    assert desk.balance(desk.bakery) == Decimal(100)
    assert check.check(desk.database, everything=True) == []


def test_an_entry_is_corrected_once_and_a_wrong_correction_by_another_one(desk: Desk) -> None:
    fee = desk.fee("8", "fee")
    first = desk.correct(fee.entry_no, "3", "a")

    with pytest.raises(CorrectedAlready, match=str(first.entry_no)):
        desk.correct(fee.entry_no, "1", "b")
    desk.correct(first.entry_no, "3", "c")

    assert desk.balance(desk.bakery) == Decimal(92)


def test_a_correction_is_at_most_for_the_amount_of_the_entry(desk: Desk) -> None:
    fee = desk.fee("8", "fee")

    with pytest.raises(CorrectionTooLarge, match="at most 8"):
        desk.correct(fee.entry_no, "8.0000001", "a")
    desk.correct(fee.entry_no, "8", "b")

    assert desk.balance(desk.bakery) == Decimal(100)


def test_a_reversal_takes_all_of_a_recharge_and_may_leave_a_debt(desk: Desk) -> None:
    desk.building.recharge(desk.bakery, "50", "r")
    desk.fee("120", "fee")

    reversal = desk.reverse(2, "a")

    assert (reversal.kind, reversal.amount, reversal.balance_after) == (
        EntryKind.REVERSAL,
        Decimal(-50),
        Decimal(-20),
    )
    with pytest.raises(CorrectedAlready):
        desk.reverse(2, "b")
    with pytest.raises(CorrectedAlready):
        desk.correct(2, "1", "c")
    assert check.check(desk.database, everything=True) == []


def test_only_recharges_are_reversed_and_transfers_are_sent_back(desk: Desk) -> None:
    sent = desk.transfer("5", "t")

    with pytest.raises(NotReversible):
        desk.reverse(1, "a")
    with pytest.raises(NotCorrectable):
        desk.correct(sent.entry_no, "5", "b")


@pytest.mark.parametrize("entry_no", [0, 7])
def test_an_entry_that_is_not_there_is_told(desk: Desk, entry_no: int) -> None:
    with pytest.raises(NotFound, match=str(entry_no)):
        desk.correct(entry_no, "1", "a")
    with pytest.raises(NotFound, match=str(entry_no)):
        desk.reverse(entry_no, "b")
