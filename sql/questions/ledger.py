"""The ledger as people read it: an account's entries, newest first, each with what it was for; and sums of a span."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.records import EntryKind, Source
from prepaid.units import ZERO, add, negative
from sql.questions.entry_rows import AllocationFacts, ChargeFacts, EntryRow, entry_of, entry_question
from sql.questions.owners import Owner, permit_account
from sql.questions.site_recharges import NOT_CHARGED
from sql.tables import charges, entries

__all__ = [
    "AllocationFacts",
    "ChargeFacts",
    "Charged",
    "EntriesPage",
    "EntryRow",
    "Owner",
    "Totals",
    "entries_page",
    "entry",
    "permit_account",
    "totals",
]

MOST_ENTRIES = 500
"""In one page. A year of hours of two sources is some 17 000 entries: whoever wants them all asks page by page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesPage:
    """Entries, newest first. `before_entry_no` asks for the page behind this one; None: this was the last."""

    entries: tuple[EntryRow, ...]
    before_entry_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What was charged for one source: a positive amount."""

    wh: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over the entries posted in a span: `opening` balance + all `amounts` = `closing` balance.

    `amounts` are signed and hold only kinds that occurred; `charged` are the charges among them, by source.
    """

    opening: Decimal
    closing: Decimal
    number: int
    amounts: dict[EntryKind, Decimal]
    charged: dict[Source, Charged]


def entries_page(
    conn: Connection,
    viewer: Viewer,
    account_id: int,
    before_entry_no: int | None = None,
    most: int = 50,
    kinds: Collection[EntryKind] = (),
    *,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> EntriesPage:
    """At most `most` entries below `before_entry_no` (None: from the newest), of these kinds (none named: all),
    posted in [from_at, until_at)."""
    permit_account(conn, viewer, account_id)
    wanted = max(1, min(most, MOST_ENTRIES))
    question = entry_question(account_id).order_by(entries.c.entry_no.desc()).limit(wanted + 1)
    if before_entry_no is not None:
        question = question.where(entries.c.entry_no < before_entry_no)
    if kinds:
        question = question.where(entries.c.kind.in_(sorted(set(kinds))))
        if EntryKind.CHARGE not in kinds:
            question = question.where(NOT_CHARGED)
    question = question.where(*_posted_in(from_at, until_at))
    rows = conn.execute(question).mappings().all()
    found = tuple(entry_of(row, viewer) for row in rows[:wanted])
    return EntriesPage(entries=found, before_entry_no=found[-1].entry_no if len(rows) > wanted else None)


def entry(conn: Connection, viewer: Viewer, account_id: int, entry_no: int) -> EntryRow:
    """One entry by its number. Raises NotFound."""
    permit_account(conn, viewer, account_id)
    row = conn.execute(entry_question(account_id).where(entries.c.entry_no == entry_no)).mappings().one_or_none()
    if row is None:
        raise NotFound(what=_("entry"), name=entry_no)
    return entry_of(row, viewer)


def totals(conn: Connection, viewer: Viewer, account_id: int, from_at: datetime, until_at: datetime) -> Totals:
    """Sums over what was posted to the account in [from_at, until_at).

    The span is cut by entry numbers: two processes post, and their instants may differ by a moment from the order.
    """
    permit_account(conn, viewer, account_id)
    first, behind = conn.execute(
        sa.select(_first_posted(account_id, from_at), _first_posted(account_id, until_at))
    ).one()
    amounts: dict[EntryKind, Decimal] = {}
    charged: dict[Source, Charged] = {}
    number = 0
    if first is not None:
        for row in conn.execute(_sums_question(account_id, first, behind)):
            number += row.number
            amounts[row.kind] = add(amounts.get(row.kind, ZERO), row.amount)
            if row.source is not None:
                charged[row.source] = Charged(wh=row.wh, amount=negative(row.amount))
    opening = _balance_below(conn, account_id, first)
    closing = add(opening, *amounts.values())
    return Totals(opening=opening, closing=closing, number=number, amounts=amounts, charged=charged)


def _first_posted(account_id: int, instant: datetime) -> sa.ScalarSelect[Any]:
    """The first entry posted at the instant or later."""
    return (
        sa.select(sa.func.min(entries.c.entry_no))
        .where(entries.c.account_id == account_id, entries.c.posted_at >= instant)
        .scalar_subquery()
    )


def _sums_question(account_id: int, first: int, behind: int | None) -> sa.Select[Any]:
    same_charge = sa.and_(charges.c.account_id == entries.c.account_id, charges.c.entry_no == entries.c.entry_no)
    question = (
        sa.select(
            entries.c.kind,
            charges.c.source,
            sa.func.count().label("number"),
            sa.func.sum(entries.c.amount).label("amount"),
            sa.func.sum(charges.c.wh).label("wh"),
        )
        .outerjoin(charges, same_charge)
        .where(entries.c.account_id == account_id, entries.c.entry_no >= first)
        .group_by(entries.c.kind, charges.c.source)
    )
    return question if behind is None else question.where(entries.c.entry_no < behind)


def _balance_below(conn: Connection, account_id: int, entry_no: int | None) -> Decimal:
    """The balance behind the last entry below this number; None: behind the last of all."""
    question = sa.select(entries.c.balance_after).where(entries.c.account_id == account_id)
    if entry_no is not None:
        question = question.where(entries.c.entry_no < entry_no)
    found: Decimal | None = conn.scalar(question.order_by(entries.c.entry_no.desc()).limit(1))
    return ZERO if found is None else found


def _posted_in(from_at: datetime | None, until_at: datetime | None) -> list[sa.ColumnElement[bool]]:
    found = []
    if from_at is not None:
        found.append(entries.c.posted_at >= from_at)
    if until_at is not None:
        found.append(entries.c.posted_at < until_at)
    return found
