"""A test message: sent by a button, and then what becomes of it, in words, while it happens."""

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from dashboard.house import database
from dashboard.parts.facts import draw_facts
from dashboard.parts.plain import plain
from dashboard.parts.told import told_fact
from dashboard.viewing import formats, live, signed_in
from prepaid.access import Right
from prepaid.alerts import MessageState
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from sql.questions.alerts import alert_picture
from sql.sessions import SignedIn

EVERY_S = 2.0
SOON = timedelta(seconds=30)
TESTED = "tested_alert"
"""The alert of the test that was sent from the dialog that is open."""
Send = Callable[[SignedIn], int]


def send_test(send: Send) -> None:
    """Sends it, and remembers its alert for `draw_outcome`."""
    try:
        st.session_state[TESTED] = send(signed_in())
    except PrepaidError as error:
        st.session_state.pop(TESTED, None)
        st.error(plain(str(error)), icon=":material/error:")


def forget_test() -> None:
    """The next dialog begins without the outcome of the one before."""
    st.session_state.pop(TESTED, None)


def draw_outcome(site_id: int) -> None:
    """What became of the test so far; nothing while there was none."""
    if TESTED in st.session_state:
        _draw_outcome(site_id, st.session_state[TESTED])


@live(EVERY_S, Right.ADMINISTER)
def _draw_outcome(site_id: int, alert_id: int) -> None:
    words = formats()
    with database().reading() as conn:
        picture = alert_picture(conn, signed_in().viewer, site_id, alert_id)
        now = database().now(conn)
    states = {told.state for told in picture.told}
    if MessageState.FAILED in states:
        st.error(_("Not delivered. Below stands what was answered."), icon=":material/error:")
    elif states == {MessageState.SENT}:
        st.success(_("Sent. Look whether it has arrived."), icon=":material/check_circle:")
    elif now - picture.alert.raised_at < SOON:
        st.info(_("On its way: the enforcer sends it within seconds."), icon=":material/schedule_send:")
    else:
        st.warning(
            _("It still waits. The enforcer must run, and know a mail server: look at the page Health."),
            icon=":material/hourglass_top:",
        )
    draw_facts([told_fact(told, now, words) for told in picture.told])
