"""What the live part of an analyzer is drawn with: bars, small tables and steps, safe against what names contain."""

import math

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts.phase_bars import PhaseBar, phase_bar


@pytest.mark.parametrize(
    ("value", "whole", "share"),
    [(5.0, 10.0, 0.5), (-5.0, 10.0, 0.5), (20.0, 10.0, 1.0), (None, 10.0, 0.0), (math.nan, 10.0, 0.0), (1.0, 0.0, 0.0)],
)
def test_a_bar_is_a_share_of_the_whole_and_never_longer(value: float | None, whole: float, share: float) -> None:
    assert phase_bar(value, "shown", whole) == PhaseBar(share, "shown")


def test_what_names_contain_is_shown_and_not_run() -> None:
    def script() -> None:
        from dashboard.parts.matrix import draw_matrix
        from dashboard.parts.phase_bars import PhaseBar, draw_phase_bars
        from dashboard.parts.steps import draw_steps
        from documents.wish_texts import Step, StepState

        draw_matrix(["L1", "L2"], [("<b>Voltage</b>", ["1"])], "table")
        draw_phase_bars("Current", [PhaseBar(0.5, "<i>")] * 3)
        draw_steps([Step("Written", StepState.FAILED, "<script>"), Step("Proven", StepState.AHEAD, "")], "steps")

    app = AppTest.from_function(script).run()

    table, bars, steps = (each.proto.body for each in app.get("html"))
    assert "&lt;b&gt;Voltage&lt;/b&gt;" in table and table.count("<td") == 3
    assert "&lt;i&gt;" in bars and "width:50.0%" in bars
    assert "&lt;script&gt;" in steps and "! Written" in steps
