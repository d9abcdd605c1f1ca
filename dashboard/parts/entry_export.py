"""The entries of a span as a file, asked for page by page in the moment of the download."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import streamlit as st

from dashboard.house import database
from dashboard.parts.export import csv_of_rows
from dashboard.viewing import signed_in
from documents.formats import Formats
from prepaid.access import Viewer
from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.spans import Span
from prepaid.units import to_text
from sql.questions.ledger import MOST_ENTRIES, EntryRow, entries_page
from sql.sessions import SignedIn, require_open


def draw_entry_export(
    account_id: int, span: Span, kinds: Collection[EntryKind], currency: str, words: Formats, name: str
) -> None:
    """A button that gives all entries of the span as `<name>.csv`."""
    person = signed_in()
    st.download_button(
        _("CSV"),
        data=lambda: entries_file(person, account_id, span, kinds, currency, words),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        help=_("Download the entries of this time"),
        key="entries-csv",
    )


def entries_file(
    person: SignedIn, account_id: int, span: Span, kinds: Collection[EntryKind], currency: str, words: Formats
) -> bytes:
    """The entries of the span, newest first. The session is asked for again: a button can be pressed long after it was
    drawn. Raises SessionEnded, NotAllowed."""
    with database().reading() as conn:
        viewer = require_open(conn, person, database().now(conn)).viewer
    return csv_of_rows(_row(each, currency, words) for each in _all(viewer, account_id, span, kinds))


def _all(viewer: Viewer, account_id: int, span: Span, kinds: Collection[EntryKind]) -> Iterator[EntryRow]:
    before: int | None = None
    while True:
        with database().reading() as conn:
            page = entries_page(
                conn,
                viewer,
                account_id,
                before,
                MOST_ENTRIES,
                kinds,
                from_at=span.from_at,
                until_at=span.until_at,
            )
        yield from page.entries
        before = page.before_entry_no
        if before is None:
            return


def _row(entry: EntryRow, currency: str, words: Formats) -> dict[str, Any]:
    """Exact values; instants as the site's wall clock shows them."""
    charge = entry.charge
    zone = words.zone
    return {
        "entry_no": entry.entry_no,
        "posted": entry.posted_at.astimezone(zone).isoformat(timespec="seconds"),
        "kind": str(entry.kind),
        "amount": Decimal(to_text(entry.amount)),
        "balance_after": Decimal(to_text(entry.balance_after)),
        "currency": currency,
        "analyzer": charge and charge.analyzer,
        "source": charge and str(charge.source),
        "from_kwh": charge and Decimal(charge.from_wh) / 1000,
        "to_kwh": charge and Decimal(charge.to_wh) / 1000,
        "kwh": charge and Decimal(charge.wh) / 1000,
        "price_per_kwh": charge and Decimal(to_text(charge.price_per_kwh)),
        "period_from": charge and charge.period_from.astimezone(zone).isoformat(timespec="seconds"),
        "period_to": charge and charge.period_to.astimezone(zone).isoformat(timespec="seconds"),
        "note": entry.note,
    }
