"""Handing an analyzer over: to a tenant's account or back to the site; what it brings stands there before."""

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.parts.sale import draw_sentences
from dashboard.viewing import formats, say, signed_in, site_id
from documents.recharge_texts import effect_sentences
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from sql.assignments import assign, withdraw
from sql.questions.assignable import AnalyzerChoice, analyzer_choices
from sql.questions.handover import Handover, Holder, handover


def draw_assign(account_id: int) -> None:
    """Chooses an analyzer for the account, and asks for it from now on."""
    with database().reading() as conn:
        choices = analyzer_choices(conn, signed_in().viewer, site_id())
    others = [each for each in choices if each.account_id != account_id and each.waiting_number is None]
    if not others:
        st.info(
            _("Every analyzer for tenants belongs here already, or waits to be handed over."), icon=":material/info:"
        )
        return
    chosen = st.selectbox(
        _("Analyzer"),
        sorted(others, key=lambda each: each.tenant is not None),
        index=None,
        format_func=_label,
        placeholder=_("Search by name or tenant; free ones first"),
        key="assign-analyzer",
    )
    if chosen is not None:
        _draw_handover(chosen.analyzer_id, account_id)


def draw_give_back(analyzer_id: int) -> None:
    """Takes an analyzer from its tenant: from now on it belongs to the site's own account."""
    _draw_handover(analyzer_id, None)


def draw_withdraw(analyzer_id: int, name: str) -> None:
    """Takes back what waits for the enforcer."""
    st.write(plain(_("The handover of {name} has not begun. Take it back?").format(name=name)))
    if st.button(_("Take it back"), type="primary", width="stretch", key="assign-withdraw"):
        try:
            withdraw(database(), signed_in(), analyzer_id)
        except PrepaidError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _done(_("Taken back."))


def _draw_handover(analyzer_id: int, account_id: int | None) -> None:
    words = formats()
    with database().reading() as conn:
        found = handover(conn, signed_in().viewer, analyzer_id, account_id, database().now(conn))
    st.markdown(_told(found))
    if found.point is not None:
        draw_sentences(effect_sentences(found.effects, found.then.currency, words))
    st.caption(_("What was charged before stays as it is. A software cut is no isolation."))
    if st.button(_("Hand over from now on"), type="primary", width="stretch", key="assign-now"):
        try:
            assign(database(), signed_in(), analyzer_id, account_id)
        except PrepaidError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _done(_("Asked for; the enforcer begins it with the next reading of the analyzer."))


def _told(found: Handover) -> str:
    """Who pays until when, and who from then on."""
    if found.now is None:
        said = _("**{analyzer}** has not been read yet. From its first reading on it is charged to **{then}**.")
        return said.format(analyzer=plain(found.analyzer), then=plain(_name(found.then)))
    said = _("**{analyzer}** is charged to **{now}** until its next reading, and to **{then}** from there on.")
    return said.format(analyzer=plain(found.analyzer), now=plain(_name(found.now)), then=plain(_name(found.then)))


def _name(holder: Holder) -> str:
    return f"{holder.tenant or _('the site itself')} ({holder.number})"


def _is_on_its_way(choice: AnalyzerChoice) -> bool:
    """From one account to another; one that was never read may still go anywhere."""
    return choice.account_id is not None and choice.waiting_number is not None


def _label(choice: AnalyzerChoice) -> str:
    who = choice.tenant or (_("free") if choice.account_id is not None else _("not read yet"))
    return " · ".join(part for part in (choice.name, choice.location, who) if part)


def _done(sentence: str) -> None:
    asked.rows.clear()
    say(sentence)
    st.rerun()
