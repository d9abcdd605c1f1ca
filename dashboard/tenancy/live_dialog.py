"""The report before going live, and its sign-off: who would be cut at once stands there before it is done."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.asked import tenants as asked
from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.export import draw_export, draw_workbook
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.plain import plain
from dashboard.tenancy.live_table import live_export, live_table, named
from dashboard.viewing import formats, say, signed_in, site_id
from documents.formats import Formats
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.errors.tenants import ChangedMeanwhile, NotReady
from prepaid.language import _
from prepaid.records import Stage
from prepaid.tenancy import STAGE_NAMES, STAGES
from prepaid.wishes import LONGEST_REASON
from sql.going_live import sign_off
from sql.questions.going_live import LiveReport, LiveRow, live_report, sums_of
from sql.sessions import SignedIn

SEEN = "live_seen"
NAMED_AT_MOST, TABLE_PX = 10, 320


def draw_go_live(person: SignedIn) -> None:
    """The button, for administrators."""
    if person.viewer.may(Right.ADMINISTER) and st.button(_("Go live"), icon=":material/rocket_launch:", key="go-live"):
        _forget()
        open_dialog(_("Before going live"), Right.ADMINISTER, partial(draw_going_live, site_id()), on_dismiss=_forget)


def draw_going_live(at_site: int) -> None:
    """The report, and below it the accounts that are chosen and the sign-off."""
    report, words = _seen(at_site), formats()
    if not report.rows:
        st.info(_("No account waits: all that are open are enforced."), icon=":material/info:")
        return
    _draw_report(report, words)
    stage = st.segmented_control(
        _("They become"),
        (Stage.WARNED, Stage.ENFORCED),
        default=Stage.ENFORCED,
        required=True,
        format_func=lambda each: _(STAGE_NAMES[each]),
        key="live-stage",
        help=_("Who is warned is told by mail and never cut. Who is enforced is cut when the credit is used up."),
    )
    assert stage is not None, "one of them is always chosen"
    able = [row for row in report.ready if STAGES.index(row.stage) < STAGES.index(stage)]
    if not able:
        st.warning(_("Nothing can be signed off yet. The table says what prevents each account."))
        return
    _draw_sign_off(report, able, stage, words)


def _draw_report(report: LiveReport, words: Formats) -> None:
    ready = report.ready
    facts = [
        Fact(_("Not enforced yet"), words.number(len(report.rows))),
        Fact(_("Ready"), words.number(len(ready))),
        Fact(_("Would be cut at once"), words.number(sum(row.cut_at_once for row in ready)), _("of those ready")),
        Fact(_("Would have been cut so far"), words.number(sum(row.would.cuts for row in report.rows))),
        Fact(_("Would have been told so far"), words.number(sum(row.would.alerts for row in report.rows))),
    ]
    for currency, (opening, live) in sums_of(report.rows).items():
        facts.append(Fact(_("Opening balances"), words.money(opening, currency)))
        facts.append(Fact(_("Balances now"), words.money(live, currency)))
    draw_facts(facts)
    st.dataframe(
        live_table(report, words),
        hide_index=True,
        height=min(TABLE_PX, 36 * (len(report.rows) + 1) + 3),
        key="live-accounts",
        alt=_("Accounts that are not enforced yet, and what prevents each"),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(words.sentence(_("As it was at {instant}"), instant=words.instant(report.at)))
        draw_export(partial(live_export, report), "going-live")
        draw_workbook(partial(live_export, report), "going-live")
        if st.button(_("Look again"), icon=":material/refresh:", type="tertiary", key="live-again"):
            _forget()
            st.rerun()


def _draw_sign_off(report: LiveReport, able: Sequence[LiveRow], stage: Stage, words: Formats) -> None:
    names = dict(zip((row.account_id for row in able), named(able, words), strict=True))
    everybody = st.checkbox(
        _("All {number} that are ready").format(number=words.number(len(able))), key="live-everybody"
    )
    chosen = list(names)
    if not everybody:
        chosen = st.multiselect(
            _("Accounts"), list(names), format_func=lambda key: names[key], key=f"live-chosen-{stage}"
        )
    cut = [row for row in report.among(chosen) if row.cut_at_once]
    if stage is Stage.ENFORCED and cut:
        _draw_cut_at_once(cut, words)
    with st.form("form-live", border=False):
        example = _("For example: observed for two weeks, all tenants were told")
        reason = st.text_input(_("Reason"), max_chars=LONGEST_REASON, placeholder=example, key="live-reason")
        if st.form_submit_button(_("Sign off"), type="primary", width="stretch"):
            _sign_off(report, chosen, stage, reason)


def _draw_cut_at_once(cut: Sequence[LiveRow], words: Formats) -> None:
    """Who they are, before it is done."""
    names = named(cut[:NAMED_AT_MOST], words)
    if len(cut) > NAMED_AT_MOST:
        names.append(_("and {number} more").format(number=words.number(len(cut) - NAMED_AT_MOST)))
    said = _("{number} of them are out of credit and cut within seconds, unless something else protects them: {names}")
    st.warning(plain(said.format(number=words.number(len(cut)), names=", ".join(names))), icon=":material/power_off:")


def _sign_off(report: LiveReport, chosen: Sequence[int], stage: Stage, reason: str) -> None:
    try:
        moved = sign_off(database(), signed_in(), report, chosen, stage, reason)
    except PrepaidError as error:
        if isinstance(error, ChangedMeanwhile | NotReady):
            _forget()  # the next look shows it as it is now
        st.error(plain(str(error)), icon=":material/error:")
        return
    _forget()
    asked.rows.clear()
    say(_("Signed off: {number} accounts are {stage} now.").format(number=moved, stage=_(STAGE_NAMES[stage])))
    st.rerun()


def _seen(at_site: int) -> LiveReport:
    """The report stays as it was first seen: what is signed off is what stands there."""
    held = st.session_state.get(SEEN)
    if isinstance(held, LiveReport) and held.site_id == at_site:
        return held
    with database().reading() as conn:
        found = live_report(conn, signed_in().viewer, at_site, database().now(conn))
    st.session_state[SEEN] = found
    return found


def _forget() -> None:
    st.session_state.pop(SEEN, None)
