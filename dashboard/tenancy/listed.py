"""Which tenants a list shows, in which order, and its table: pure functions from rows to rows."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import pandas as pd

from documents.analyzer_texts import SUPPLIED
from documents.formats import Formats
from documents.reasons import reason_words
from prepaid.language import _, later
from prepaid.standing import Supplied
from prepaid.tenancy import STAGE_NAMES
from prepaid.units import ZERO, to_text
from sql.questions.tenants import TenantRow

NEVER = float("inf")


class Order(StrEnum):
    """What a list is sorted by."""

    NAME = "name"
    DAYS = "days"
    BALANCE = "balance"
    USE = "use"


ORDERS = {
    Order.NAME: later("By name"),
    Order.DAYS: later("Runs out first"),
    Order.BALANCE: later("Lowest balance"),
    Order.USE: later("Highest use"),
}
_SORTED: dict[Order, Callable[[TenantRow], Any]] = {
    Order.NAME: lambda row: row.name.casefold(),
    Order.DAYS: lambda row: (NEVER if row.days_left is None else row.days_left, row.live),
    Order.BALANCE: lambda row: row.live,
    Order.USE: lambda row: -sum(row.week_wh),
}


class Filter(NamedTuple):
    """What is looked for; what is empty lets everything through. `within_days`: the credit ends no later."""

    text: str = ""
    supplied: Sequence[Supplied] = ()
    within_days: int | None = None
    order: Order = Order.NAME

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.supplied or self.within_days is not None)


class Columns:
    """The names of the table's columns, in their order: a phone shows the first three."""

    NAME = later("Tenant")
    SUPPLY = later("Supply")
    BALANCE = later("Balance")
    DAYS = later("Days left")
    ENDS = later("Credit ends")
    UNIT = later("Unit")
    WEEK = later("Last 7 days, kWh")
    RECHARGE = later("Last recharge")
    RECHARGED = later("Recharged on")
    ANALYZERS = later("Analyzers")
    STAGE = later("Stage")
    WHY = later("Why")
    ACCOUNT = later("Account")


def matching(rows: Sequence[TenantRow], wanted: Filter) -> list[TenantRow]:
    """The rows that fit the filter, in its order; every word of the text must occur somewhere in the row."""
    words = wanted.text.casefold().split()
    found = [
        row
        for row in rows
        if (not wanted.supplied or row.supplied in wanted.supplied)
        and (wanted.within_days is None or (row.days_left is not None and row.days_left <= wanted.within_days))
        and all(word in _searched(row) for word in words)
    ]
    return sorted(found, key=_SORTED[wanted.order])


def table_of(rows: Sequence[TenantRow], formats: Formats) -> pd.DataFrame:
    """One row a tenant, as it is read; supply is a list of one word, so that it can be shown as a badge, or of none
    where there is no analyzer."""
    return pd.DataFrame(
        [
            {
                Columns.NAME: row.name,
                Columns.SUPPLY: [_(SUPPLIED[row.supplied])] if row.analyzers else [],
                Columns.BALANCE: float(row.live),
                Columns.DAYS: row.days_left,
                Columns.ENDS: "" if row.ends_at is None else formats.instant(row.ends_at),
                Columns.UNIT: row.unit or "",
                Columns.WEEK: [wh / 1000 for wh in row.week_wh],
                Columns.RECHARGE: "" if row.last_recharge is None else formats.money(row.last_recharge, row.currency),
                Columns.RECHARGED: ""
                if row.last_recharge_at is None
                else formats.date(row.last_recharge_at.astimezone(formats.zone).date()),
                Columns.ANALYZERS: row.analyzers,
                Columns.STAGE: _(STAGE_NAMES[row.stage]) + (f", {_('exempt')}" if row.exempt else ""),
                Columns.WHY: "" if row.why is None else reason_words(row.why),
                Columns.ACCOUNT: row.number,
            }
            for row in rows
        ],
        columns=[value for name, value in vars(Columns).items() if name.isupper()],
    )


def styled(table: pd.DataFrame, rows: Sequence[TenantRow], formats: Formats) -> Any:
    """The table with balances as they are read; underneath they stay numbers, so that a click sorts them."""
    found = table.style
    for currency in {row.currency for row in rows}:
        of_it = [place for place, row in enumerate(rows) if row.currency == currency]
        found = found.format(_money_in(currency, formats), subset=(of_it, [Columns.BALANCE]))
    return found


def _money_in(currency: str, formats: Formats) -> Callable[[object], str]:
    return lambda amount: formats.money(Decimal(repr(amount)), currency)


def export_of(rows: Sequence[TenantRow], formats: Formats) -> pd.DataFrame:
    """The same rows for a spreadsheet: exact values, instants by the site's wall clock."""
    return pd.DataFrame(
        [
            {
                "tenant": row.name,
                "unit": row.unit,
                "account": row.number,
                "stage": str(row.stage),
                "exempt": row.exempt,
                "supply": str(row.supplied),
                "balance": Decimal(to_text(row.live)),
                "currency": row.currency,
                "days_left": None if row.days_left is None else round(row.days_left, 2),
                "ends": None if row.ends_at is None else row.ends_at.astimezone(formats.zone).isoformat(" ", "minutes"),
                "last_recharge": None if row.last_recharge is None else Decimal(to_text(row.last_recharge)),
                "last_recharge_at": None
                if row.last_recharge_at is None
                else row.last_recharge_at.astimezone(formats.zone).isoformat(" ", "minutes"),
                "analyzers": row.analyzers,
                "kwh_7_days": sum(row.week_wh) / 1000,
            }
            for row in rows
        ]
    )


def debts(rows: Sequence[TenantRow]) -> dict[str, Decimal]:
    """What is owed in each currency."""
    owed: dict[str, Decimal] = {}
    for row in rows:
        if row.live < ZERO:
            owed[row.currency] = owed.get(row.currency, ZERO) - row.live
    return owed


def _searched(row: TenantRow) -> str:
    return " ".join(part for part in (row.name, row.unit, row.number) if part).casefold()
