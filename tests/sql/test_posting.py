"""Posting: many entries and many instants at once come out as if they had been posted one by one."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.charging import Mark, Part
from prepaid.errors.ledger import AccountClosed
from prepaid.errors.numbers import AmountInvalid
from prepaid.records import AccountKind, ChargeCause, EntryKind, Source, Stage
from sql.accounts import NewAccount, open_account
from sql.connection import Database
from sql.hot import Bulk
from sql.ledger import AllocationDetail, ChargeDetail, Posting, charge_posting, post, post_in_order
from sql.tables import account_heads, accounts, allocations, charges, entries
from tests.sql.smallest_site import NOW, SmallestSite, smallest_site

HOUR = timedelta(hours=1)
PRICE = Decimal("150.1234")


def test_batches_of_several_instants_come_out_as_if_posted_one_by_one(database: Database) -> None:
    with database.writing() as conn:
        site = smallest_site(conn)
        first, second = _open(conn, site, "A-2"), _open(conn, site, "A-3")
        batches = [
            (NOW + HOUR, [_recharge(first, "1000.5"), _charge(site, second, 0, 7)]),
            (NOW + 2 * HOUR, [_charge(site, first, 7, 1234), _recharge(second, "3")]),
        ]

        together = post_in_order(conn, batches)
        rows = _rows(conn, [first, second])

    with database.writing() as conn:
        for table in (charges, allocations, entries, account_heads):
            conn.execute(table.delete().where(table.c.account_id.in_([first, second])))
        for account_id in (first, second):
            conn.execute(account_heads.insert().values(account_id=account_id, entry_no=0, balance=Decimal(0)))
        one_by_one = [posted for posted_at, postings in batches for posted in post(conn, postings, posted_at)]

        assert together == one_by_one
        assert rows == _rows(conn, [first, second])
        assert [row.posted_at for row in rows[0]] == [NOW + HOUR, NOW + 2 * HOUR] * 2


def test_entries_are_numbered_and_the_head_is_the_last_of_them(database: Database) -> None:
    with database.writing() as conn:
        site = smallest_site(conn)
        account_id = _open(conn, site, "A-2")

        posted = post(conn, [_recharge(account_id, "10"), _charge(site, account_id, 0, 1)], NOW + HOUR)

        head = conn.execute(sa.select(account_heads).where(account_heads.c.account_id == account_id)).one()
        assert [each.entry_no for each in posted] == [1, 2]
        assert [each.balance_after for each in posted] == [Decimal(10), Decimal("9.8498766")]
        assert (head.entry_no, head.balance, head.posted_at) == (2, Decimal("9.8498766"), NOW + HOUR)


def test_a_charge_keeps_what_it_was_for_to_the_last_digit(database: Database) -> None:
    with database.writing() as conn:
        site = smallest_site(conn)
        account_id = _open(conn, site, "A-2")

        post(conn, [_charge(site, account_id, 5, 1_000_000)], NOW + HOUR)

        row = conn.execute(sa.select(charges).where(charges.c.account_id == account_id)).one()
        assert (row.from_wh, row.to_wh, row.wh) == (5, 1_000_005, 1_000_000)
        assert (row.price_per_kwh, row.amount) == (PRICE, Decimal("150123.4"))
        assert (row.source, row.cause, row.spread) == (Source.GRID, ChargeCause.HOUR, False)
        assert (row.period_from, row.period_to, row.posted_at) == (NOW, NOW + HOUR, NOW + HOUR)


def test_nothing_to_post_changes_nothing(database: Database) -> None:
    with database.writing() as conn:
        assert post(conn, [], NOW) == []


def test_a_closed_account_refuses_the_whole_batch(database: Database) -> None:
    with database.writing() as conn:
        site = smallest_site(conn)
        account_id = _open(conn, site, "A-2")
        conn.execute(accounts.update().where(accounts.c.id == account_id).values(stage=Stage.CLOSED))

        with pytest.raises(AccountClosed):
            post(conn, [_recharge(account_id, "10")], NOW)

        assert not _rows(conn, [account_id])[0]


def test_rows_in_bulk_pass_the_checks_of_their_columns(database: Database) -> None:
    bulk = Bulk(entries, [column.name for column in entries.columns])
    with database.writing() as conn:
        site = smallest_site(conn)

        with pytest.raises(AmountInvalid):
            bulk.write(conn, [_entry_row(site, 2, amount=Decimal("0.00000001"))])
        with pytest.raises(AmountInvalid):
            bulk.write(conn, [_entry_row(site, 2, amount=1.5)])
        with pytest.raises(TypeError, match="no zone"):
            bulk.write(conn, [_entry_row(site, 2, posted_at=NOW.replace(tzinfo=None))])
        with pytest.raises(ValueError, match="party"):
            bulk.write(conn, [_entry_row(site, 2, kind="party")])

        assert conn.scalar(sa.select(sa.func.count()).select_from(entries)) == 1


def _entry_row(site: SmallestSite, entry_no: int, **values: Any) -> tuple[Any, ...]:
    row: dict[str, Any] = dict.fromkeys(column.name for column in entries.columns)
    row |= {
        "account_id": site.account_id,
        "entry_no": entry_no,
        "kind": EntryKind.OPENING,
        "amount": Decimal(1),
        "balance_after": Decimal(1),
        "posted_at": NOW,
        "cause": "test",
        "actor": "test",
    }
    return tuple({**row, **values}.values())


def _open(conn: Connection, site: SmallestSite, number: str) -> int:
    wanted = NewAccount(
        site_id=site.site_id,
        number=number,
        kind=AccountKind.TENANT,
        tenant_id=site.tenant_id,
        currency="IQD",
        plan_id=site.plan_id,
        stage=Stage.ENFORCED,
    )
    return open_account(conn, wanted, "test", NOW)


def _recharge(account_id: int, amount: str) -> Posting:
    detail = AllocationDetail(caller="test", key=f"{account_id} {amount}", currency="IQD")
    return Posting(
        account_id=account_id,
        kind=EntryKind.ALLOCATION,
        amount=Decimal(amount),
        cause="recharge",
        actor="test",
        allocation=detail,
    )


def _charge(site: SmallestSite, account_id: int, from_wh: int, wh: int) -> Posting:
    part = Part(Mark(NOW, from_wh), Mark(NOW + HOUR, from_wh + wh), ChargeCause.HOUR, spread=False)
    detail = ChargeDetail(
        analyzer_id=site.analyzer_id,
        base_id=site.base_id,
        source=Source.GRID,
        part=part,
        plan_id=site.plan_id,
        price_per_kwh=PRICE,
    )
    return charge_posting(account_id, detail, "test")


def _rows(conn: Connection, account_ids: Sequence[int]) -> list[list[Any]]:
    tables = (entries, charges, allocations, account_heads)
    return [
        list(
            conn.execute(
                sa.select(table)
                .where(table.c.account_id.in_(account_ids))
                .order_by(table.c.account_id, table.c.entry_no)
            )
        )
        for table in tables
    ]
