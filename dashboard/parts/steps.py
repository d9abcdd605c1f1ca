"""The road of something that takes several steps, and how far it has come."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.charts.colours import GOOD, GRID, QUIET, WRONG
from documents.wish_texts import Step, StepState

COLOURS = {StepState.DONE: GOOD, StepState.NOW: GRID, StepState.AHEAD: QUIET, StepState.FAILED: WRONG}
SIGNS = {StepState.DONE: "✓", StepState.NOW: "…", StepState.AHEAD: "", StepState.FAILED: "!"}
LEAST_STEP = "8.5rem"


def draw_steps(steps: Sequence[Step], label: str) -> None:
    """The steps side by side, as many as fit; `label` says what they are the steps of."""
    st.html(
        Markup(
            '<ol aria-label="{}" style="list-style:none;margin:0;padding:0;display:grid;gap:.6rem .8rem;'
            'grid-template-columns:repeat(auto-fit,minmax({},1fr))">{}</ol>'
        ).format(label, LEAST_STEP, Markup("").join(_step(step) for step in steps))
    )


def _step(step: Step) -> Markup:
    colour, reached = COLOURS[step.state], step.state is not StepState.AHEAD
    return Markup(
        '<li style="border-top:3px solid {};padding-top:.35rem;opacity:{}" aria-current="{}">'
        '<div style="font-weight:600">{}{}</div>'
        '<div style="font-size:.8125rem;opacity:.8;overflow-wrap:anywhere;font-variant-numeric:tabular-nums">{}</div>'
        "</li>"
    ).format(
        colour,
        "1" if reached else ".65",
        "step" if step.state is StepState.NOW else "false",
        f"{SIGNS[step.state]} " if SIGNS[step.state] else "",
        step.title,
        step.note,
    )
