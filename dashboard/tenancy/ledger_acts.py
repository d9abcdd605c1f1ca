"""The acts above the ledger: what an administrator books by hand, each in a dialog; and the statement for everybody."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.parts.dialog import open_dialog
from dashboard.tenancy.booking_dialogs import draw_correction, draw_fee, draw_reversal, draw_transfer
from dashboard.tenancy.closing_dialog import draw_closing
from dashboard.tenancy.mending_dialog import draw_mending
from dashboard.tenancy.statement import draw_statement
from prepaid.access import Right
from prepaid.language import _
from prepaid.standing import Standing
from sql.questions.tenant import Tenant
from sql.sessions import SignedIn


def draw_acts(person: SignedIn, tenant: Tenant | None, standing: Standing) -> None:
    """A row of buttons. `tenant` None: the viewer sees the ledger only."""
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_statement(standing.account_id, standing.number, "ledger")
        if tenant is None or not person.viewer.may(Right.ADMINISTER):
            return
        _offer("fee", _("Fee"), ":material/receipt:", partial(draw_fee, standing))
        _offer("correct", _("Correct an entry"), ":material/edit_note:", partial(draw_correction, standing))
        _offer("reverse", _("Reverse a recharge"), ":material/undo:", partial(draw_reversal, standing))
        _offer("transfer", _("Transfer"), ":material/swap_horiz:", partial(draw_transfer, standing))
        _offer("mend", _("Mend a late handover"), ":material/history:", partial(draw_mending, standing))
        _offer("close", _("Close the account"), ":material/lock:", partial(draw_closing, tenant, standing))


def _offer(name: str, title: str, icon: str, draw: Callable[[], None]) -> None:
    if st.button(title, icon=icon, key=f"act-{name}"):
        open_dialog(title, Right.ADMINISTER, draw)
