"""From the stamp of a logged value to its instant, also where the wall clock shows an hour twice or leaves one out."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from prepaid.clock import to_milliseconds
from prepaid.kepware.log import Stamps

MOST_AHEAD = timedelta(seconds=60)
"""No value can be newer than its row; so much may the clock of the Kepware server be ahead of ours."""
FRESH = timedelta(minutes=5)


class Heard(NamedTuple):
    """The instant of a value, and when its row was read."""

    at: datetime
    arrived_at: datetime


def instant_of(
    stamped_at: datetime, stamps: Stamps, zone: ZoneInfo, arrived_at: datetime, before: Heard | None
) -> datetime:
    """The instant of a stamp, in UTC. `before` is the value of the same tag whose row arrived last.

    An hour that comes twice is decided by the order of arrival: between two values as much time has passed as between
    their rows, as far as rows are read when they are written. Of rows that were read together the later one is the
    newer one. A stamp that a clock should have left out is read both ways, too.
    """
    if stamped_at.tzinfo is not None:
        return to_milliseconds(stamped_at.astimezone(UTC))
    if stamps is Stamps.UTC:
        return to_milliseconds(stamped_at.replace(tzinfo=UTC))
    earlier, later = sorted(
        to_milliseconds(stamped_at.replace(tzinfo=zone, fold=fold).astimezone(UTC)) for fold in (0, 1)
    )
    if earlier == later or later > arrived_at + MOST_AHEAD:
        return earlier
    if before is None:
        return later if arrived_at - later <= FRESH else earlier
    passed = arrived_at - before.arrived_at
    return min((earlier, later), key=lambda at: abs((at - before.at) - passed))
