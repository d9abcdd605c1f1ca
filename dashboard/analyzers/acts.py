"""What may be asked about one supply: each act in a dialog that says its effect first, then asks for the reason."""

from functools import partial

import streamlit as st

from dashboard.analyzers.acting import do, draw_obstacle, fresh, whose
from dashboard.analyzers.lock_acts import draw_lock, draw_unlock
from dashboard.analyzers.until import choose_until
from dashboard.asked.analyzers import wishes_now
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.viewing import formats, signed_in
from documents.formats import Formats
from documents.wish_texts import KINDS, NO_ISOLATION, effect, without
from prepaid.access import Right
from prepaid.language import _, later
from prepaid.records import Wiring, WishKind
from prepaid.wishes import LONGEST_REASON
from sql.questions.analyzers import AnalyzerLine
from sql.questions.wishes import WishLine
from sql.sessions import SignedIn
from sql.wishes import ask, withdraw

ICONS = {WishKind.CUT: "power_off", WishKind.KEEP_ON: "all_inclusive", WishKind.RESTORE: "power"}
TITLES = {
    WishKind.CUT: later("Cut the supply"),
    WishKind.KEEP_ON: later("Keep the supply on"),
    WishKind.RESTORE: later("Restore the supply"),
}
EXAMPLES = {
    WishKind.CUT: later("For example: the tenant asked for it"),
    WishKind.KEEP_ON: later("For example: the bank is closed today"),
    WishKind.RESTORE: later("For example: found off after a fault, now repaired"),
}


def draw_acts(person: SignedIn, line: AnalyzerLine) -> None:
    """The buttons, for who may ask the enforcer, where there is something to switch."""
    may = person.viewer.may(Right.ASK_ENFORCER) and line.retired_at is None
    if not may or line.wiring is Wiring.NONE:
        return
    analyzer_id = line.analyzer_id
    with st.container(horizontal=True, key="analyzer-acts"):
        for kind, icon in ICONS.items():
            if st.button(_(KINDS[kind]), icon=f":material/{icon}:", key=f"act-{kind}"):
                open_dialog(_(TITLES[kind]), Right.ASK_ENFORCER, partial(draw_ask, kind, analyzer_id))
        if line.wish_kind is not None and st.button(_("Withdraw"), icon=":material/undo:", key="act-withdraw"):
            open_dialog(_("Withdraw the wish"), Right.ASK_ENFORCER, partial(draw_withdraw, analyzer_id))
        if st.button(_("Lock"), icon=":material/lock:", key="act-lock"):
            open_dialog(_("Place a safety lock"), Right.ASK_ENFORCER, partial(draw_lock, analyzer_id))
        if line.locks and st.button(_("Unlock"), icon=":material/lock_open:", key="act-unlock"):
            open_dialog(_("Take a safety lock away"), Right.ASK_ENFORCER, partial(draw_unlock, analyzer_id))


def draw_ask(kind: WishKind, analyzer_id: int) -> None:
    line, found, _now = fresh(analyzer_id)
    person, words, prospect = signed_in(), formats(), found.wishes[kind]
    if prospect.obstacle is not None:
        draw_obstacle(prospect.obstacle, line)
        return
    open_one = next((each for each in wishes_now(analyzer_id) if each.is_open and each.kind is kind), None)
    if open_one is not None:
        _draw_open_one(open_one, words)
        if kind is WishKind.RESTORE:
            return
    until = None if kind is WishKind.RESTORE else choose_until(f"until-{kind}")
    told = effect(prospect, whose(line), until, words, by_hand=line.closes_by_hand)
    st.warning(plain(told), icon=":material/info:")
    if kind is WishKind.CUT:
        st.caption(_(NO_ISOLATION))
    with st.form(f"form-{kind}", border=False):
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=_(EXAMPLES[kind]))
        if st.form_submit_button(_(TITLES[kind]), type="primary", width="stretch"):
            instead_of = None if open_one is None else open_one.wish_id
            do(
                lambda: ask(database(), person, kind, analyzer_id, reason, until, instead_of),
                _("Asked. The enforcer takes it with its next pass."),
            )


def _draw_open_one(wish: WishLine, words: Formats) -> None:
    until, who = words.instant(wish.until_at), words.name(wish.asked_by)
    asked = _("{who} asked for this already, until {until}. A new end replaces that one.")
    if wish.kind is WishKind.RESTORE:
        asked = _("{who} asked for this already; the enforcer tries until {until}.")
    st.info(plain(words.sentence(asked, who=who, until=until)), icon=":material/history:")


def draw_withdraw(analyzer_id: int) -> None:
    _line, found, _now = fresh(analyzer_id)
    person, words = signed_in(), formats()
    wish = next((each for each in wishes_now(analyzer_id) if each.is_open), None)
    if wish is None:
        st.info(_("There is no open wish any more."), icon=":material/info:")
        return
    asked = _("{kind}, asked by {who}: {reason}")
    names = {"kind": _(KINDS[wish.kind]), "who": words.name(wish.asked_by), "reason": words.name(wish.reason)}
    st.markdown(plain(words.sentence(asked, **names)))
    then = without(found.wishes[wish.kind])
    if then:
        st.warning(then, icon=":material/info:")
    if st.button(_("Withdraw the wish"), type="primary", width="stretch", key=f"withdraw-{wish.wish_id}"):
        do(lambda: withdraw(database(), person, wish.wish_id), _("Withdrawn. The rules decide again."))
