"""Quiet hours: when people do not want to be told what can wait until they are over."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from prepaid.errors.tenants import TextInvalid
from prepaid.language import _

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
LARGEST_SHIFT_MINUTES = 120
"""No zone sets its clocks forward or back by more at once, but for those that crossed the date line."""
SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one minute of the local day to another, over midnight where it ends before it begins. Of no length: none,
    as chosen by somebody who wants to be told at any hour."""

    from_minute: int
    until_minute: int

    def __post_init__(self) -> None:
        assert 0 <= self.from_minute < DAY_MINUTES, "minutes count from local midnight"
        assert 0 <= self.until_minute < DAY_MINUTES, "minutes count from local midnight"

    def __str__(self) -> str:
        return f"{_clock(self.from_minute)}-{_clock(self.until_minute)}"

    def hold(self, minute: int) -> bool:
        """Whether that minute of the local day is quiet."""
        if self.from_minute <= self.until_minute:
            return self.from_minute <= minute < self.until_minute
        return minute >= self.from_minute or minute < self.until_minute


NO_QUIET_HOURS = QuietHours(from_minute=0, until_minute=0)


def quiet_until(instant: datetime, hours: QuietHours, site_zone: ZoneInfo) -> datetime:
    """When what can wait may be told: the instant itself outside of the quiet hours, else their end by the wall clock.

    Where clocks are set forward over the end, it is the first minute behind it; where they are set back, the end comes
    when the wall clock shows it for good or has left the hours.
    """
    if not hours.hold(_minute_of(instant, site_zone)):
        return instant
    end = instant.replace(second=0, microsecond=0)
    left = (hours.until_minute - _minute_of(end, site_zone)) % DAY_MINUTES
    end += max(0, left - LARGEST_SHIFT_MINUTES) * MINUTE
    while hours.hold(_minute_of(end, site_zone)):
        end += MINUTE
    return end


def quiet_hours(written: str) -> QuietHours:
    """Hours as people write them: `22:00-07:00`; 24:00 is midnight. Raises TextInvalid."""
    found = SPAN.fullmatch(written.strip())
    if found is not None:
        from_hour, from_minute, until_hour, until_minute = (int(part) for part in found.groups())
        minutes = from_hour * 60 + from_minute, until_hour * 60 + until_minute
        if max(from_minute, until_minute) < 60 and max(minutes) <= DAY_MINUTES:
            return QuietHours(from_minute=minutes[0] % DAY_MINUTES, until_minute=minutes[1] % DAY_MINUTES)
    raise TextInvalid(what=_("Quiet hours"), why=_("they are written like 22:00-07:00"))


def own_hours(begin: time | None, end: time | None) -> QuietHours:
    """Hours of somebody's own, from two times of the clock. Raises TextInvalid."""
    if begin is None or end is None or begin == end:
        raise TextInvalid(what=_("Quiet hours"), why=_("they begin and end at two different times, or choose none"))
    from_minute, until_minute = (at.hour * 60 + at.minute for at in (begin, end))
    return QuietHours(from_minute=from_minute, until_minute=until_minute)


def _minute_of(instant: datetime, site_zone: ZoneInfo) -> int:
    local = instant.astimezone(site_zone)
    return local.hour * 60 + local.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
