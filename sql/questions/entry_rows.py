"""One row of the ledger with all that it was for, as people read it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.records import ChargeCause, EntryKind, Role, Source
from sql.tables import accounts, allocations, analyzers, charges, entries, users


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFacts:
    """What a charge was for: which counter moved from where to where, when, and what a kWh cost.

    `spread`: the analyzer was silent in this time, so the hours in between are known only as a whole.
    """

    analyzer_id: int
    analyzer: str
    source: Source
    from_wh: int
    to_wh: int
    wh: int
    price_per_kwh: Decimal
    period_from: datetime
    period_to: datetime
    cause: ChargeCause
    spread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFacts:
    """How credit came in: what was handed over, in which money and how, who took it, and the second person who
    confirmed it (people are not told to tenants)."""

    currency: str
    paid_amount: Decimal | None
    paid_currency: str | None
    paid_by: str | None
    reference: str | None
    seller: str | None
    second: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry of the ledger. `actor` is not told to tenants; `linked_number` is the other account of a transfer."""

    account_id: int
    entry_no: int
    kind: EntryKind
    amount: Decimal
    balance_after: Decimal
    posted_at: datetime
    cause: str
    actor: str | None
    note: str | None
    corrects_entry_no: int | None
    linked_number: str | None
    linked_entry_no: int | None
    charge: ChargeFacts | None
    allocation: AllocationFacts | None


def entry_question(account_id: int) -> sa.Select[Any]:
    linked, second = accounts.alias("linked"), users.alias("second")
    same_charge = sa.and_(charges.c.account_id == entries.c.account_id, charges.c.entry_no == entries.c.entry_no)
    same_allocation = sa.and_(
        allocations.c.account_id == entries.c.account_id, allocations.c.entry_no == entries.c.entry_no
    )
    return (
        sa.select(
            entries.c.account_id,
            entries.c.entry_no,
            entries.c.kind,
            entries.c.amount,
            entries.c.balance_after,
            entries.c.posted_at,
            entries.c.cause,
            entries.c.actor,
            entries.c.note,
            entries.c.corrects_entry_no,
            entries.c.linked_entry_no,
            linked.c.number.label("linked_number"),
            charges.c.analyzer_id,
            analyzers.c.name.label("analyzer"),
            charges.c.source,
            charges.c.from_wh,
            charges.c.to_wh,
            charges.c.wh,
            charges.c.price_per_kwh,
            charges.c.period_from,
            charges.c.period_to,
            charges.c.cause.label("charge_cause"),
            charges.c.spread,
            allocations.c.currency,
            allocations.c.paid_amount,
            allocations.c.paid_currency,
            allocations.c.paid_by,
            allocations.c.reference,
            users.c.display_name.label("seller"),
            second.c.display_name.label("second"),
        )
        .outerjoin(linked, linked.c.id == entries.c.linked_account_id)
        .outerjoin(charges, same_charge)
        .outerjoin(analyzers, analyzers.c.id == charges.c.analyzer_id)
        .outerjoin(allocations, same_allocation)
        .outerjoin(users, users.c.id == allocations.c.user_id)
        .outerjoin(second, second.c.id == allocations.c.second_user_id)
        .where(entries.c.account_id == account_id)
    )


def entry_of(row: sa.RowMapping, viewer: Viewer) -> EntryRow:
    to_tenant = viewer.role is Role.TENANT
    return EntryRow(
        account_id=row["account_id"],
        entry_no=row["entry_no"],
        kind=row["kind"],
        amount=row["amount"],
        balance_after=row["balance_after"],
        posted_at=row["posted_at"],
        cause=row["cause"],
        actor=None if to_tenant else row["actor"],
        note=row["note"],
        corrects_entry_no=row["corrects_entry_no"],
        linked_number=None if to_tenant else row["linked_number"],
        linked_entry_no=None if to_tenant else row["linked_entry_no"],
        charge=None if row["source"] is None else _charge(row),
        allocation=None if row["currency"] is None else _allocation(row, to_tenant=to_tenant),
    )


def _charge(row: sa.RowMapping) -> ChargeFacts:
    return ChargeFacts(
        analyzer_id=row["analyzer_id"],
        analyzer=row["analyzer"],
        source=row["source"],
        from_wh=row["from_wh"],
        to_wh=row["to_wh"],
        wh=row["wh"],
        price_per_kwh=row["price_per_kwh"],
        period_from=row["period_from"],
        period_to=row["period_to"],
        cause=row["charge_cause"],
        spread=row["spread"],
    )


def _allocation(row: sa.RowMapping, *, to_tenant: bool) -> AllocationFacts:
    return AllocationFacts(
        currency=row["currency"],
        paid_amount=row["paid_amount"],
        paid_currency=row["paid_currency"],
        paid_by=row["paid_by"],
        reference=row["reference"],
        seller=None if to_tenant else row["seller"],
        second=None if to_tenant else row["second"],
    )
