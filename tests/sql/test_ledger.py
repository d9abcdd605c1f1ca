"""The ledger: whatever is posted, numbers have no gaps, balances are exact, and nothing is posted by halves."""

from datetime import timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from prepaid.errors.ledger import AccountClosed
from prepaid.errors.numbers import AmountInvalid
from prepaid.records import EntryKind
from prepaid.units import MAX_AMOUNT
from sql import check
from sql.connection import Database
from sql.ledger import Posting, lock_heads, post
from sql.tables import account_heads, charges, entries, hours, sites
from tests.building import BY, MORNING, Building, Person

SOME = st.lists(
    st.tuples(st.integers(0, 2), st.decimals(min_value=-(10**9), max_value=10**9, places=7)), min_size=1, max_size=30
)
A_FEW_EXAMPLES = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def entry(person: Person, amount: str | Decimal, kind: EntryKind = EntryKind.OPENING) -> Posting:
    return Posting(account_id=person.account_id, kind=kind, amount=Decimal(amount), cause="test", actor=BY)


@given(some=SOME, batches=st.integers(1, 4))
@A_FEW_EXAMPLES
def test_any_entries_in_any_batches_are_numbered_and_summed_exactly(
    database: Database, some: list[tuple[int, Decimal]], batches: int
) -> None:
    building = Building(database, name=f"Site {_sites(database)}")
    people = [building.tenant(name) for name in ("Bakery", "Florist", "Tailor")]
    size = -(-len(some) // batches)

    for begin in range(0, len(some), size):
        with database.writing() as conn:
            post(conn, [entry(people[number], amount) for number, amount in some[begin : begin + size]], MORNING)

    for number, person in enumerate(people):
        amounts = [amount for of, amount in some if of == number]
        question = sa.select(entries).where(entries.c.account_id == person.account_id).order_by(entries.c.entry_no)
        with database.reading() as conn:
            rows = conn.execute(question).all()
        assert [row.entry_no for row in rows] == list(range(1, len(amounts) + 1))
        assert [row.amount for row in rows] == amounts
        assert [row.balance_after for row in rows] == list(accumulate(amounts))
    assert check.check(database, everything=True) == []


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="10")

    with pytest.raises(ZeroDivisionError), database.writing() as conn:
        post(conn, [entry(bakery, "5")], MORNING)
        raise ZeroDivisionError
    posted = building.post(bakery, EntryKind.CORRECTION, "1")

    assert (posted.entry_no, posted.balance_after) == (2, Decimal(11))


def test_a_balance_beyond_the_limit_is_refused_with_everything_beside_it(database: Database) -> None:
    building = Building(database)
    bakery, florist = building.tenant("Bakery", opening=str(MAX_AMOUNT)), building.tenant("Florist")

    with pytest.raises(AmountInvalid), database.writing() as conn:
        post(conn, [entry(florist, "1"), entry(bakery, "0.0000001")], MORNING)

    assert _heads(database, bakery) == (1, MAX_AMOUNT)
    assert _heads(database, florist) == (0, Decimal(0))


def test_charges_reach_a_closed_account_but_nothing_else_does(database: Database) -> None:
    """What was used was used; and no account may stop the charges of a whole site."""
    building = Building(database)
    bakery = building.tenant("Bakery")
    bases = building.begin(building.analyzer("Oven", bakery))
    building.close(bakery)

    with pytest.raises(AccountClosed, match=bakery.number):
        building.post(bakery, EntryKind.FEE, "-1")
    charged = building.charge(bakery, bases.grid_id, 1000, MORNING + timedelta(minutes=1))

    assert (charged.entry_no, charged.balance_after) == (1, Decimal("-0.15"))


def test_a_counter_range_can_never_be_charged_twice(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    bases = building.begin(building.analyzer("Oven", bakery))
    building.charge(bakery, bases.grid_id, 1000, MORNING + timedelta(minutes=1))
    with database.reading() as conn:
        row = dict(conn.execute(sa.select(charges)).mappings().one())

    with pytest.raises(IntegrityError, match="Charges"), database.writing() as conn:
        post(conn, [entry(bakery, "-0.15", EntryKind.CHARGE)], MORNING)
        conn.execute(charges.insert().values({**row, "entry_no": 2}))

    assert _heads(database, bakery) == (1, Decimal("-0.15"))


def test_several_charges_of_an_hour_add_up_to_its_row(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    bases = building.begin(building.analyzer("Oven", bakery))

    building.charge(bakery, bases.grid_id, 1000, MORNING + timedelta(minutes=5))
    building.charge(bakery, bases.generator_id, 10, MORNING + timedelta(minutes=6))
    building.charge(bakery, bases.grid_id, 500, MORNING + timedelta(minutes=50))
    building.charge(bakery, bases.grid_id, 7, MORNING + timedelta(minutes=59))

    with database.reading() as conn:
        rows = conn.execute(sa.select(hours).order_by(hours.c.hour_at)).all()
    assert [(row.hour_at, row.grid_wh, row.generator_wh) for row in rows] == [(MORNING, 1507, 10)]
    assert (rows[0].grid_amount, rows[0].generator_amount) == (Decimal("0.22605"), Decimal("0.004"))


def test_only_locked_heads_are_posted_to_and_each_account_has_one(database: Database) -> None:
    building = Building(database)
    people = [building.tenant(f"Shop {number}", opening=str(number)) for number in range(1, 4)]

    with database.writing() as conn:
        heads = lock_heads(conn, [person.account_id for person in people], ())

    assert heads == {person.account_id: (1, Decimal(number)) for number, person in enumerate(people, start=1)}


def _heads(database: Database, person: Person) -> tuple[int, Decimal]:
    with database.reading() as conn:
        row = conn.execute(sa.select(account_heads).where(account_heads.c.account_id == person.account_id)).one()
    return row.entry_no, row.balance


def _sites(database: Database) -> int:
    with database.reading() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(sites)) or 0)
