"""What an administrator books by hand on an account: a fee, a correction, a reversal, a transfer."""

from decimal import Decimal

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.amount import draw_amount
from dashboard.parts.booking import draw_button, draw_effect, draw_nothing_yet, draw_reason
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in, site_id
from documents.entry_texts import kind_words
from documents.formats import Formats
from prepaid.bookings import Named, correction_of, reversal_of
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.standing import Standing
from prepaid.units import ZERO, add, negative
from sql.corrections import Correction, Reversal, correct, named_entry, reverse
from sql.fees import Fee, charge_fee
from sql.questions.ledger import EntryRow, entries_page, entry
from sql.questions.tenants import TenantRow
from sql.transfers import Transfer, transfer

RECHARGES_SHOWN = 50


def draw_fee(standing: Standing) -> None:
    """Something that the tenant owes beside the consumption."""
    amount = draw_amount(_("Fee in {currency}").format(currency=standing.currency), standing.currency, "fee-amount")
    reason = draw_reason("fee")
    if not amount:
        draw_nothing_yet()
        return
    draw_effect(standing, negative(amount))
    draw_button(
        _("Take the fee"),
        "fee",
        standing.account_id,
        (amount, reason),
        lambda key: charge_fee(
            database(), signed_in(), Fee(account_id=standing.account_id, amount=amount, reason=reason, key=key)
        ),
    )


def draw_correction(standing: Standing) -> None:
    """So much of one entry is undone; its number stands in the table."""
    number = st.number_input(_("Entry no."), min_value=1, value=None, step=1, format="%d", key="correct-entry")
    if number is None:
        st.caption(_("The numbers stand in the first column of the ledger."))
        return
    entry_no = int(number)
    try:
        row, named = _entry(standing, entry_no)
        _draw_entry(row, standing)
        label = _("Wrong by, in {currency}").format(currency=standing.currency)
        amount = draw_amount(label, standing.currency, "correct-amount", named.most or abs(named.amount))
        reason = draw_reason("correct")
        undone = correction_of(named, amount or ZERO)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    draw_effect(standing, undone)
    draw_button(
        _("Correct the entry"),
        "correct",
        standing.account_id,
        (entry_no, amount, reason),
        lambda key: correct(
            database(),
            signed_in(),
            Correction(account_id=standing.account_id, entry_no=entry_no, amount=abs(undone), reason=reason, key=key),
        ),
    )


def draw_reversal(standing: Standing) -> None:
    """A recharge that was not paid after all is taken back as a whole."""
    words = formats()
    with database().reading() as conn:
        page = entries_page(
            conn, signed_in().viewer, standing.account_id, most=RECHARGES_SHOWN, kinds=(EntryKind.ALLOCATION,)
        )
    rows = {row.entry_no: row for row in page.entries}
    number = st.selectbox(
        _("Recharge"),
        list(rows),
        index=None,
        format_func=lambda each: _label(rows[each], standing, words),
        placeholder=_("Choose a recharge"),
        key="reverse-entry",
    )
    if number is None:
        draw_nothing_yet()
        return
    try:
        named = _entry(standing, number)[1]
        undone = reversal_of(named)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    reason = draw_reason("reverse")
    draw_effect(standing, undone)
    draw_button(
        _("Take the recharge back"),
        "reverse",
        standing.account_id,
        (number, reason),
        lambda key: reverse(
            database(),
            signed_in(),
            Reversal(account_id=standing.account_id, entry_no=number, reason=reason, key=key),
        ),
    )


def draw_transfer(standing: Standing) -> None:
    """Money that goes to another account of the same currency."""
    rows = {
        row.account_id: row
        for row in asked.rows(signed_in().viewer, site_id())
        if row.currency == standing.currency and row.account_id != standing.account_id
    }
    chosen = st.selectbox(
        _("To account"),
        list(rows),
        index=None,
        format_func=lambda each: " · ".join(part for part in (rows[each].name, rows[each].number) if part),
        placeholder=_("Search by name or account"),
        key="transfer-to",
    )
    label = _("Amount in {currency}").format(currency=standing.currency)
    amount = draw_amount(label, standing.currency, "transfer-amount")
    reason = draw_reason("transfer")
    if chosen is None or not amount:
        draw_nothing_yet()
        return
    draw_effect(standing, negative(amount))
    _draw_other(rows[chosen], amount)
    draw_button(
        _("Transfer"),
        "transfer",
        standing.account_id,
        (chosen, amount, reason),
        lambda key: transfer(
            database(),
            signed_in(),
            Transfer(from_account_id=standing.account_id, to_account_id=chosen, amount=amount, reason=reason, key=key),
        ),
    )


def _draw_other(row: TenantRow, amount: Decimal) -> None:
    words = formats()
    after = words.money(add(row.live, amount), row.currency)
    draw_facts([Fact(row.name, after, words.sentence(_("now {balance}"), balance=words.money(row.live, row.currency)))])


def _entry(standing: Standing, entry_no: int) -> tuple[EntryRow, Named]:
    """The entry as people read it, and what a correction needs of it. Raises NotFound."""
    with database().reading() as conn:
        row = entry(conn, signed_in().viewer, standing.account_id, entry_no)
        return row, named_entry(conn, standing.account_id, entry_no)


def _draw_entry(row: EntryRow, standing: Standing) -> None:
    words = formats()
    source = None if row.charge is None else row.charge.source
    amount = words.money(row.amount, standing.currency)
    draw_facts([Fact(kind_words(row.kind, source), amount, words.instant(row.posted_at))])


def _label(row: EntryRow, standing: Standing, words: Formats) -> str:
    return f"{row.entry_no} · {words.money(row.amount, standing.currency)} · {words.instant(row.posted_at)}"
