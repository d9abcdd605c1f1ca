"""Before a cut the device itself must show what its log lets expect."""

from dataclasses import replace

import pytest

from prepaid.kepware.second_look import Doubt, doubt
from prepaid.metering import COUNTERS_RESET, RESTARTED
from tests.prepaid.meters import RATED_W, START_GENERATOR_WH, START_GRID_WH, based

METER = based().meter
HOUR_WH = int(RATED_W)


@pytest.mark.parametrize("grown_wh", [0, 1, HOUR_WH])
def test_a_device_that_went_on_is_the_one_of_the_log(grown_wh: int) -> None:
    assert doubt(METER, (START_GRID_WH + grown_wh, START_GENERATOR_WH), 0, 3600) is None


@pytest.mark.parametrize(
    "shown",
    [
        (START_GRID_WH - 1, START_GENERATOR_WH),
        (START_GRID_WH, START_GENERATOR_WH - 1),
        (START_GRID_WH + 2 * HOUR_WH, START_GENERATOR_WH),
        (None, START_GENERATOR_WH),
        (0, 0),
    ],
)
def test_counters_of_another_device_are_doubted(shown: tuple[int | None, int | None]) -> None:
    assert doubt(METER, shown, 0, 3600) is Doubt.COUNTERS


@pytest.mark.parametrize("bit", [RESTARTED, COUNTERS_RESET])
def test_a_restart_that_the_log_has_not_told_is_waited_for(bit: int) -> None:
    assert doubt(METER, (START_GRID_WH, START_GENERATOR_WH), bit, 5) is Doubt.RESTARTED
    assert doubt(replace(METER, diagnostics=bit), (START_GRID_WH, START_GENERATOR_WH), bit, 5) is None


def test_an_analyzer_without_a_base_is_not_cut() -> None:
    assert doubt(replace(METER, grid=None), (START_GRID_WH, START_GENERATOR_WH), 0, 5) is Doubt.COUNTERS
