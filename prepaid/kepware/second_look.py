"""Before a cut at an analyzer that Kepware reads: is what the device itself shows what the log lets expect?"""

from enum import StrEnum

from prepaid.meter import COUNTERS_RESET, RESTARTED, Meter
from prepaid.plausible import allowance_wh
from prepaid.records import SOURCES

CLOCKS_APART_S = 60.0
"""Between the stamp of a value and the moment in which the device is asked lie the lag of the log and two clocks."""


class Doubt(StrEnum):
    """Why nothing is cut by what the log says."""

    COUNTERS = "counters"
    RESTARTED = "restarted"


def doubt(meter: Meter, shown: tuple[int | None, int | None], diagnostics: int, elapsed_s: float) -> Doubt | None:
    """`shown` are the counters of grid and generator as the device has them now, `diagnostics` its 205, `elapsed_s` the
    time since the accepted reading. None: the cut may go on.

    Counters that are not those of the log belong to another device, or another one's tags are mapped here.
    """
    if diagnostics & ~meter.diagnostics & (RESTARTED | COUNTERS_RESET):
        return Doubt.RESTARTED
    if meter.grid is None:
        return Doubt.COUNTERS
    grown = allowance_wh(meter.rated_power_w, elapsed_s + CLOCKS_APART_S)
    for source, counter_wh in zip(SOURCES, shown, strict=True):
        if counter_wh is None or not 0 <= counter_wh - meter.counter(source).counter_wh <= grown:
            return Doubt.COUNTERS
    return None
