"""The measured load: a band with a line in it, which ends where nothing was read."""

import json
from zoneinfo import ZoneInfo

from dashboard.charts.load_band import Part, load_band
from dashboard.charts.style import Tick
from documents.formats import Formats

ENGLISH = Formats("en", ZoneInfo("Europe/Berlin"))
NAMES = ["Mon", "Tue", "Wed"]


def test_a_part_in_which_nothing_was_read_is_a_gap_in_line_and_band() -> None:
    parts = [Part(2_000, 1_000, 3_000), None, Part(500, 500, 500)]

    chart = load_band(parts, NAMES, [Tick(0, "Mon")], ENGLISH, alt="Load")

    least, most, mean = chart.figure.data
    assert [list(trace.y) for trace in (least, most, mean)] == [[1, None, 0.5], [3, None, 0.5], [2, None, 0.5]]
    assert [text.replace("\u00a0", " ") for text in mean.customdata] == ["2.00 kW (1.00 kW to 3.00 kW)", "", "500 W"]
    assert (mean.connectgaps, mean.mode) == (False, "lines")
    json.dumps(json.loads(chart.figure.to_json()), allow_nan=False)


def test_a_single_part_is_drawn_as_a_point() -> None:
    chart = load_band([None, Part(1, 1, 1), None], NAMES, [Tick(0, "Mon")], ENGLISH, alt="Load")

    assert chart.figure.data[2].mode == "lines+markers"
