"""Entries of a ledger as rows that fit a phone: what, when, how much, the balance after; a charge explains itself."""

from collections.abc import Iterable, Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.charts.colours import OF_SOURCE
from dashboard.parts.facts import QUIET, dot
from documents.entry_texts import calculation, cause_words, counters, kind_words, period
from documents.formats import Formats
from prepaid.language import _, later
from prepaid.records import EntryKind
from prepaid.units import ZERO
from sql.questions.ledger import AllocationFacts, EntryRow

PAID_BY = {"cash": later("Cash"), "card": later("Card"), "bank": later("Bank transfer"), "transfer": later("Transfer")}
ROW = "padding:.7rem 0;border-top:1px solid rgba(100,116,139,.28);font-variant-numeric:tabular-nums"
LINE = "display:flex;justify-content:space-between;gap:1rem"


def draw_entries(rows: Sequence[EntryRow], currency: str, words: Formats) -> None:
    """The entries in the order they come in."""
    items = Markup("").join(_item(row, currency, words) for row in rows)
    st.html(Markup('<ul style="list-style:none;margin:0;padding:0">{}</ul>').format(items))


def signed_money(row: EntryRow, currency: str, words: Formats) -> str:
    """The amount with its sign, also where it is credit."""
    shown = words.money(row.amount, currency)
    return f"+{shown}" if row.amount > ZERO and not words.right_to_left else shown


def _item(row: EntryRow, currency: str, words: Formats) -> Markup:
    source = None if row.charge is None else row.charge.source
    colour = "" if source is None else OF_SOURCE[source]
    balance = words.sentence(_("balance {amount}"), amount=words.money(row.balance_after, currency))
    details = Markup("").join(Markup("<div>{}</div>").format(line) for line in _details(row, currency, words))
    return Markup(
        '<li style="{row}"><div style="{line}">'
        '<div><div style="font-weight:600">{dot}{what}</div><div style="{quiet}">{when}</div></div>'
        '<div style="text-align:end;white-space:nowrap">'
        '<div style="font-weight:600">{amount}</div><div style="{quiet}">{balance}</div></div>'
        '</div><div style="{quiet}">{details}</div></li>'
    ).format(
        row=ROW,
        line=LINE,
        quiet=QUIET,
        dot=dot(colour),
        what=kind_words(row.kind, source),
        amount=signed_money(row, currency, words),
        when=_when(row, words),
        balance=balance,
        details=details,
    )


def _when(row: EntryRow, words: Formats) -> str:
    if row.charge is None:
        return words.instant(row.posted_at)
    return period(row.charge.period_from, row.charge.period_to, words)


def _details(row: EntryRow, currency: str, words: Formats) -> Iterable[str]:
    """How a charge came about; of anything else what was written down."""
    if row.charge is not None:
        charge = row.charge
        yield calculation(charge.wh, charge.price_per_kwh, currency, words)
        yield f"{words.name(charge.analyzer)}: {counters(charge.from_wh, charge.to_wh, words)}"
        if cause_words(charge.cause):
            yield cause_words(charge.cause)
        return
    paid = "" if row.allocation is None else _paid(row.allocation, row, words)
    if paid:
        yield paid
    if row.note and row.kind is not EntryKind.CHARGE:
        yield words.name(row.note)
    if row.corrects_entry_no is not None:
        yield _("Corrects entry {number}").format(number=row.corrects_entry_no)


def _paid(facts: AllocationFacts, row: EntryRow, words: Formats) -> str:
    """How it was paid; the amount only where another one was handed over than was booked."""
    how = _(PAID_BY[facts.paid_by]) if facts.paid_by in PAID_BY else ""
    if facts.paid_amount is None or facts.paid_currency is None:
        return how
    if (facts.paid_amount, facts.paid_currency) == (row.amount, facts.currency):
        return how
    paid = words.sentence(_("Paid {amount}"), amount=words.money(facts.paid_amount, facts.paid_currency))
    return f"{paid}, {how}" if how else paid
