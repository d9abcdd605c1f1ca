"""Sending a test message to an address, and seeing what becomes of it."""

from functools import partial

import streamlit as st

from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.message_test import draw_outcome, forget_test, send_test
from dashboard.viewing import signed_in
from prepaid.access import Right
from prepaid.language import _
from prepaid.tenancy import MOST_MAIL
from sql.message_tests import try_address
from sql.own_profile import profile


def draw_test_button(site_id: int) -> None:
    """The way to it."""
    if st.button(_("Send a test message"), icon=":material/send:", key="test-message"):
        forget_test()
        draw = partial(draw_test_form, site_id)
        open_dialog(_("Send a test message"), Right.ADMINISTER, draw, on_dismiss=forget_test)


def draw_test_form(site_id: int) -> None:
    """The address, at first one's own; below it what became of the test."""
    with database().reading() as conn:
        own = profile(conn, signed_in()).email
    st.caption(_("It goes the way of every message: the enforcer of this site sends it."))
    with st.form("test-form", border=False):
        address = st.text_input(_("Mail address"), own or "", max_chars=MOST_MAIL, type="email", key="test-address")
        if st.form_submit_button(_("Send now"), type="primary", width="stretch"):
            send_test(lambda person: try_address(database(), person, site_id, address or ""))
    draw_outcome(site_id)
