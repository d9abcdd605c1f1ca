"""Transfers: two entries that name each other, in one transaction, between accounts of one currency and site."""

from dataclasses import replace
from decimal import Decimal

import pytest

from prepaid.errors.access import NotAllowed
from prepaid.errors.ledger import AccountClosed, CurrencyDiffers, TransferToItself
from sql import check
from sql.connection import Database
from sql.tables import accounts
from tests.building import Building
from tests.sql.booked import Desk, desk_of


@pytest.fixture
def desk(database: Database) -> Desk:
    return desk_of(database)


def test_a_transfer_moves_money_and_both_ends_name_each_other(desk: Desk) -> None:
    sent = desk.transfer("30.25", "a")

    [*_, out], [*_, into] = desk.entries(desk.bakery), desk.entries(desk.florist)
    assert (out.amount, into.amount) == (Decimal("-30.25"), Decimal("30.25"))
    assert (out.linked_account_id, out.linked_entry_no) == (into.account_id, into.entry_no)
    assert (into.linked_account_id, into.linked_entry_no) == (out.account_id, out.entry_no)
    assert (sent.linked_account_id, sent.linked_entry_no) == (into.account_id, into.entry_no)
    assert out.posted_at == into.posted_at
    assert check.check(desk.database, everything=True) == []


def test_money_goes_either_way_whatever_the_numbers_of_the_accounts(desk: Desk) -> None:
    desk.transfer("30", "a")

    back = desk.transfer("30", "b", giving=desk.florist, taking=desk.bakery)

    assert (back.account_id, back.amount) == (desk.florist.account_id, Decimal(-30))
    assert (desk.balance(desk.bakery), desk.balance(desk.florist)) == (Decimal(100), Decimal(20))


def test_a_transfer_into_a_debt_repays_it_first(desk: Desk) -> None:
    desk.fee("50", "fee", of=desk.florist)

    desk.transfer("45", "a")

    assert desk.balance(desk.florist) == Decimal(15)


def test_what_does_not_fit_moves_nothing(desk: Desk) -> None:
    tailor = desk.building.tenant("Tailor")
    stranger = Building(desk.database, name="Other house").tenant("Stranger")
    with desk.database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == tailor.account_id).values(currency="USD"))

    with pytest.raises(TransferToItself):
        desk.transfer("1", "a", taking=desk.bakery)
    with pytest.raises(CurrencyDiffers, match="USD"):
        desk.transfer("1", "b", taking=tailor)
    with pytest.raises(NotAllowed):
        desk.transfer("1", "c", taking=stranger)
    desk.building.close(desk.florist)
    with pytest.raises(AccountClosed, match=desk.florist.number):
        desk.transfer("1", "d")

    assert [len(desk.entries(person)) for person in (desk.bakery, desk.florist, tailor)] == [1, 1, 0]


def test_one_key_is_one_transfer(desk: Desk) -> None:
    first = desk.transfer("30", "a")

    assert desk.transfer("30", "a") == replace(first, repeated=True)
    assert desk.balance(desk.florist) == Decimal(50)
