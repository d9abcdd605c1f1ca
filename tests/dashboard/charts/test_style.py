"""The look of all charts: colours that everybody tells apart, on both themes, and nothing that traps a finger."""

import tomllib
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from dashboard.charts.colours import BOTH, GENERATOR, GRID, WRONG
from dashboard.charts.style import CONFIG, Tick, name_places, scale_large, styled, thin
from documents.formats import Formats
from tests.dashboard.charts.sight import COLOUR_BLIND, contrast, distance
from tests.house.lock import ROOT

ENGLISH = Formats("en", ZoneInfo("Asia/Baghdad"))
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
PAGES = [
    THEME[mode][surface] for mode in ("light", "dark") for surface in ("backgroundColor", "secondaryBackgroundColor")
]
CLEARLY_APART = 30.0


@pytest.mark.parametrize("eyes", [None, *COLOUR_BLIND])
def test_no_eyes_confuse_grid_and_generator(eyes: str | None) -> None:
    assert distance(GRID, GENERATOR, eyes) > CLEARLY_APART


@pytest.mark.parametrize("eyes", [None, "protan", "deutan"])
def test_the_load_as_a_whole_is_taken_for_neither_source_nor_for_an_alarm(eyes: str | None) -> None:
    assert min(distance(BOTH, other, eyes) for other in (GRID, GENERATOR, WRONG)) > CLEARLY_APART


def test_the_measure_of_colours_knows_the_classic_confusion() -> None:
    assert distance("#ff0000", "#00b400", "deutan") < distance("#ff0000", "#00b400") / 2
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("colour", [GRID, GENERATOR, BOTH, WRONG])
def test_colours_stand_out_on_light_and_dark_pages(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


def test_a_finger_on_a_chart_scrolls_the_page() -> None:
    figure = styled([go.Bar(x=["a"], y=[1])], ENGLISH, unit="kWh")

    assert figure.layout.dragmode is False
    assert (figure.layout.xaxis.fixedrange, figure.layout.yaxis.fixedrange) == (True, True)
    assert (CONFIG["displayModeBar"], CONFIG["scrollZoom"]) == (False, False)


def test_the_axis_names_its_unit_and_the_theme_keeps_fonts_and_backgrounds() -> None:
    layout = styled([go.Bar(x=["a"], y=[1])], Formats("de", ENGLISH.zone), unit="kWh").layout

    assert [note.text for note in layout.annotations] == ["kWh"]
    assert layout.separators == ",."
    assert (layout.font.family, layout.font.color, layout.paper_bgcolor, layout.plot_bgcolor) == (None,) * 4


def test_large_numbers_are_written_short() -> None:
    figure = styled([go.Bar(x=["a"], y=[99_000])], ENGLISH, unit="IQD")

    scale_large(figure, 99_000)
    assert figure.layout.yaxis.tickformat == ","

    scale_large(figure, 2_500_000)
    assert figure.layout.yaxis.tickformat == "~s"


def test_a_scale_of_names_shows_every_place_and_writes_a_few() -> None:
    figure = styled([go.Bar(x=["one", "two"], y=[1, 2])], ENGLISH, unit="kWh")

    name_places(figure, ["one", "two"], [Tick(1, "2")])

    axis = figure.layout.xaxis
    assert (axis.type, axis.range, axis.tickvals, axis.ticktext) == ("category", (-0.5, 1.5), (1,), ("2",))


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, 1), (6, 6), (7, 4), (365, 6)])
def test_few_of_many_places_are_written(count: int, shown: int) -> None:
    assert len(thin(count)) == shown
