"""The dialogs of a test on the spot: what it will do is said first; the cut needs its own consent."""

import streamlit as st

from dashboard.analyzers.acting import do, fresh, whose
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.wish_texts import NO_ISOLATION
from prepaid.commissioning import OFF_AT_MOST_S
from prepaid.language import _, later
from prepaid.records import Wiring
from prepaid.switching import Supply
from prepaid.wishes import LONGEST_REASON
from sql.commissioning_wishes import ask_commissioning, revoke
from sql.questions.analyzers import AnalyzerLine

LOOKS = later("Everything is read, and a write that changes nothing is tried. Without a cut nothing is switched.")
WILL_BE_OFF = later(
    "The load of {who} will be off for a few seconds, at most {seconds}. It comes back by itself, whatever happens."
)


def draw_ask_test(analyzer_id: int) -> None:
    """Asks for a test; a cut only with consent."""
    line, _found, _now = fresh(analyzer_id)
    person = signed_in()
    st.info(_(LOOKS), icon=":material/info:")
    switch, switch_on = draw_consent(line)
    with st.form("form-test", border=False):
        example = _("For example: the analyzer was installed today")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example)
        if st.form_submit_button(_("Begin the test"), type="primary", width="stretch"):
            do(
                lambda: ask_commissioning(database(), person, analyzer_id, reason, switch=switch, switch_on=switch_on),
                _("Asked. The result appears here within a minute."),
            )


def draw_consent(line: AnalyzerLine) -> tuple[bool, bool]:
    """Whether the supply may be cut for the test, and one that is off be switched on first."""
    if line.wiring is Wiring.NONE:
        return False, False
    words = formats()
    switch = st.checkbox(_("Cut the supply and restore it"), key="test-switch")
    if not switch:
        return False, False
    told = words.sentence(_(WILL_BE_OFF), who=words.name(whose(line)), seconds=f"{OFF_AT_MOST_S}\u00a0s")
    st.warning(plain(told), icon=":material/power_off:")
    st.caption(_(NO_ISOLATION))
    if line.supply is not Supply.CUT:
        return True, False
    return True, st.checkbox(_("It is off now. Nobody works there: it may be switched on"), key="test-switch-on")


def draw_revoke(analyzer_id: int) -> None:
    """Takes the record back."""
    line, _found, _now = fresh(analyzer_id)
    person, words = signed_in(), formats()
    told = _("Nothing is switched automatically at {who} any more, until a test has passed again.")
    st.warning(plain(words.sentence(told, who=words.name(whose(line)))), icon=":material/info:")
    with st.form("form-revoke", border=False):
        example = _("For example: the contactor was exchanged")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example)
        if st.form_submit_button(_("Take the record back"), type="primary", width="stretch"):
            do(lambda: revoke(database(), person, analyzer_id, reason), _("Taken back. Nothing is switched by itself."))
