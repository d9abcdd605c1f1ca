"""The tests of one analyzer on the spot: what may be asked, how far the running one has come, and all records."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from dashboard.analyzers.commissioning_acts import draw_ask_test, draw_revoke
from dashboard.analyzers.swap_acts import draw_ask_swap
from dashboard.asked.analyzers import forget, line_now
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.parts.supply import Colour
from dashboard.viewing import acting, formats, live, signed_in
from documents.analyzer_texts import NOT_COMMISSIONED
from documents.commissioning_texts import OUTCOMES, PHASES, sentence
from documents.formats import Formats
from documents.wish_texts import KINDS
from prepaid.access import Right
from prepaid.commissioning import Finding, Outcome, Weight
from prepaid.language import _
from prepaid.records import Wiring, WishState
from sql.questions.analyzer_tests import AskedTest, Commissioning, Serials, commissionings_of, newest_test, serials_of
from sql.questions.analyzers import AnalyzerLine
from sql.sessions import SignedIn
from sql.wishes import withdraw

EVERY_S = 2.0
BADGES: dict[Outcome, tuple[Colour, str]] = {
    Outcome.PASSED: ("green", "check_circle"),
    Outcome.FAILED: ("red", "cancel"),
    Outcome.UNPROVEN: ("orange", "help"),
    Outcome.REVOKED: ("gray", "undo"),
}
SIGNS = {
    Weight.OK: ":green[:material/check_circle:]",
    Weight.REMARK: ":orange[:material/info:]",
    Weight.PREVENTS: ":red[:material/block:]",
}
FIRST_THINGS = (Weight.PREVENTS, Weight.REMARK, Weight.OK)


@live(EVERY_S, Right.SEE_SITE)
def draw_commissioning(analyzer_id: int) -> None:
    """Drawn anew every few seconds, so that a test can be followed."""
    person, words = signed_in(), formats()
    line, _now = line_now(analyzer_id)
    with database().reading() as conn:
        now = database().now(conn)
        records = commissionings_of(conn, person.viewer, analyzer_id)
        asked = newest_test(conn, person.viewer, analyzer_id, now)
        serials = serials_of(conn, person.viewer, analyzer_id)
    if not line.commissioned and line.wiring is not Wiring.NONE:
        st.warning(_(NOT_COMMISSIONED), icon=":material/build:")
    if serials.is_other:
        other = _("{answering} answers instead of {bound}. If the device was exchanged, swap it here.")
        names = {"answering": words.name(serials.answering or ""), "bound": words.name(serials.bound or "")}
        st.warning(plain(words.sentence(other, **names)), icon=":material/swap_horiz:")
    _draw_asked(person, asked, now, words)
    _draw_acts(person, line, serials, asked)
    for number, record in enumerate(records):
        _draw_record(record, words, opened=number == 0)
    if not records:
        st.caption(_("There is no record of a commissioning."))


def _draw_acts(person: SignedIn, line: AnalyzerLine, serials: Serials, asked: AskedTest | None) -> None:
    """The buttons, for who may ask the enforcer."""
    if not person.viewer.may(Right.ASK_ENFORCER) or line.retired_at is not None:
        return
    under_way, analyzer_id = asked is not None and asked.is_open, line.analyzer_id
    with st.container(horizontal=True, key="commissioning-acts"):
        if st.button(_("Test on the spot"), icon=":material/fact_check:", key="act-test", disabled=under_way):
            open_dialog(_("Test on the spot"), Right.ASK_ENFORCER, partial(draw_ask_test, analyzer_id))
        if st.button(_("Swap the device"), icon=":material/swap_horiz:", key="act-swap", disabled=under_way):
            open_dialog(_("Swap the device"), Right.ASK_ENFORCER, partial(draw_ask_swap, analyzer_id, serials))
        if line.commissioned and st.button(_("Take the record back"), icon=":material/undo:", key="act-revoke"):
            open_dialog(_("Take the record back"), Right.ADMINISTER, partial(draw_revoke, analyzer_id))


def _draw_asked(person: SignedIn, asked: AskedTest | None, now: datetime, words: Formats) -> None:
    """The test under way; and one that was refused, until a record is newer."""
    if asked is None:
        return
    if asked.state is WishState.REFUSED:
        refused = _("{kind} of {instant} was not made: {why}")
        facts = {"kind": _(KINDS[asked.kind]), "instant": words.instant(asked.asked_at), "why": asked.result or ""}
        st.error(plain(words.sentence(refused, **facts)), icon=":material/error:")
    if not asked.is_open:
        return
    with st.container(border=True, key="test-under-way"):
        title = _("{kind}, asked by {who}: {reason}")
        names = {"kind": _(KINDS[asked.kind]), "who": words.name(asked.asked_by), "reason": words.name(asked.reason)}
        st.markdown(f":blue-badge[:material/hourglass_top: {_('Under way')}] {plain(words.sentence(title, **names))}")
        st.markdown(plain(_how_far(asked, words)))
        may = person.viewer.may(Right.ASK_ENFORCER) and asked.state is WishState.OPEN
        if may:
            st.button(
                _("Withdraw"), icon=":material/undo:", key="withdraw-test", on_click=_withdraw, args=(asked.wish_id,)
            )


@acting(Right.ASK_ENFORCER)
def _withdraw(person: SignedIn, wish_id: int) -> None:
    withdraw(database(), person, wish_id)
    forget()


def _how_far(asked: AskedTest, words: Formats) -> str:
    if asked.phase is not None:
        return _(PHASES[asked.phase])
    if asked.serial_number is None:
        return _("Not taken yet: the enforcer takes it when the analyzer answers.")
    awaited = _("{serial_number} is awaited at this address until {until}. The old device is counted until then.")
    return words.sentence(awaited, serial_number=words.name(asked.serial_number), until=words.instant(asked.until_at))


def _draw_record(record: Commissioning, words: Formats, *, opened: bool) -> None:
    colour, icon = BADGES[record.outcome]
    with st.container(border=True):
        st.markdown(
            f":{colour}-badge[:material/{icon}: {_(OUTCOMES[record.outcome])}] "
            + plain(f"{words.instant(record.ended_at)} · {record.serial_number} · {record.by_whom}")
        )
        st.markdown(plain(record.verdict))
        if record.outcome is not Outcome.REVOKED:
            st.caption(plain(" · ".join(_evidence(record, words))))
        if record.findings:
            with st.expander(_("Checklist"), expanded=opened):
                st.markdown(_checklist(record.findings))


def _evidence(record: Commissioning, words: Formats) -> list[str]:
    cut = _("cut not proven")
    if record.cut_proven_at is not None:
        cut = words.sentence(_("cut proven at {instant}"), instant=words.second(record.cut_proven_at))
    back = _("not restored")
    if record.restored_at is not None:
        back = words.sentence(_("restored at {instant}"), instant=words.second(record.restored_at))
    return [
        _("tariff input proven") if record.tariff_proven else _("tariff input not proven"),
        _("answers while cut") if record.answers_while_cut else _("never asked while cut"),
        cut,
        back,
    ]


def _checklist(findings: Sequence[Finding]) -> str:
    """What prevents comes first, then what should be known, then what is good."""
    ordered = sorted(findings, key=lambda finding: FIRST_THINGS.index(finding.weight))
    return "\n\n".join(f"{SIGNS[finding.weight]} {plain(sentence(finding))}" for finding in ordered)
