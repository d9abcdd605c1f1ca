"""What the DataLogger of a KEPServerEX writes: rows of tags, and how good each value is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

GOOD = 0xC0
"""Both upper bits of an OPC quality: 192 and what lies above it is good, 64 uncertain, below that bad."""
STAMP_SUFFIX, VALUE_SUFFIX, QUALITY_SUFFIX = "_TIMESTAMP", "_VALUE", "_QUALITY"
"""How the columns of a tag in a wide table end."""


class Shape(StrEnum):
    """How a log table is built: a row for each value of a tag, or a row for each moment with columns for every tag."""

    NARROW = "narrow"
    WIDE = "wide"


class Stamps(StrEnum):
    """What the stamps of a log table count: universal time, or the wall clock of a zone."""

    UTC = "utc"
    LOCAL = "local"


LogValue = str | int | float | None


class LogRow(NamedTuple):
    """One logged value of one tag. `row_id` is the order of arrival, `stamped_at` the time of the value: as it stands
    in the log, without a zone. A wide row becomes several of these with one `row_id`."""

    row_id: int
    tag: str
    value: LogValue
    stamped_at: datetime | None
    quality: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTable:
    """A log table and the names of its columns, as they were found. A wide one has only `id_column`: the others are the
    name of the tag with the usual endings."""

    schema: str | None
    name: str
    shape: Shape
    id_column: str
    tag_column: str | None = None
    value_column: str | None = None
    stamp_column: str | None = None
    quality_column: str | None = None

    @property
    def where(self) -> str:
        """The name for people."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


def is_good(quality: int | None) -> bool:
    """Whether a value may be believed at all. A quality that is missing is no good one."""
    return quality is not None and quality & GOOD == GOOD
