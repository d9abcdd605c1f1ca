"""The device: how it is configured, how it was tested, whose it was, and from where its counters are counted."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.analyzers.commissioning import draw_commissioning
from dashboard.house import database
from dashboard.parts.facts import Fact, draw_facts
from dashboard.viewing import formats, signed_in
from documents.analyzer_texts import BASES, FEEDS, STAGES, WIRINGS
from documents.formats import NOTHING, Formats
from documents.standing_texts import SOURCES
from prepaid.language import _
from prepaid.records import Feed, Wiring
from sql.questions.analyzer_device import (
    Assignment,
    DeviceFacts,
    OpenBase,
    assignments_of,
    device_facts,
    open_bases_of,
)
from sql.questions.analyzers import AnalyzerLine

LEAST_PX = 380


def draw_device(line: AnalyzerLine) -> None:
    """All that changes only when a person changes it."""
    viewer, words, analyzer_id = signed_in().viewer, formats(), line.analyzer_id
    with database().reading() as conn:
        facts = device_facts(conn, viewer, analyzer_id)
        owners = assignments_of(conn, viewer, analyzer_id)
        bases = open_bases_of(conn, viewer, analyzer_id)
    with st.grid(2, min_column_width=LEAST_PX):
        with st.container(border=True):
            st.markdown(f"**{_('Connection and measurement')}**")
            draw_facts(_connection(facts, words, line.answer_ms))
        with st.container(border=True):
            st.markdown(f"**{_('Switching')}**")
            draw_facts(_switching(facts))
    st.subheader(_("Commissioning"))
    draw_commissioning(analyzer_id)
    st.subheader(_("Accounts it belonged to"))
    st.dataframe(_owner_table(owners, words), hide_index=True, key="owners", alt=_("Accounts, newest first"))
    st.subheader(_("Counted from"))
    st.dataframe(_base_table(bases, words), hide_index=True, key="bases", alt=_("Where counting began, by source"))


def _connection(facts: DeviceFacts, words: Formats, answer_ms: float | None) -> list[Fact]:
    taps = _("below the contactor") if facts.taps_below_contactor else _("above the contactor")
    return [
        Fact(_("Feed"), _(FEEDS[facts.feed]), _lag(facts, answer_ms)),
        Fact(_("Address"), f"{facts.host}:{facts.port}", _("unit {number}").format(number=facts.unit_id)),
        Fact(_("Serial number"), facts.serial_number or _("Not commissioned")),
        Fact(_("Rated power"), words.power(float(facts.rated_power_w))),
        Fact(_("Current transformer"), f"{words.number(facts.ct_primary_a)} / {facts.ct_secondary_a} A"),
        Fact(_("Generator counts on"), _("Tariff {number}").format(number=facts.generator_tariff)),
        Fact(_("Voltage is measured"), taps),
        Fact(_("In use since"), words.instant(facts.created_at)),
        *([Fact(_("Retired"), words.instant(facts.retired_at))] if facts.retired_at is not None else []),
    ]


def _lag(facts: DeviceFacts, answer_ms: float | None) -> str:
    """How old a value of Kepware is when it is taken."""
    if facts.feed is Feed.MODBUS or answer_ms is None:
        return ""
    return _("its values come {seconds} s after their stamps").format(seconds=f"{answer_ms / 1000:.1f}")


def _switching(facts: DeviceFacts) -> list[Fact]:
    if facts.wiring is Wiring.NONE:
        return [Fact(_("Wiring"), _(WIRINGS[facts.wiring]))]
    feedback = NOTHING
    if facts.feedback_input is not None:
        shows = _("on = supply on") if facts.feedback_on_means_supply else _("on = supply cut")
        feedback = f"DI 0.{facts.feedback_input}, {shows}"
    timeout = _("Off") if not facts.remote_timeout_s else _("{number} s").format(number=facts.remote_timeout_s)
    return [
        Fact(_("Wiring"), _(WIRINGS[facts.wiring])),
        Fact(_("Output"), f"DO 0.{facts.output}"),
        *([Fact(_("Output that closes"), f"DO 0.{facts.close_output}")] if facts.close_output is not None else []),
        *([Fact(_("Output group"), str(facts.output_group))] if facts.output_group is not None else []),
        Fact(_("Feedback contact"), feedback),
        Fact(_("Time-out of the device"), timeout),
        Fact(_("Priority when connecting"), str(facts.priority)),
        Fact(_("Exempt from cuts"), _("Yes") if facts.exempt else _("No"), facts.exempt_why or ""),
        Fact(_("Asks whether it is safe before it comes on"), _("Yes") if facts.safe_to_switch_on_asked else _("No")),
    ]


def _owner_table(owners: Sequence[Assignment], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Account"): [each.account_number for each in owners],
            _("Tenant"): [each.tenant or _("The house") for each in owners],
            _("Stage"): [_(STAGES[each.stage]) for each in owners],
            _("From"): [_("Not begun") if each.from_at is None else words.instant(each.from_at) for each in owners],
            _("Until"): [NOTHING if each.until_at is None else words.instant(each.until_at) for each in owners],
            _("Grid counter at the beginning"): [_counter(each.opening_grid_wh, words) for each in owners],
            _("Generator counter at the beginning"): [_counter(each.opening_generator_wh, words) for each in owners],
            _("Entered by"): [each.entered_by for each in owners],
        }
    )


def _base_table(bases: Sequence[OpenBase], words: Formats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Source"): [_(SOURCES[each.source]) for each in bases],
            _("Since"): [words.instant(each.opened_at) for each in bases],
            _("Because of"): [_(BASES[each.cause]) for each in bases],
            _("Opening counter"): [_counter(each.opening_wh, words) for each in bases],
            _("Highest accepted"): [_counter(each.highest_wh, words) for each in bases],
            _("Charged until"): [_counter(each.charged_wh, words) for each in bases],
            _("Not charged yet"): [words.energy(each.highest_wh - each.charged_wh, 3) for each in bases],
        }
    )


def _counter(wh: int | None, words: Formats) -> str:
    return NOTHING if wh is None else words.energy(wh, 3)
