"""Whatever is done in whatever order: balance = sum of entries = last `balance_after`, and no money appears."""

from decimal import Decimal

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prepaid.errors.base import PrepaidError
from prepaid.records import EntryKind
from sql import check
from sql.closings import Closing, close_account
from sql.connection import Database
from sql.tables import sites
from tests.building import Person
from tests.sql.booked import Desk, desk_of

A_FEW = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
AMOUNTS = st.decimals(min_value=0, max_value=200, places=7)
ENTRY_NUMBERS = st.integers(0, 9)
KEYS = st.sampled_from("abcdefgh")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["recharge", "fee", "correct", "reverse", "transfer", "charge", "close"]),
        st.booleans(),
        AMOUNTS,
        ENTRY_NUMBERS,
        KEYS,
    ),
    max_size=25,
)


class Act:
    """Does one act after the other on the desk; what is refused changes nothing."""

    def __init__(self, desk: Desk, base_ids: dict[int, int]) -> None:
        self.desk = desk
        self.base_ids = base_ids

    def do(self, act: str, person: Person, amount: Decimal, entry_no: int, key: str) -> None:
        desk, other = self.desk, self.desk.florist if person == self.desk.bakery else self.desk.bakery
        if act == "recharge":
            desk.building.recharge(person, str(amount), key)
        elif act == "fee":
            desk.fee(str(amount), key, of=person)
        elif act == "correct":
            desk.correct(entry_no, str(amount), key, of=person)
        elif act == "reverse":
            desk.reverse(entry_no, key, of=person)
        elif act == "transfer":
            desk.transfer(str(amount), key, giving=person, taking=other)
        elif act == "charge":
            desk.building.charge(person, self.base_ids[person.account_id], 1 + entry_no)
        else:
            balance = desk.balance(person)
            wanted = Closing(account_id=person.account_id, balance=balance, paid_by="cash", reason="left", key=key)
            close_account(desk.database, desk.admin, wanted)


@given(acts=ACTS)
@A_FEW
def test_any_acts_in_any_order_leave_books_that_are_right(
    database: Database, acts: list[tuple[str, bool, Decimal, int, str]]
) -> None:
    """Keys repeat, entries are corrected twice or were never there, accounts are closed on the way."""
    with database.reading() as conn:
        number = conn.scalar(sa.select(sa.func.count()).select_from(sites))
    desk = desk_of(database, f"House {number}")
    base_ids = {
        person.account_id: desk.building.begin(desk.building.analyzer(f"M{person.account_id}")).grid_id
        for person in (desk.bakery, desk.florist)
    }
    doing = Act(desk, base_ids)

    for act, of_bakery, amount, entry_no, key in acts:
        before = desk.entries(desk.bakery), desk.entries(desk.florist)
        try:
            doing.do(act, desk.bakery if of_bakery else desk.florist, amount, entry_no, key)
        except PrepaidError:
            assert (desk.entries(desk.bakery), desk.entries(desk.florist)) == before

    for person in (desk.bakery, desk.florist):
        rows = desk.entries(person)
        assert desk.balance(person) == sum((row.amount for row in rows), Decimal(0)) == rows[-1].balance_after
        assert [row.entry_no for row in rows] == list(range(1, len(rows) + 1))
    moved = [
        row.amount
        for person in (desk.bakery, desk.florist)
        for row in desk.entries(person)
        if row.kind is EntryKind.TRANSFER
    ]
    assert sum(moved, Decimal(0)) == 0
    assert check.check(database, everything=True) == []
