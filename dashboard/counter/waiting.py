"""What waits for a second person: who may confirms or refuses it, who asked for it withdraws it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.counter.receipt import Done, keep
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.parts.sale import draw_preview
from dashboard.server.failures import told
from dashboard.viewing import formats, live, say, signed_in, site_id
from documents.formats import Formats
from documents.recharge_texts import paid_by_words
from documents.request_texts import became_words
from prepaid.access import Right
from prepaid.bookings import LONGEST_REASON
from prepaid.errors.base import PrepaidError
from prepaid.errors.requests import OwnRequest
from prepaid.language import _
from prepaid.recharges import preview
from prepaid.requests import RequestState, check_waits
from sql.questions.customer import counterpart
from sql.questions.requests import RequestLine, request, requests_at
from sql.second_persons import confirm, refuse, withdraw

LOOK_EVERY_S = 5.0
OPENED = "recharge_request"
"""Which dialog is to be opened by the next run: its act and the request."""
CONFIRM, REFUSE, WITHDRAW = "confirm", "refuse", "withdraw"


def open_chosen() -> None:
    """Opens the dialog of the button that was clicked in the list, outside of the list: there it would close with the
    next look."""
    act, request_id = st.session_state.pop(OPENED, (None, 0))
    if act == CONFIRM:
        open_dialog(_("Confirm as the second person"), Right.SELL, partial(draw_confirming, request_id))
    elif act == REFUSE:
        open_dialog(_("Refuse the recharge"), Right.SELL, partial(draw_refusing, request_id))
    elif act == WITHDRAW:
        open_dialog(_("Withdraw the recharge"), Right.SELL, partial(draw_withdrawing, request_id))


@live(LOOK_EVERY_S, Right.SELL)
def draw_waiting() -> None:
    """All that waits at the site, and what became of what the viewer asked for; nothing where there is nothing."""
    words = formats()
    with database().reading() as conn:
        lines = requests_at(conn, signed_in(), site_id(), database().now(conn))
    if not lines:
        return
    st.subheader(_("Waiting for a second person"))
    for line in lines:
        with st.container(border=True, gap="xsmall", key=f"request-{line.request_id}"):
            _draw_line(line, words)


def draw_confirming(request_id: int) -> None:
    """What it brings as the account stands now, and the one button that books it."""
    line = _fresh(request_id)
    if line is None:
        return
    words = formats()
    with database().reading() as conn:
        found = counterpart(conn, signed_in().viewer, line.account_id, database().now(conn))
    _draw_head(line, words)
    draw_preview(preview(found.customer, line.amount), line.currency, words)
    label = words.sentence(_("Confirm and book {amount}"), amount=words.money(line.amount, line.currency))
    if not st.button(label, type="primary", width="stretch", key="request-confirm"):
        return
    try:
        receipt = confirm(database(), signed_in(), request_id)
    except PrepaidError as error:
        st.error(plain(told(error, signed_in().viewer)), icon=":material/error:")
        return
    keep(Done.of(receipt, found))
    _close(_("Confirmed and booked."))


def draw_refusing(request_id: int) -> None:
    """Why not; who asked reads it."""
    line = _fresh(request_id)
    if line is None:
        return
    _draw_head(line, formats())
    reason = st.text_input(
        _("Reason"), max_chars=LONGEST_REASON, key="request-reason", help=_("Who asked for it reads it")
    )
    if not st.button(_("Refuse it"), type="primary", width="stretch", key="request-refuse"):
        return
    try:
        refuse(database(), signed_in(), request_id, reason or "")
    except PrepaidError as error:
        st.error(plain(told(error, signed_in().viewer)), icon=":material/error:")
        return
    _close(_("Refused."))


def draw_withdrawing(request_id: int) -> None:
    """Who asked takes it back."""
    line = _fresh(request_id, own=True)
    if line is None:
        return
    _draw_head(line, formats())
    if not st.button(_("Withdraw it"), type="primary", width="stretch", key="request-withdraw"):
        return
    try:
        withdraw(database(), signed_in(), request_id)
    except PrepaidError as error:
        st.error(plain(told(error, signed_in().viewer)), icon=":material/error:")
        return
    _close(_("Withdrawn. Nothing was booked."))


def _close(done: str) -> None:
    asked.rows.clear()
    say(done)
    st.rerun()


def _fresh(request_id: int, *, own: bool = False) -> RequestLine | None:
    """The request as it is now; None where nothing is left to do, which is told."""
    try:
        with database().reading() as conn:
            line = request(conn, signed_in(), request_id, database().now(conn))
        check_waits(line.state)
        if line.is_mine and not own:
            raise OwnRequest
    except PrepaidError as error:
        st.error(plain(told(error, signed_in().viewer)), icon=":material/error:")
        return None
    return line


def _draw_line(line: RequestLine, words: Formats) -> None:
    _draw_head(line, words)
    if line.state is not RequestState.WAITING:
        st.markdown(plain(became_words(line.state, line.decided_by, line.why, line.entry_no, words)))
        return
    waits = _("Not booked yet: a second person may confirm it until {instant}.")
    st.markdown(plain(words.sentence(waits, instant=words.instant(line.expires_at))))
    with st.container(horizontal=True):
        if line.is_mine:
            _offer(WITHDRAW, _("Withdraw"), ":material/undo:", line.request_id)
        else:
            _offer(CONFIRM, _("Confirm"), ":material/check:", line.request_id)
            _offer(REFUSE, _("Refuse"), ":material/close:", line.request_id)


def _offer(act: str, label: str, icon: str, request_id: int) -> None:
    if st.button(label, icon=icon, key=f"request-{act}-{request_id}"):
        st.session_state[OPENED] = (act, request_id)
        st.rerun(scope="app")


def _draw_head(line: RequestLine, words: Formats) -> None:
    """How much for whom, and below it what else is known of it."""
    amount = words.money(line.amount, line.currency)
    head = words.sentence(_("{amount} for {name}"), amount=amount, name=words.name(line.tenant))
    st.markdown(f"**{plain(head)}**")
    st.caption(plain(_told(line, words)))


def _told(line: RequestLine, words: Formats) -> str:
    """Who asked, when, for which account, and how it is said to be paid."""
    told = words.sentence(
        _("{name} asked on {instant} for account {number}"),
        name=words.name(line.asked_by),
        instant=words.instant(line.asked_at),
        number=line.number,
    )
    more: Sequence[str | None] = (paid_by_words(line.paid_by), line.reference and words.name(line.reference))
    return " · ".join([told, *(part for part in more if part)])
