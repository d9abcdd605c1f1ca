"""The newest rows of one tag in a log, and what they say of how it is logged."""

import struct
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from prepaid.kepware.log import LogRow, LogValue, is_good
from prepaid.kepware.tags import MappedTag
from prepaid.kepware.values import parse

ROWS_KEPT: Final = 200
TAGS_KEPT: Final = 100_000
LEAST_TO_TELL: Final = 5
"""So many steps between values tell an interval."""
STATIC_WITHIN: Final = 0.25
STATIC_SHARE: Final = 0.9
FLOAT_BITS: Final = 24
"""Whole numbers up to 2^24 are exact in single precision; beyond, their steps grow."""
COUNTER_LIMIT: Final = 1e12


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of one tag, in the order of arrival. Stamps are as they stand in the log."""

    rows: tuple[LogRow, ...]

    @property
    def newest(self) -> LogRow:
        """The row with the newest stamp."""
        return max(self.rows, key=stamp_of)

    @property
    def value(self) -> LogValue:
        return self.newest.value

    @property
    def good(self) -> bool:
        """Whether the newest value is a good one."""
        return is_good(self.newest.quality)

    @property
    def steps_s(self) -> list[float]:
        """The seconds from stamp to stamp."""
        stamps = sorted({stamp_of(row).replace(tzinfo=None) for row in self.rows})
        return [(later - earlier) / timedelta(seconds=1) for earlier, later in pairwise(stamps)]

    @property
    def interval_s(self) -> float | None:
        """How often it is logged; None where too few rows tell."""
        steps = self.steps_s
        return median(steps) if len(steps) >= LEAST_TO_TELL else None

    @property
    def is_static(self) -> bool:
        """Whether it is logged at one interval, and not when its value changes."""
        steps, interval_s = self.steps_s, self.interval_s
        if interval_s is None:
            return False
        even = sum(abs(step - interval_s) <= STATIC_WITHIN * interval_s for step in steps)
        return even >= STATIC_SHARE * len(steps)

    def numbers(self, mapped: MappedTag, *, decimal_comma: bool) -> list[float]:
        """The good values that are numbers, in the parameter's own unit."""
        found = (parse(mapped, row.value, decimal_comma=decimal_comma) for row in self.rows if is_good(row.quality))
        return [float(value) for value in found if isinstance(value, int | float)]

    def float_step(self, *, decimal_comma: bool) -> float | None:
        """The smallest step that its values can make, where all of them are numbers of single precision so large that
        they cannot show 1; else None. Doubles fall upon such numbers only by chance."""
        raw = set(self.numbers(MappedTag("", 0, "power_w", "W"), decimal_comma=decimal_comma))
        if len(raw) < LEAST_TO_TELL or min(raw) < 1 << FLOAT_BITS or max(raw) > COUNTER_LIMIT:
            return None
        if any(struct.unpack("f", struct.pack("f", value))[0] != value for value in raw):
            return None
        return 2.0 ** (int(max(raw)).bit_length() - FLOAT_BITS)


def stamp_of(row: LogRow) -> datetime:
    """The stamp of a row that has one, as samples have."""
    assert row.stamped_at is not None, "a row without a stamp is in no sample"
    return row.stamped_at


def samples_of(rows: Iterable[LogRow]) -> Mapping[str, Sample]:
    """The newest rows of each tag."""
    kept: dict[str, deque[LogRow]] = defaultdict(lambda: deque(maxlen=ROWS_KEPT))
    for row in rows:
        if row.stamped_at is not None and (row.tag in kept or len(kept) < TAGS_KEPT):
            kept[row.tag].append(row)
    return {tag: Sample(tuple(found)) for tag, found in kept.items()}
