"""What an analyzer can be expected to have used in a time that no counter tells of."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from prepaid.calendar import LocalHours
from prepaid.records import Source
from prepaid.usual import Usual


@dataclass(frozen=True, slots=True)
class Expected:
    """Whole Wh per source, rounded down."""

    grid_wh: int
    generator_wh: int

    def of(self, source: Source) -> int:
        return self.grid_wh if source is Source.GRID else self.generator_wh


NOTHING_EXPECTED = Expected(0, 0)


def expected_use(usual: Usual, from_at: datetime, until_at: datetime, zone: ZoneInfo) -> Expected:
    """What is usual in these hours of the week; of hours that were begun or not ended the part inside.

    The generator's share is that of the last days, since nobody knows which source ran.
    """
    if until_at <= from_at:
        return NOTHING_EXPECTED
    hours = LocalHours(from_at, zone)
    hours.reach(until_at)
    wh = 0.0
    for number, slot in enumerate(hours.slots):
        begin, end = hours.begins[number], hours.begins[number + 1]
        inside = min(end, until_at) - max(begin, from_at)
        wh += usual.wh[slot] * (inside / (end - begin))
    generator_wh = int(wh * usual.generator_share)
    return Expected(int(wh) - generator_wh, generator_wh)
