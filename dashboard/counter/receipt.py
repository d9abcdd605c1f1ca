"""What was booked: the receipt of the last sale, and the supply that comes back while the seller looks."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import streamlit as st

from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.parts.sale import draw_restoring
from dashboard.viewing import formats, live, signed_in
from documents.formats import Formats
from documents.recharge_texts import debt_words
from prepaid.access import Right
from prepaid.language import _
from prepaid.standing import Supplied, supplied_together
from sql.allocations import Receipt
from sql.questions.customer import Counterpart
from sql.questions.restoring import restoring

DONE = "recharge_done"
LOOK_EVERY_S = 2.0
WATCHED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The last sale on this page. `was_cut`: the supply is watched until it is back."""

    receipt: Receipt
    name: str
    number: str
    was_cut: bool

    @classmethod
    def of(cls, receipt: Receipt, sold_to: Counterpart) -> Self:
        """The receipt, with the customer as the account stood before."""
        was_cut = supplied_together(sold_to.customer.points) not in (Supplied.ON, Supplied.NONE)
        return cls(receipt=receipt, name=sold_to.name, number=sold_to.number, was_cut=was_cut)


def keep(done: Done) -> None:
    """Shows this receipt from the next run on."""
    st.session_state[DONE] = done


def forget() -> None:
    """The last sale waits for a second person: no receipt is shown."""
    st.session_state.pop(DONE, None)


def draw_done(words: Formats) -> None:
    """The receipt of the last sale; below it, how the supply comes back, if it was cut."""
    done: Done | None = st.session_state.get(DONE)
    if done is None:
        return
    receipt = done.receipt
    with st.container(border=True, key="receipt"):
        sold = words.sentence(
            _("Booked: {amount} for {name}"), amount=words.money(receipt.amount, receipt.currency), name=done.name
        )
        st.subheader(plain(sold), icon=":material/receipt_long:")
        balance = words.money(receipt.balance_after, receipt.currency)
        facts = _("Receipt {number} · {instant} · balance after it {balance}")
        number = f"{done.number}/{receipt.entry_no}"
        st.markdown(
            plain(words.sentence(facts, number=number, instant=words.instant(receipt.posted_at), balance=balance))
        )
        if receipt.confirmed_by:
            both = _("Sold by {seller}, confirmed by {second}")
            names = {"seller": words.name(receipt.sold_by or ""), "second": words.name(receipt.confirmed_by)}
            st.markdown(plain(words.sentence(both, **names)))
        debt = debt_words(receipt.repaid, receipt.amount, receipt.currency, words)
        if debt:
            st.markdown(plain(debt))
        if receipt.repeated:
            st.info(_("It had been booked before; nothing was booked twice."), icon=":material/info:")
        if done.was_cut:
            _draw_watch(done)


@live(LOOK_EVERY_S, Right.SELL)
def _draw_watch(done: Done) -> None:
    """The supply comes back while the seller looks."""
    with database().reading() as conn:
        now = database().now(conn)
        supplies = restoring(conn, signed_in().viewer, done.receipt.account_id, done.receipt.posted_at)
    draw_restoring(supplies, done.receipt.posted_at, formats())
    if now - done.receipt.posted_at > WATCHED_FOR:
        st.caption(_("See the page of the tenant for how it stands now."))
