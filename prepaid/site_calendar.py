"""No-cut hours by weekday as people write them, of a site or an account, and the rest of the calendar of a site."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from prepaid.errors.tenants import HolidaysInvalid, HoursInvalid
from prepaid.language import later
from prepaid.no_cut import HOLIDAYS, MINUTES_A_DAY, Window, parts_of

WEEKDAYS = {
    0: later("Monday"),
    1: later("Tuesday"),
    2: later("Wednesday"),
    3: later("Thursday"),
    4: later("Friday"),
    5: later("Saturday"),
    6: later("Sunday"),
    HOLIDAYS: later("Holidays"),
}
MOST_HOURS_A_DAY, MOST_OWN_DAYS, LONGEST_NAME = 6, 100, 120
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-\u2013]\s*([0-9]{1,2}):([0-9]{2})")


class OwnDay(NamedTuple):
    """A holiday of the site itself."""

    held_on: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCalendar:
    """When no cut is started, and which days are holidays: those of the country or a part of it, and own ones."""

    windows: frozenset[Window]
    country: str | None
    subdivision: str | None
    own_days: tuple[OwnDay, ...]

    @property
    def own_days_text(self) -> str:
        """A line for each day."""
        return "\n".join(f"{each.held_on.isoformat()} {each.name}" for each in self.own_days)

    @property
    def facts(self) -> Mapping[str, str]:
        """What stands in the audit trail."""
        return {
            "no_cut_hours": hours_fact(self.windows),
            "country": self.country or "",
            "subdivision": self.subdivision or "",
            "own_holidays": "; ".join(self.own_days_text.splitlines()),
        }


def hours_on(windows: frozenset[Window], weekday: int) -> str:
    """The hours of a weekday as they are written; nothing where there are none."""
    ends = sorted((each.from_minute, each.until_minute) for each in windows if each.weekday == weekday)
    return ", ".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in ends)


def hours_fact(windows: frozenset[Window]) -> str:
    """All hours as they stand in the audit trail, each behind the number of its weekday."""
    return "; ".join(f"{number} {hours_on(windows, number)}" for number in WEEKDAYS if hours_on(windows, number))


def read_hours(texts: Mapping[int, str]) -> frozenset[Window]:
    """Hours as they are written for each weekday; those over midnight go on into the next day. Raises HoursInvalid."""
    return frozenset(part for weekday, text in texts.items() for part in _read_hours(weekday, text))


def _read_hours(weekday: int, text: str) -> Iterable[Window]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_HOURS_A_DAY:
        raise HoursInvalid(value=text)
    for part in parts:
        found = _HOURS.fullmatch(part)
        if found is None:
            raise HoursInvalid(value=part)
        begin_hour, begin_minute, end_hour, end_minute = (int(each) for each in found.groups())
        begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
        if begin_minute > 59 or end_minute > 59 or begin >= MINUTES_A_DAY or end > MINUTES_A_DAY:
            raise HoursInvalid(value=part)
        yield from parts_of(weekday, begin, end)


def read_own_days(text: str) -> tuple[OwnDay, ...]:
    """A day with its name in each line, by date. Raises HolidaysInvalid."""
    found: dict[date, OwnDay] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        written, _space, name = line.partition(" ")
        try:
            held_on = date.fromisoformat(written)
        except ValueError:
            raise HolidaysInvalid(value=line) from None
        if not name.strip() or len(name.strip()) > LONGEST_NAME or held_on in found or len(found) == MOST_OWN_DAYS:
            raise HolidaysInvalid(value=line)
        found[held_on] = OwnDay(held_on, name.strip())
    return tuple(found[held_on] for held_on in sorted(found))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
