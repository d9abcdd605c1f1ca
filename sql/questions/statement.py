"""The statement of an account: counters, consumption by price, and every other entry, summed by the database."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.records import EntryKind
from prepaid.statements import CounterLine, MoneyLine, Statement, UsedLine
from sql.questions.owners import permit_account
from sql.tables import account_heads, accounts, analyzers, charges, entries, sites, tenants

COUNTERS_AT_MOST = 2000
PRICES_AT_MOST = 2000


def statement(conn: Connection, viewer: Viewer, account_id: int, at: datetime) -> Statement:
    """The account over its whole life, for whoever may see it. Raises NotAllowed, NotFound.

    The sums stop at the last entry of the head that was read first, so they fit together while others post.
    """
    permit_account(conn, viewer, account_id)
    head = conn.execute(_head_question(account_id)).one()
    return Statement(
        site_name=head.site_name,
        zone_name=head.time_zone,
        tenant_name=head.tenant_name or "",
        unit=head.unit,
        number=head.number,
        currency=head.currency,
        opened_at=head.opened_at,
        closed_at=head.closed_at,
        at=at,
        counters=_counters(conn, account_id, head.entry_no),
        used=_used(conn, account_id, head.entry_no),
        money=_money(conn, account_id, head.entry_no),
        balance=head.balance,
    )


def _head_question(account_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            accounts.c.number,
            accounts.c.currency,
            accounts.c.opened_at,
            accounts.c.closed_at,
            account_heads.c.entry_no,
            account_heads.c.balance,
            sites.c.name.label("site_name"),
            sites.c.time_zone,
            tenants.c.name.label("tenant_name"),
            tenants.c.unit,
        )
        .join(account_heads, account_heads.c.account_id == accounts.c.id)
        .join(sites, sites.c.id == accounts.c.site_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(accounts.c.id == account_id)
    )


def _counters(conn: Connection, account_id: int, last_no: int) -> tuple[CounterLine, ...]:
    """A line for each base: where a counter began anew, two lines say so."""
    question = (
        sa.select(
            analyzers.c.name.label("analyzer"),
            charges.c.source,
            sa.func.min(charges.c.period_from).label("from_at"),
            sa.func.max(charges.c.period_to).label("to_at"),
            sa.func.min(charges.c.from_wh).label("from_wh"),
            sa.func.max(charges.c.to_wh).label("to_wh"),
            sa.func.sum(charges.c.wh).label("wh"),
        )
        .join(analyzers, analyzers.c.id == charges.c.analyzer_id)
        .where(charges.c.account_id == account_id, charges.c.entry_no <= last_no)
        .group_by(analyzers.c.name, charges.c.base_id, charges.c.source)
        .order_by(analyzers.c.name, charges.c.source, charges.c.base_id)
        .limit(COUNTERS_AT_MOST)
    )
    return tuple(CounterLine(**{**row, "wh": int(row["wh"])}) for row in conn.execute(question).mappings())


def _used(conn: Connection, account_id: int, last_no: int) -> tuple[UsedLine, ...]:
    question = (
        sa.select(
            charges.c.source,
            charges.c.price_per_kwh,
            sa.func.sum(charges.c.wh).label("wh"),
            sa.func.sum(charges.c.amount).label("amount"),
        )
        .where(charges.c.account_id == account_id, charges.c.entry_no <= last_no)
        .group_by(charges.c.source, charges.c.price_per_kwh)
        .order_by(charges.c.source.desc(), charges.c.price_per_kwh)
        .limit(PRICES_AT_MOST)
    )
    return tuple(UsedLine(**{**row, "wh": int(row["wh"])}) for row in conn.execute(question).mappings())


def _money(conn: Connection, account_id: int, last_no: int) -> tuple[MoneyLine, ...]:
    question = (
        sa.select(entries.c.kind, sa.func.count().label("number"), sa.func.sum(entries.c.amount).label("amount"))
        .where(
            entries.c.account_id == account_id,
            entries.c.entry_no <= last_no,
            entries.c.kind != EntryKind.CHARGE,
        )
        .group_by(entries.c.kind)
    )
    found = {row.kind: MoneyLine(kind=row.kind, number=row.number, amount=row.amount) for row in conn.execute(question)}
    return tuple(found[kind] for kind in EntryKind if kind in found)
