"""The head of one analyzer, drawn anew every few seconds: how it stands, why, what is under way, what may be asked."""

from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from dashboard.analyzers.acts import draw_acts
from dashboard.asked.analyzers import changes_now, line_now, place_now, values_now, wishes_now
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.parts.steps import draw_steps
from dashboard.parts.supply import BADGES, Colour
from dashboard.viewing import formats, live, signed_in
from documents.alert_names import alert_name
from documents.analyzer_texts import NOT_COMMISSIONED, SUPPLIED, age, presence_words, proof_words, trouble
from documents.formats import NOTHING, Formats
from documents.parameter_texts import CURRENT, FREQUENCY, POWER_FACTOR, VOLTAGE
from documents.reasons import SupplyFacts, reason_for_staff
from documents.standing_texts import SOURCES
from documents.wish_texts import KINDS, change_steps, steps, waiting
from prepaid.access import Right
from prepaid.language import _
from prepaid.links import Presence
from prepaid.records import Source, Wiring, WishState
from prepaid.supply import Answer, Reason
from sql.questions.analyzer_lines import AnalyzerLine
from sql.questions.wishes import WishLine
from sql.questions.would_have import would_have

EVERY_S = 5.0
LEAST_METRIC_PX = 130
LINK_BADGES: dict[Presence, tuple[Colour, str]] = {
    Presence.ANSWERING: ("green", "wifi"),
    Presence.SILENT: ("red", "wifi_off"),
    Presence.NEVER_SEEN: ("gray", "wifi_off"),
    Presence.WRONG_DEVICE: ("red", "swap_horiz"),
    Presence.ON_HOLD: ("orange", "pause_circle"),
    Presence.IN_DOUBT: ("orange", "help"),
}
SOURCE_COLOURS: dict[Source, Colour] = {Source.GRID: "blue", Source.GENERATOR: "orange"}
FOLLOWED_S = 120.0
"""So long a wish that is done is still shown with its steps."""


@live(EVERY_S, Right.SEE_SITE)
def draw_head(analyzer_id: int) -> None:
    """Everything about the supply that changes by itself."""
    line, now = line_now(analyzer_id)
    words = formats()
    with st.container(border=True, key="analyzer-head"):
        _draw_badges(line, now, words)
        _draw_supply(line, now, words)
        _draw_under_way(line, now, words)
        draw_acts(signed_in(), line)
    _draw_numbers(line, now, words)


def _draw_badges(line: AnalyzerLine, now: datetime, words: Formats) -> None:
    with st.container(horizontal=True, gap="small"):
        colour, icon = BADGES[line.supplied]
        st.badge(_(SUPPLIED[line.supplied]), icon=f":material/{icon}:", color=colour)
        colour, icon = LINK_BADGES[line.presence]
        st.badge(presence_words(line.presence, line.read_at, now, words), icon=f":material/{icon}:", color=colour)
        if line.source is not None:
            st.badge(_(SOURCES[line.source]), icon=":material/bolt:", color=SOURCE_COLOURS[line.source])
        if line.lock_owner is not None:
            st.badge(_("Safety lock"), icon=":material/lock:", color="red")
        if line.wish_kind is not None:
            st.badge(_("Wish: {kind}").format(kind=_(KINDS[line.wish_kind])), icon=":material/flag:", color="blue")
        if line.retired_at is not None:
            st.badge(_("Retired"), icon=":material/archive:", color="gray")


