"""The ledger of an account as a table, page by page: from which counter to which, at which price, who booked it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.house import database
from dashboard.parts.entry_export import draw_entry_export
from dashboard.parts.states import draw_empty
from dashboard.viewing import formats, part, signed_in
from documents.entry_texts import kind_words
from documents.formats import Formats
from documents.recharge_texts import paid_by_words
from prepaid.access import Right
from prepaid.language import _, later
from prepaid.records import EntryKind
from prepaid.spans import Span
from sql.questions.ledger import EntryRow, entries_page

AT_ONCE = 50
ROW_PX = 36
SHOWN, TRAIL = "tenant_entries", "tenant_entries_trail"
CHARGES = (EntryKind.CHARGE,)
OTHERS = tuple(kind for kind in EntryKind if kind is not EntryKind.CHARGE)
CHOICES = {"all": later("All"), "money": later("Money"), "charges": later("Charges")}
KINDS: dict[str, tuple[EntryKind, ...]] = {"all": (), "money": OTHERS, "charges": CHARGES}


@part(Right.SEE_BALANCES)
def draw_ledger(account_id: int, currency: str, number: str, opened_at: datetime) -> None:
    """The newest page first; older ones by a click."""
    words = formats()
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = st.segmented_control(
            _("Entries"),
            list(CHOICES),
            format_func=lambda each: _(CHOICES[each]),
            default="all",
            required=True,
            key=SHOWN,
            bind="query-params",
            label_visibility="collapsed",
        )
        kinds = KINDS.get(shown or "all", ())
        with database().reading() as conn:
            until_at = database().now(conn) + timedelta(days=1)
        draw_entry_export(account_id, Span(opened_at, until_at), kinds, currency, words, f"ledger-{number}")
    trail = _trail(account_id, shown or "all")
    with database().reading() as conn:
        page = entries_page(conn, signed_in().viewer, account_id, trail[-1], AT_ONCE, kinds)
    if not page.entries:
        draw_empty(_("No entries"), _("Nothing of this kind was booked yet."), ":material/receipt_long:")
        return
    _draw_table(page.entries, currency, words)
    _draw_paging(trail, page.before_entry_no, page.entries)


def _trail(account_id: int, shown: str) -> list[int | None]:
    """The numbers below which the pages began that led here; another account or choice begins anew."""
    held: tuple[int, str, list[int | None]] | None = st.session_state.get(TRAIL)
    if held is None or held[:2] != (account_id, shown):
        held = (account_id, shown, [None])
        st.session_state[TRAIL] = held
    return held[2]


def _draw_paging(trail: list[int | None], older: int | None, entries: Sequence[EntryRow]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Newer"),
            icon=":material/chevron_left:",
            disabled=len(trail) == 1,
            on_click=_newer,
            args=(trail,),
            key="ledger-newer",
        )
        span = _("Entries {first} to {last}").format(first=entries[0].entry_no, last=entries[-1].entry_no)
        st.caption(span, width="content")
        st.button(
            _("Older"),
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=older is None,
            on_click=_older,
            args=(trail, older),
            key="ledger-older",
        )


def _newer(trail: list[int | None]) -> None:
    trail.pop()


def _older(trail: list[int | None], before_entry_no: int | None) -> None:
    trail.append(before_entry_no)


def _draw_table(entries: Sequence[EntryRow], currency: str, words: Formats) -> None:
    column = st.column_config
    st.dataframe(
        pd.DataFrame([_row(each, currency, words) for each in entries]),
        key="ledger",
        hide_index=True,
        row_height=ROW_PX,
        height=ROW_PX * (min(len(entries), 16) + 1) + 3,
        alt=_("Entries of the ledger, the newest first"),
        column_config={
            _("No."): column.NumberColumn(format="%d", width="small", pinned=True),
            _("What"): column.TextColumn(width=150),
            _("Amount"): column.TextColumn(alignment="right"),
            _("Balance after"): column.TextColumn(alignment="right"),
            _("kWh"): column.TextColumn(alignment="right"),
            _("Counter from"): column.TextColumn(alignment="right"),
            _("Counter to"): column.TextColumn(alignment="right"),
            _("Price"): column.TextColumn(alignment="right"),
        },
    )


def _row(entry: EntryRow, currency: str, words: Formats) -> dict[str, object]:
    """What stands first is all that a phone shows."""
    charge = entry.charge
    return {
        _("No."): entry.entry_no,
        _("What"): kind_words(entry.kind, None if charge is None else charge.source),
        _("Amount"): words.money(entry.amount, currency),
        _("Balance after"): words.money(entry.balance_after, currency),
        _("Booked"): words.instant(entry.posted_at),
        _("kWh"): "" if charge is None else words.energy(charge.wh, 3),
        _("Price"): "" if charge is None else words.price(charge.price_per_kwh, currency),
        _("Counter from"): "" if charge is None else words.energy(charge.from_wh, 3),
        _("Counter to"): "" if charge is None else words.energy(charge.to_wh, 3),
        _("From"): "" if charge is None else words.instant(charge.period_from),
        _("To"): "" if charge is None else words.instant(charge.period_to),
        _("Analyzer"): "" if charge is None else charge.analyzer,
        _("Note"): _note(entry),
        _("By"): _by(entry),
    }


def _note(entry: EntryRow) -> str:
    parts = [entry.note or ""]
    if entry.allocation is not None:
        parts.insert(0, paid_by_words(entry.allocation.paid_by))
    if entry.corrects_entry_no is not None:
        parts.append(_("corrects {number}").format(number=entry.corrects_entry_no))
    if entry.linked_number is not None:
        parts.append(_("with account {number}").format(number=entry.linked_number))
    return ", ".join(part for part in parts if part)


def _by(entry: EntryRow) -> str:
    if entry.allocation is not None and entry.allocation.seller:
        seller, second = entry.allocation.seller, entry.allocation.second
        return seller if second is None else _("{name}, confirmed by {second}").format(name=seller, second=second)
    return (entry.actor or "").removeprefix("user:")
