"""The rules that live in the database itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import AccountKind, ChargeCause, HoldCause, Role, Source
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress
from prepaid.units import MAX_AMOUNT
from sql.columns import Word
from sql.connection import Database
from sql.tables import (
    account_heads,
    accounts,
    allocations,
    assignments,
    charges,
    entries,
    holds,
    metadata,
    prices,
    supply_changes,
    users,
)
from tests.sql.smallest_site import NOW, SmallestSite, insert, insert_account, insert_base, insert_entry, smallest_site

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """A writing transaction that is rolled back."""
    with database.engine.connect() as opened, opened.begin() as transaction:
        yield opened
        transaction.rollback()


@pytest.fixture
def site(conn: Connection) -> SmallestSite:
    return smallest_site(conn)


def refused(conn: Connection, act: Callable[[], object]) -> None:
    """The database refuses the act; the transaction goes on."""
    with pytest.raises(sa.exc.IntegrityError), conn.begin_nested():
        act()


def charge(site: SmallestSite, **values: Any) -> sa.Insert:
    """A charge of 1000 Wh at 0.15, as entry 1; `values` over these."""
    plain = {
        "account_id": site.account_id,
        "entry_no": 1,
        "analyzer_id": site.analyzer_id,
        "base_id": site.base_id,
        "source": Source.GRID,
        "from_wh": 0,
        "to_wh": 1000,
        "wh": 1000,
        "plan_id": site.plan_id,
        "price_per_kwh": Decimal("0.15"),
        "amount": Decimal("0.15"),
        "period_from": NOW,
        "period_to": LATER,
        "posted_at": LATER,
        "cause": ChargeCause.HOUR,
    }
    return charges.insert().values(**{**plain, **values})


@pytest.mark.parametrize(
    ("wh", "price", "amount"),
    [
        (1000, "0.15", "0.15"),
        (1, "0.0001", "0.0000001"),
        (3, "0.15", "0.00045"),
        (10**9, "899.9999", "899999900"),
        (7, "0", "0"),
    ],
)
def test_a_charge_with_the_exact_amount_is_kept(
    conn: Connection, site: SmallestSite, wh: int, price: str, amount: str
) -> None:
    conn.execute(charge(site, wh=wh, to_wh=wh, price_per_kwh=Decimal(price), amount=Decimal(amount)))

    assert conn.scalar(sa.select(charges.c.amount)) == Decimal(amount)


@pytest.mark.parametrize("amount", ["0.1500001", "0.1499999", "0.16", "0", "-0.15", "150"])
def test_the_database_refuses_a_charge_with_a_wrong_amount(conn: Connection, site: SmallestSite, amount: str) -> None:
    refused(conn, lambda: conn.execute(charge(site, amount=Decimal(amount))))


def test_a_product_beyond_64_bits_is_refused(conn: Connection, site: SmallestSite) -> None:
    huge = charge(site, wh=10**9, to_wh=10**9, price_per_kwh=Decimal("9999999.9999"), amount=MAX_AMOUNT)

    refused(conn, lambda: conn.execute(huge))


def test_a_charge_spans_its_counters(conn: Connection, site: SmallestSite) -> None:
    refused(conn, lambda: conn.execute(charge(site, to_wh=1001)))
    refused(conn, lambda: conn.execute(charge(site, to_wh=0, wh=0, amount=Decimal(0))))
    refused(
        conn,
        lambda: conn.execute(charge(site, to_wh=10**9 + 1, wh=10**9 + 1, price_per_kwh=Decimal(0), amount=Decimal(0))),
    )
    refused(conn, lambda: conn.execute(charge(site, period_from=LATER + timedelta(seconds=1))))


def test_no_counter_range_begins_or_ends_twice(conn: Connection, site: SmallestSite) -> None:
    insert_entry(conn, site.account_id, 2)
    conn.execute(charge(site))

    refused(conn, lambda: conn.execute(charge(site, entry_no=2, to_wh=2000, wh=2000, amount=Decimal("0.3"))))
    refused(conn, lambda: conn.execute(charge(site, entry_no=2, from_wh=500, wh=500, amount=Decimal("0.075"))))
    conn.execute(charge(site, entry_no=2, from_wh=1000, to_wh=2000))


def test_a_charge_hangs_on_an_entry(conn: Connection, site: SmallestSite) -> None:
    refused(conn, lambda: conn.execute(charge(site, entry_no=2)))


def test_an_entry_is_corrected_once(conn: Connection, site: SmallestSite) -> None:
    for number in (2, 3, 4):
        insert_entry(conn, site.account_id, number)
    correcting = entries.update().values(corrects_entry_no=1)

    conn.execute(correcting.where(entries.c.entry_no == 2))

    refused(conn, lambda: conn.execute(correcting.where(entries.c.entry_no == 3)))


def test_entry_numbers_begin_at_one_and_are_unique(conn: Connection, site: SmallestSite) -> None:
    refused(conn, lambda: insert_entry(conn, site.account_id, 1))
    refused(conn, lambda: insert_entry(conn, site.account_id, 0))


def test_no_balance_leaves_its_bounds(conn: Connection, site: SmallestSite) -> None:
    on_sqlite = conn.dialect.name == "sqlite"
    beyond = int(MAX_AMOUNT) * (10**7 if on_sqlite else 1) + 1
    conn.execute(account_heads.insert().values(account_id=site.account_id, entry_no=1, balance=MAX_AMOUNT))

    for column in (account_heads.c.balance, entries.c.amount, entries.c.balance_after):
        for value in (beyond, -beyond):
            unchecked = sa.type_coerce(sa.literal_column(str(value)), column.type)
            refused(conn, partial(conn.execute, sa.update(column.table).values({column: unchecked})))


def test_the_key_of_an_allocation_is_unique_per_caller(conn: Connection, site: SmallestSite) -> None:
    insert_entry(conn, site.account_id, 2)
    insert_entry(conn, site.account_id, 3)
    booked = {"account_id": site.account_id, "amount": Decimal(5), "currency": "IQD"}
    conn.execute(allocations.insert().values(entry_no=1, caller="till", key="7", **booked))

    refused(conn, lambda: conn.execute(allocations.insert().values(entry_no=2, caller="till", key="7", **booked)))
    conn.execute(allocations.insert().values(entry_no=2, caller="bank", key="7", **booked))


def test_an_analyzer_has_one_open_base_per_source(conn: Connection, site: SmallestSite) -> None:
    refused(conn, lambda: insert_base(conn, site.analyzer_id))
    insert_base(conn, site.analyzer_id, source=Source.GENERATOR)
    insert_base(conn, site.analyzer_id, closed_at=NOW)
    insert_base(conn, site.analyzer_id, closed_at=NOW)


def test_counters_of_a_base_stay_in_their_order(conn: Connection, site: SmallestSite) -> None:
    closed = {"closed_at": NOW}

    refused(conn, lambda: insert_base(conn, site.analyzer_id, highest_wh=5, counter_wh=6, **closed))
    refused(conn, lambda: insert_base(conn, site.analyzer_id, highest_wh=5, charged_wh=6, **closed))
    refused(conn, lambda: insert_base(conn, site.analyzer_id, opening_wh=5, highest_wh=9, charged_wh=4, **closed))
    insert_base(conn, site.analyzer_id, opening_wh=5, charged_wh=6, counter_wh=7, highest_wh=9, **closed)


def test_an_analyzer_is_assigned_to_one_account_at_a_time(conn: Connection, site: SmallestSite) -> None:
    def assign(**values: Any) -> int:
        plain = {"analyzer_id": site.analyzer_id, "account_id": site.account_id, "asked_from_at": NOW}
        return insert(conn, assignments, **{**plain, "entered_at": NOW, "entered_by": "admin", **values})

    assign(from_at=NOW)
    assign()

    refused(conn, lambda: assign(from_at=LATER))
    refused(conn, assign)
    refused(conn, lambda: assign(from_at=LATER, until_at=NOW))
    assign(from_at=NOW, until_at=LATER)
    assign(until_at=NOW)


def test_an_analyzer_has_one_open_hold(conn: Connection, site: SmallestSite) -> None:
    def hold(**values: Any) -> int:
        plain = {"analyzer_id": site.analyzer_id, "cause": HoldCause.FELL, "why": "test", "began_at": NOW}
        return insert(conn, holds, **{**plain, **values})

    hold(ended_at=NOW)
    hold()

    refused(conn, hold)
    hold(ended_at=NOW)


def test_an_analyzer_has_one_open_supply_change(conn: Connection, site: SmallestSite) -> None:
    def change(**values: Any) -> int:
        plain = {
            "site_id": site.site_id,
            "analyzer_id": site.analyzer_id,
            "account_id": site.account_id,
            "wanted": Answer.CUT,
            "reason": Reason.OUT_OF_CREDIT,
            "progress": Progress.WANTED,
            "live_balance": Decimal("-0.5"),
            "entry_no": 1,
            "decided_at": NOW,
            "evidence": Evidence.NONE,
        }
        return insert(conn, supply_changes, **{**plain, **values})

    change(ended_at=NOW)
    change()

    refused(conn, change)
    refused(conn, lambda: change(ended_at=NOW, wanted=Answer.KEEP))
    refused(conn, lambda: change(ended_at=NOW, proven_at=NOW))
    change(ended_at=NOW, confirmed_at=NOW, proven_at=NOW)


def test_a_site_has_one_house_account(conn: Connection, site: SmallestSite) -> None:
    insert_account(conn, site_id=site.site_id, number="H", kind=AccountKind.HOUSE)

    refused(conn, lambda: insert_account(conn, site_id=site.site_id, number="H2", kind=AccountKind.HOUSE))


def test_an_account_of_a_tenant_needs_the_tenant(conn: Connection, site: SmallestSite) -> None:
    refused(conn, lambda: insert_account(conn, site_id=site.site_id, number="A-2"))


def test_an_account_is_restored_above_where_it_is_cut(conn: Connection, site: SmallestSite) -> None:
    def account(number: str, **values: Any) -> int:
        return insert_account(conn, site_id=site.site_id, tenant_id=site.tenant_id, number=number, **values)

    refused(conn, lambda: account("B-1", emergency_credit=Decimal(10), restore_threshold=Decimal("-10.0000001")))
    refused(conn, lambda: account("B-2", emergency_credit=Decimal(-1), restore_threshold=Decimal(5)))
    account("B-3", emergency_credit=Decimal(10), restore_threshold=Decimal(-10))


def test_a_price_is_unique_per_instant_until_it_is_withdrawn(conn: Connection, site: SmallestSite) -> None:
    def price(**values: Any) -> int:
        plain = {"plan_id": site.plan_id, "source": Source.GRID, "from_at": LATER, "price_per_kwh": Decimal("0.15")}
        return insert(conn, prices, **{**plain, "entered_at": NOW, "entered_by": "admin", **values})

    first = price()

    refused(conn, price)
    price(source=Source.GENERATOR)
    conn.execute(prices.update().where(prices.c.id == first).values(withdrawn_at=NOW, withdrawn_by="admin"))
    price()
    refused(conn, price)


def test_a_user_who_is_a_tenant_names_the_tenant(conn: Connection, site: SmallestSite) -> None:
    def user(name: str, **values: Any) -> int:
        plain = {"user_name": name, "display_name": name, "language": "en", "password_hash": "x", "created_at": NOW}
        return insert(conn, users, **{**plain, **values})

    refused(conn, lambda: user("mona", role=Role.TENANT))
    user("mona", role=Role.TENANT, tenant_id=site.tenant_id)
    user("omar", role=Role.ADMIN)
    refused(conn, lambda: user("omar", role=Role.CASHIER))


def test_a_word_of_no_list_is_refused_by_the_database_too(conn: Connection, site: SmallestSite) -> None:
    green = sa.type_coerce(sa.literal_column("'green'"), accounts.c.stage.type)

    refused(conn, lambda: conn.execute(accounts.update().values(stage=green)))


def test_every_word_has_its_check() -> None:
    unchecked = [
        f"{name}.{column.name}"
        for name, table in metadata.tables.items()
        for column in table.columns
        if isinstance(column.type, Word) and not has_list(table, column.name)
    ]

    assert unchecked == []


def has_list(table: sa.Table, column: str) -> bool:
    checks = [each for each in table.constraints if isinstance(each, sa.CheckConstraint)]
    return any(str(each.sqltext).startswith(f"{column} IN (") for each in checks)
