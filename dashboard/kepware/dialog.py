"""The way to it, and the dialog: which log, what is wrong with it, how it is set, and whose tags are whose."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard.house import database, log_database
from dashboard.kepware.by_hand import SAID, draw_by_hand
from dashboard.kepware.mapping import CHOSEN, Mapped, draw_mapping, draw_unit
from dashboard.kepware.settings import draw_settings
from dashboard.parts.dialog import open_dialog
from dashboard.parts.plain import plain
from dashboard.parts.states import draw_empty
from dashboard.viewing import say, signed_in
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.kepware.findings import Remark, interval_finding, stamp_finding
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import LogTable
from prepaid.kepware.proposal import Proposal, propose, required_of
from prepaid.language import _
from sql.kepware.mapping import GroupFacts, save_log
from sql.questions.kepware import LogChoices, log_choices, look_at_log
from sql.sessions import SignedIn

SEEN, TABLE = "kepware_seen", "kepware-table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a log table when somebody looked: that is mapped, whatever comes in meanwhile."""

    table: LogTable
    proposal: Proposal
    mapped: Mapped
    remarks: tuple[Remark, ...]


def draw_kepware_button(person: SignedIn, site_id: int) -> None:
    """The button, for administrators."""
    if person.viewer.may(Right.ADMINISTER) and st.button(_("Kepware"), icon=":material/lan:", key="kepware"):
        _forget()
        open_dialog(
            _("Read analyzers from Kepware"), Right.ADMINISTER, partial(draw_kepware, site_id), on_dismiss=_forget
        )


def draw_kepware(site_id: int) -> None:
    """The whole dialog."""
    try:
        choices = log_choices(database(), log_database(), signed_in().viewer, site_id)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not choices.tables:
        draw_empty(
            _("No log of Kepware"),
            _("Let the DataLogger of KEPServerEX write into the database, or set KEPWARE_DATABASE_URL."),
            ":material/database_off:",
        )
        return
    table = _choose_table(choices)
    group = next((each for each in choices.groups if each.table.where == table.where), None)
    try:
        seen = _seen(site_id, table, choices, group)
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _draw_remarks(seen)
    if not seen.proposal.devices:
        draw_empty(_("The log is empty"), _("Nothing was logged yet. Start the DataLogger, and look again."))
        return
    shown = draw_by_hand(draw_unit(seen.mapped), choices.analyzers)
    with st.form("kepware-form", border=False):
        tags = draw_mapping(shown, choices.analyzers)
        facts = draw_settings(table, group, seen.proposal, choices.zone)
        if st.form_submit_button(_("Save"), type="primary", width="stretch"):
            _save(site_id, group, facts, tags)


def _choose_table(choices: LogChoices) -> LogTable:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        table = st.selectbox(_("Log table"), choices.tables, format_func=lambda each: each.where, key=TABLE)
        st.button(_("Look again"), icon=":material/refresh:", key="kepware-again", on_click=_look_again)
    return table


def _seen(site_id: int, table: LogTable, choices: LogChoices, group: LogGroup | None) -> Seen:
    held = st.session_state.get(SEEN)
    if isinstance(held, Seen) and held.table == table:
        return held
    if isinstance(held, Seen):
        st.session_state.pop(SAID, None)
    with st.spinner(_("Looking at the log")):
        samples, now = look_at_log(log_database(), signed_in().viewer, site_id, table)
    proposal = propose(samples, choices.analyzers, choices.serial_numbers, choices.zone, now)
    remarks = [interval_finding(required_of(samples), None if group is None else group.interval_ms)] if samples else []
    if group is not None and samples:
        remarks.append(stamp_finding(group, samples, now))
    mapped = Mapped.of(proposal, group, samples)
    found = Seen(table=table, proposal=proposal, mapped=mapped, remarks=tuple(remarks))
    st.session_state[SEEN] = found
    st.session_state.pop(CHOSEN, None)
    return found


def _draw_remarks(seen: Seen) -> None:
    for remark in seen.remarks:
        if remark.good:
            st.success(plain(remark.sentence), icon=":material/check_circle:")
        else:
            st.warning(plain(remark.sentence), icon=":material/warning:")


def _save(site_id: int, group: LogGroup | None, facts: GroupFacts, mapped: Mapped) -> None:
    """Saves group and tags, and polls again what is not chosen any more; or says in the dialog why not, and what was
    chosen stays."""
    try:
        group_id = None if group is None else group.group_id
        save_log(database(), signed_in(), site_id, group_id, facts, mapped.tags())
    except PrepaidError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _forget()
    say(_("Saved. The enforcer reads these analyzers from Kepware within a minute."))
    st.rerun()


def _look_again() -> None:
    st.session_state.pop(SEEN, None)


def _forget() -> None:
    for name in (SEEN, TABLE, CHOSEN, SAID):
        st.session_state.pop(name, None)
