"""The rows that everything else refers to: a site, a tenant, its account and plan, one analyzer."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import AccountKind, BaseCause, EntryKind, Feed, Purpose, Source, Stage, Wiring
from sql.tables import accounts, analyzers, bases, entries, plans, sites, tenants

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallestSite:
    """The ids of the rows."""

    site_id: int
    tenant_id: int
    account_id: int
    plan_id: int
    analyzer_id: int
    base_id: int


def smallest_site(conn: Connection) -> SmallestSite:
    """Inserts the rows; the account has one entry, an opening of 0, for details to hang on."""
    site_id = insert(conn, sites, name="Mall", time_zone="Asia/Baghdad", currency="IQD", language="en", created_at=NOW)
    tenant_id = insert(conn, tenants, site_id=site_id, name="Bakery", language="en", created_at=NOW)
    account_id = insert_account(conn, site_id=site_id, tenant_id=tenant_id, number="A-1")
    plan_id = insert(conn, plans, site_id=site_id, name="Shops", currency="IQD", created_at=NOW)
    analyzer_id = insert(
        conn,
        analyzers,
        site_id=site_id,
        name="M-1",
        purpose=Purpose.TENANT,
        feed=Feed.MODBUS,
        host="127.0.0.1",
        port=502,
        unit_id=1,
        rated_power_w=50_000,
        ct_primary_a=100,
        ct_secondary_a=5,
        wiring=Wiring.HELD_ON_SUPPLY,
        created_at=NOW,
    )
    base_id = insert_base(conn, analyzer_id)
    insert_entry(conn, account_id, 1)
    return SmallestSite(
        site_id=site_id,
        tenant_id=tenant_id,
        account_id=account_id,
        plan_id=plan_id,
        analyzer_id=analyzer_id,
        base_id=base_id,
    )


def insert(conn: Connection, table: sa.Table, **values: Any) -> int:
    """Inserts one row; answers its id."""
    key = conn.execute(table.insert().values(**values)).inserted_primary_key
    assert key is not None, "one row was inserted"
    return int(key[0])


def insert_account(conn: Connection, **values: Any) -> int:
    """An enforced account without emergency credit; `values` over these."""
    plain = {
        "kind": AccountKind.TENANT,
        "currency": "IQD",
        "stage": Stage.ENFORCED,
        "opened_at": NOW,
        "emergency_credit": Decimal(0),
        "restore_threshold": Decimal(0),
    }
    return insert(conn, accounts, **{**plain, **values})


def insert_base(conn: Connection, analyzer_id: int, **values: Any) -> int:
    """An open base of the grid counter at 0 Wh; `values` over these."""
    plain = {
        "analyzer_id": analyzer_id,
        "source": Source.GRID,
        "serial_number": "LQN/1",
        "cause": BaseCause.FIRST,
        "opened_at": NOW,
        "opening_wh": 0,
        "counter_wh": 0,
        "highest_wh": 0,
        "accepted_at": NOW,
        "charged_wh": 0,
        "charged_at": NOW,
    }
    return insert(conn, bases, **{**plain, **values})


def insert_entry(conn: Connection, account_id: int, entry_no: int, amount: Decimal = Decimal(0)) -> None:
    """An entry of the ledger with that amount as its balance."""
    conn.execute(
        entries.insert().values(
            account_id=account_id,
            entry_no=entry_no,
            kind=EntryKind.OPENING,
            amount=amount,
            balance_after=amount,
            posted_at=NOW + timedelta(minutes=entry_no),
            cause="test",
            actor="test",
        )
    )
