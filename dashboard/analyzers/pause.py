"""The pause of a site: that cuts for credit are held back by a person, and the way to ask for it or to go on."""

from functools import partial

import streamlit as st

from dashboard.analyzers.acting import do
from dashboard.analyzers.until import choose_until
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.wish_texts import PAUSE_EFFECT
from prepaid.access import Right
from prepaid.language import _
from prepaid.wishes import LONGEST_REASON
from sql.questions.analyzers import Pause
from sql.sessions import SignedIn
from sql.wishes import pause, withdraw


def draw_pause_button(person: SignedIn, site_id: int, found: Pause | None) -> None:
    """The way to ask for a pause, while there is none."""
    if found is not None or not person.viewer.may(Right.ASK_ENFORCER):
        return
    if st.button(_("Pause cuts"), icon=":material/pause_circle:", key="act-pause"):
        open_dialog(_("Pause cuts of the site"), Right.ASK_ENFORCER, partial(draw_pausing, site_id))


def draw_paused(person: SignedIn, found: Pause | None) -> None:
    """That cuts are paused, until when and by whom."""
    if found is None:
        return
    words = formats()
    told = words.sentence(
        _("Cuts for credit are paused until {until}, asked by {who}: {reason}"),
        until=words.instant(found.until_at),
        who=words.name(found.asked_by),
        reason=words.name(found.reason),
    )
    st.warning(plain(told), icon=":material/pause_circle:")
    if person.viewer.may(Right.ASK_ENFORCER) and st.button(
        _("Go on with cuts"), icon=":material/play_circle:", key="act-go-on"
    ):
        open_dialog(_("Go on with cuts"), Right.ASK_ENFORCER, partial(draw_going_on, found))


def draw_pausing(site_id: int) -> None:
    person, words = signed_in(), formats()
    until = choose_until("until-pause")
    st.warning(words.sentence(_(PAUSE_EFFECT), until=words.instant(until)), icon=":material/info:")
    with st.form("form-pause", border=False):
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=_("For example: a feast day"))
        if st.form_submit_button(_("Pause cuts"), type="primary", width="stretch"):
            do(lambda: pause(database(), person, site_id, reason, until), _("Cuts are paused."))


def draw_going_on(found: Pause) -> None:
    person = signed_in()
    st.warning(
        _("Every supply whose credit is used up, and that nothing else protects, is cut within seconds."),
        icon=":material/info:",
    )
    if st.button(_("Go on with cuts"), type="primary", width="stretch", key="go-on"):
        do(lambda: withdraw(database(), person, found.wish_id), _("Cuts go on."))