def _draw_supply(line: AnalyzerLine, now: datetime, words: Formats) -> None:
    facts = SupplyFacts(
        supply=line.supply,
        reason=line.reason,
        answer=line.answer,
        answer_reason=line.answer_reason,
        until_at=line.answer_until_at,
        close_by_hand=line.closes_by_hand,
        place=place_now(line.analyzer_id) if line.changing_to is Answer.ON else None,
    )
    st.markdown(f"**{plain(reason_for_staff(facts, words))}**")
    notes = []
    if line.since_at is not None and line.wiring is not Wiring.NONE:
        since = words.sentence(_("Since {instant}"), instant=words.instant(line.since_at))
        notes.append(f"{since}, {proof_words(line.evidence)}.")
    if line.lock_owner is not None:
        notes.append(
            words.sentence(
                _("Locked by {owner}, phone {phone}."),
                owner=words.name(line.lock_owner),
                phone=words.name(line.lock_phone or NOTHING),
            )
        )
    if line.answer_reason is Reason.NOT_ENFORCED and line.account_id is not None:
        notes.append(_would_have(line.account_id, words))
    if any(notes):
        st.caption(plain(" ".join(note for note in notes if note)))
    if not line.commissioned and line.wiring is not Wiring.NONE:
        st.warning(_(NOT_COMMISSIONED), icon=":material/build:")
    if line.load_while_cut_since_at is not None:
        since = words.instant(line.load_while_cut_since_at)
        st.error(
            words.sentence(_("Load flows although it is cut, since {since}."), since=since), icon=":material/bolt:"
        )
    found = plain(trouble(line.presence, line.link_error, line.verdict_why))
    if found and line.presence in (Presence.SILENT, Presence.NEVER_SEEN):
        st.error(found, icon=":material/wifi_off:")
    elif found:
        st.warning(found, icon=":material/help:")


def _would_have(account_id: int, words: Formats) -> str:
    """What the tenant of the observed account would have been told last; empty where it was nothing."""
    with database().reading() as conn:
        found = would_have(conn, signed_in().viewer, account_id)
    if found is None:
        return ""
    told = _("The tenant would have been told: {what}, {instant}.")
    return words.sentence(told, what=alert_name(found.newest), instant=words.instant(found.newest_at))


def _draw_under_way(line: AnalyzerLine, now: datetime, words: Formats) -> None:
    """The wish that is followed, else the change that the rules have begun."""
    wish = _followed(wishes_now(line.analyzer_id), now)
    if wish is not None:
        title = words.sentence(
            _("{kind}, asked by {who}: {reason}"),
            kind=_(KINDS[wish.kind]),
            who=words.name(wish.asked_by),
            reason=words.name(wish.reason),
        )
        st.caption(plain(title))
        draw_steps(steps(wish.course, now, words, is_open=wish.is_open), _("How far the wish has come"))
        late = waiting(wish.course, now) if wish.is_open else ""
        if late:
            st.warning(late, icon=":material/hourglass_top:")
        return
    change = next((each for each in changes_now(line.analyzer_id) if each.ended_at is None), None)
    if change is not None:
        st.caption(_("Being cut") if change.wanted is Answer.CUT else _("Being switched on"))
        draw_steps(change_steps(change.course, now, words, is_open=True), _("How far the change has come"))


def _followed(found: tuple[WishLine, ...], now: datetime) -> WishLine | None:
    """The newest wish while it is open, and for a while after it is done."""
    if not found:
        return None
    newest = found[0]
    done = newest.state is WishState.DONE and newest.ended_at is not None
    fresh = newest.ended_at is not None and (now - newest.ended_at).total_seconds() < FOLLOWED_S
    return newest if newest.is_open or (done and fresh) else None


def _draw_numbers(line: AnalyzerLine, now: datetime, words: Formats) -> None:
    values = {} if line.presence is Presence.SILENT else values_now(line.analyzer_id).values
    with st.container(key="analyzer-numbers"), st.grid(6, min_column_width=LEAST_METRIC_PX):
        _metric(_("Power"), NOTHING if line.power_w is None else words.power(line.power_w))
        _metric(_("Current"), CURRENT.with_unit(_total_a(values), words))
        _metric(_("Voltage"), VOLTAGE.with_unit(values.get("voltage_average_l_n_v"), words))
        _metric(_("Power factor"), POWER_FACTOR.with_unit(values.get("power_factor"), words))
        _metric(_("Frequency"), FREQUENCY.with_unit(values.get("frequency_hz"), words))
        _metric(_("Last answer"), age(line.read_at, now, words))


def _metric(label: str, value: str) -> None:
    st.metric(label, value, border=True, height="stretch")


def _total_a(values: Mapping[str, float | int | None]) -> float | None:
    """The sum of the phase currents; the device has no register for it."""
    phases = [values.get(f"current_l{phase}_a") for phase in (1, 2, 3)]
    known = [phase for phase in phases if phase is not None]
    return sum(known) if len(known) == len(phases) else None
