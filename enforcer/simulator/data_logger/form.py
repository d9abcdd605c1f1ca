"""How a log group of the simulated KEPServerEX is set: its stamps, and the texts of its values."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from enforcer.kepserver.tags import METERING_TAGS, DataType, Tag

TICKS_A_SECOND: Final = 300
"""The column type `datetime` of SQL Server knows three-hundredths of a second."""
GOOD, BAD, COMMUNICATION_FAILURE, OUT_OF_SERVICE, UNCERTAIN = 192, 0, 24, 28, 64


@dataclass(frozen=True, kw_only=True, slots=True)
class LogForm:
    """`zone` None: the stamps are universal time. `kilo`: counters are scaled to thousands, as kWh. `single`: counters
    are tags of type Float, which a site should not do. `when_changed`: a value is stamped when it changed, not each
    time it was read. `ahead_s`: so much is the clock of its machine ahead."""

    wide: bool = False
    zone: ZoneInfo | None = None
    kilo: bool = False
    single: bool = False
    when_changed: bool = False
    interval_s: float = 5.0
    ahead_s: float = 0.0
    tags: tuple[Tag, ...] = METERING_TAGS

    @property
    def zone_name(self) -> str | None:
        """None: universal time."""
        return None if self.zone is None else self.zone.key

    def stamp(self, instant: datetime) -> datetime:
        """The instant as it stands in the table: without a zone, in steps of the column. In the hour that clocks go
        back, two instants have one stamp."""
        local = (instant + timedelta(seconds=self.ahead_s)).astimezone(self.zone or UTC).replace(tzinfo=None, fold=0)
        ticks = round(local.microsecond * TICKS_A_SECOND / 1_000_000)
        milliseconds = (ticks * 10 + 1) // 3  # .000, .003, .007
        return local.replace(microsecond=0) + timedelta(milliseconds=milliseconds)

    def text(self, tag: Tag, value: float | str) -> str:
        """A value as the column of texts has it."""
        if isinstance(value, str):
            return value
        counter = tag.data_type is DataType.DOUBLE
        if counter and self.kilo:
            value /= 1000
        if math.isnan(value):
            return "NaN"
        if tag.data_type in (DataType.DWORD, DataType.WORD):
            return str(int(value))
        if counter and not self.single:
            return repr(value)
        return f"{value:.7g}"
