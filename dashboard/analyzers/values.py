"""Every live parameter of one analyzer, drawn anew every few seconds: phases as bars, numbers as tables, registers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import streamlit as st

from dashboard.asked.analyzers import line_now, values_now
from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.matrix import draw_matrix
from dashboard.parts.phase_bars import draw_phase_bars, phase_bar
from dashboard.parts.states import draw_empty, draw_stale
from dashboard.viewing import formats, live
from documents.analyzer_texts import VERDICTS, diagnostics_words, limit_words, switch_words
from documents.formats import NOTHING, Formats
from documents.parameter_texts import (
    AVERAGE,
    COUNTERS,
    CURRENT,
    FREQUENCY,
    INSTANT,
    NEUTRAL,
    PHASE_COUNTERS,
    PHASES,
    POWER,
    TARIFFS,
    TOTAL,
    UNBALANCE,
    VOLTAGE,
    Quantity,
    title_of,
)
from prepaid.access import Right
from prepaid.language import _
from prepaid.links import Presence

EVERY_S = 5.0
BARS_PX, TABLE_PX, FACTS_PX = 300, 420, 320
OUTPUTS, INPUTS = ("DO 0.0", "DO 0.1"), ("DI 0.0", "DI 0.1")

Values = Mapping[str, float | int | None]


@live(EVERY_S, Right.SEE_SITE)
def draw_values(analyzer_id: int) -> None:
    """All that the newest reading said."""
    line, _now = line_now(analyzer_id)
    found, words = values_now(analyzer_id), formats()
    if found.read_at is None:
        draw_empty(_("Never read"), _("Its values appear here as soon as it answers."), ":material/wifi_off:")
        return
    if line.presence is Presence.SILENT:
        draw_stale(words.sentence(_("These values are of {instant}."), instant=words.instant(found.read_at)))
    _draw_bars(found.values, words)
    with st.grid(2, min_column_width=TABLE_PX):
        with st.container(border=True):
            _draw_instant(found.values, words)
        with st.container(border=True):
            _draw_counters(found.values, found.phases, words)
            if found.phases_read_at is not None and found.read_at - found.phases_read_at > timedelta(seconds=1):
                st.caption(words.sentence(_("Phases as of {time}."), time=words.second(found.phases_read_at)))
    with st.container(border=True):
        st.markdown(f"**{_('Status of the device')}**")
        verdict = NOTHING if line.verdict is None else _(VERDICTS[line.verdict])
        facts = [*_registers(found.values, words), Fact(_("Newest reading"), verdict)]
        half = -(-len(facts) // 2)
        with st.grid(2, min_column_width=FACTS_PX):
            draw_facts(facts[:half])
            draw_facts(facts[half:])


def _draw_bars(values: Values, words: Formats) -> None:
    with st.grid(3, min_column_width=BARS_PX):
        for quantity in (VOLTAGE, CURRENT, POWER):
            numbers = [values.get(name) for name in quantity.names[:3]]
            whole = max((abs(number) for number in numbers if number is not None), default=0.0)
            bars = [phase_bar(number, quantity.with_unit(number, words), whole) for number in numbers]
            with st.container(border=True):
                draw_phase_bars(_(quantity.title), bars, _note(quantity, values, words))


def _note(quantity: Quantity, values: Values, words: Formats) -> str:
    """What is said below the bars: unbalance, neutral, total."""
    if quantity is POWER:
        return _("Total {value}").format(value=POWER.with_unit(values.get("power_w"), words))
    if quantity is CURRENT:
        neutral = CURRENT.with_unit(values.get("neutral_current_a"), words)
        return _("Neutral {value}").format(value=neutral)
    return _("Unbalance {value}").format(value=UNBALANCE.with_unit(values.get("unbalance_voltage_pct"), words))


def _draw_instant(values: Values, words: Formats) -> None:
    rows = [(title_of(quantity), _cells(quantity, values, words)) for quantity in INSTANT]
    draw_matrix([*PHASES, _("Total, average"), _(NEUTRAL)], rows, _("Values of this moment by phase"))
    pairs = " · ".join(
        f"{label} {_(UNBALANCE.title).lower()} {UNBALANCE.with_unit(values.get(name), words)}"
        for label, name in zip(map(_, UNBALANCE.labels), UNBALANCE.names, strict=True)
    )
    st.caption(f"{_(FREQUENCY.title)} {FREQUENCY.with_unit(values.get('frequency_hz'), words)} · {pairs}")


def _cells(quantity: Quantity, values: Values, words: Formats) -> Sequence[str]:
    """Phases first, then total or average, then the neutral."""
    of = dict(zip(quantity.labels, quantity.names, strict=True))
    beside = of.get(TOTAL) or of.get(AVERAGE)
    names = [*quantity.names[: len(PHASES)], beside, of.get(NEUTRAL)]
    return ["" if name is None else quantity.text(values.get(name), words) for name in names]


def _draw_counters(values: Values, phases: Values, words: Formats) -> None:
    rows = [
        (title_of(quantity), [quantity.text(of.get(name), words) for name in quantity.names])
        for of, quantities in ((values, COUNTERS), (phases, PHASE_COUNTERS))
        for quantity in quantities
    ]
    draw_matrix([_(tariff) for tariff in TARIFFS], rows, _("Counters by tariff"))


def _registers(values: Values, words: Formats) -> list[Fact]:
    """Status registers in words, each with its number."""
    diagnostics = values.get("diagnostics")
    operating_s = values.get("operating_s")
    return [
        Fact(_("Diagnostics, 205"), _joined(None if diagnostics is None else diagnostics_words(int(diagnostics)))),
        Fact(_("Outputs, 207"), _bits(values.get("outputs"), OUTPUTS)),
        Fact(_("Inputs, 209"), _bits(values.get("inputs"), INPUTS)),
        Fact(_("Active tariff, 211"), _tariff(values.get("active_tariff"))),
        Fact(_("Limits violated, 203"), _limits(values.get("limit_violations"))),
        Fact(
            _("Operating time, 213"), NOTHING if operating_s is None else words.duration(timedelta(seconds=operating_s))
        ),
        Fact(_("Changes of parameters, 217"), _whole(values.get("parameter_changes"), words)),
        Fact(_("Changes of settings, 219"), _whole(values.get("setting_changes"), words)),
    ]


def _joined(found: list[str] | None) -> str:
    if found is None:
        return NOTHING
    return ", ".join(found) or _("Nothing to report")


def _bits(value: float | int | None, names: tuple[str, str]) -> str:
    return NOTHING if value is None else ", ".join(switch_words(int(value), names))


def _limits(value: float | int | None) -> str:
    return NOTHING if value is None else limit_words(int(value))


def _tariff(value: float | int | None) -> str:
    return _(TARIFFS[int(value)]) if value in (0, 1) and value is not None else NOTHING


def _whole(value: float | int | None, words: Formats) -> str:
    return NOTHING if value is None else words.number(int(value))
