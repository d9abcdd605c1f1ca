"""Three bars, one a phase: how a quantity is spread over L1, L2 and L3. Drawn anew every few seconds, so no chart."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from markupsafe import Markup

from dashboard.charts.colours import PHASES

NAMES = ("L1", "L2", "L3")


class PhaseBar(NamedTuple):
    """The value of one phase, its share of the whole bar (0 to 1), and how the value is read."""

    share: float
    text: str


def phase_bar(value: float | None, text: str, whole: float) -> PhaseBar:
    """A bar of that length; nothing where there is no number. The sign is told by the text alone."""
    if value is None or not math.isfinite(value) or whole <= 0:
        return PhaseBar(0.0, text)
    return PhaseBar(min(1.0, abs(value) / whole), text)


def draw_phase_bars(title: str, bars: Sequence[PhaseBar], note: str = "") -> None:
    """The bars under their title; `note` is said smaller below them."""
    rows = Markup("").join(_row(name, colour, bar) for name, colour, bar in zip(NAMES, PHASES, bars, strict=True))
    st.html(
        Markup(
            '<div style="font-weight:600;margin-bottom:.4rem">{}</div>{}'
            '<div style="font-size:.8125rem;opacity:.75;min-height:1.2em">{}</div>'
        ).format(title, rows, note)
    )


def _row(name: str, colour: str, bar: PhaseBar) -> Markup:
    return Markup(
        '<div style="display:flex;align-items:center;gap:.6rem;margin-bottom:.35rem">'
        '<span style="flex:none;width:1.6rem;opacity:.75">{}</span>'
        '<span style="flex:1;height:.7rem;border-radius:.35rem;background:rgba(100,116,139,.18)">'
        '<span style="display:block;height:100%;width:{}%;border-radius:.35rem;background:{}"></span></span>'
        '<span style="flex:none;min-width:5.2rem;text-align:end;font-variant-numeric:tabular-nums;'
        'font-weight:600">{}</span></div>'
    ).format(name, f"{bar.share * 100:.1f}", colour, bar.text)
