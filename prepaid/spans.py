"""Spans of time as people choose them, by the wall clock of a site, and the buckets they are divided into.

A bucket is a local hour, day, week or month: days have 23, 24 or 25 hours, some zones shift by half an hour, and in
some a day begins at one o'clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from prepaid.calendar import hour_of, hours_between, next_hour

DAY = timedelta(days=1)
HOURS_UP_TO = timedelta(days=3)
DAYS_UP_TO = timedelta(days=62)
WEEKS_UP_TO = timedelta(days=200)
LONGEST = timedelta(days=3660)
MONTHS_A_YEAR = 12


class Bucket(StrEnum):
    """How finely a span is divided."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


FINEST_FOR = {Bucket.HOUR: timedelta(days=62), Bucket.DAY: timedelta(days=800), Bucket.WEEK: LONGEST}
"""The longest span that may be divided so finely: no chart has thousands of bars."""


class Preset(StrEnum):
    """The spans that are one click away; all of them end now."""

    TODAY = "today"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    MONTHS_12 = "12m"


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant until another one (UTC), both at the beginning of a local hour."""

    from_at: datetime
    until_at: datetime

    @property
    def length(self) -> timedelta:
        return self.until_at - self.from_at

    def until(self, instant: datetime) -> "Span":
        """The part of the span that lies before the instant; empty where all of it lies behind."""
        return Span(self.from_at, max(self.from_at, min(self.until_at, instant)))


def preset_span(preset: Preset, now: datetime, zone: ZoneInfo) -> Span:
    """The span of a preset: whole local days or months back, and today until the end of the running hour."""
    today = now.astimezone(zone).date()
    begin = {
        Preset.TODAY: today,
        Preset.DAYS_7: today - 6 * DAY,
        Preset.DAYS_30: today - 29 * DAY,
        Preset.MONTHS_12: months_later(today.replace(day=1), 1 - MONTHS_A_YEAR),
    }[preset]
    return Span(midnight(begin, zone), next_hour(now.astimezone(UTC), zone))


def span_of(from_local: datetime, until_local: datetime, now: datetime, zone: ZoneInfo) -> Span | None:
    """The span between two wall-clock times that somebody chose, at most until now; None where there is none.

    An hour that comes twice is taken whole: its first beginning opens a span, its second one closes it.
    """
    begin = hour_of(from_local.replace(tzinfo=zone, fold=0).astimezone(UTC), zone)
    end = until_local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    last = hour_of(end, zone)
    end = min(last if last == end else next_hour(end, zone), next_hour(now.astimezone(UTC), zone))
    return Span(max(begin, end - LONGEST), end) if begin < end else None


def before(span: Span, until_at: datetime, zone: ZoneInfo) -> Span:
    """The span to compare with: as long, directly before, by the calendar.

    Whole months go back by months, what begins at midnight by days, anything else by its length. `until_at` is where
    the known part of the span ends: today until two is compared with yesterday until two.
    """
    known = span.until(until_at)
    begin, end = span.from_at.astimezone(zone), span.until_at.astimezone(zone)
    last_day = (end - timedelta(microseconds=1)).date()
    days = (last_day - begin.date()).days + 1
    months = (last_day.year - begin.year) * MONTHS_A_YEAR + last_day.month - begin.month + 1
    whole_months = begin.day == 1 and (months >= MONTHS_A_YEAR or (last_day + DAY).day == 1)
    if span.from_at != midnight(begin.date(), zone):
        return Span(span.from_at - span.length, known.until_at - span.length)
    if whole_months:
        return Span(_months_back(span.from_at, months, zone), _months_back(known.until_at, months, zone))
    return Span(_days_back(span.from_at, days, zone), _days_back(known.until_at, days, zone))


def bucket_for(span: Span) -> Bucket:
    """How a span is divided unless somebody wishes otherwise: into at most some sixty parts."""
    if span.length <= HOURS_UP_TO:
        return Bucket.HOUR
    if span.length <= DAYS_UP_TO:
        return Bucket.DAY
    return Bucket.WEEK if span.length <= WEEKS_UP_TO else Bucket.MONTH


def buckets_for(span: Span) -> tuple[Bucket, ...]:
    """The buckets that a span of this length may have."""
    return tuple(bucket for bucket in Bucket if span.length <= FINEST_FOR.get(bucket, LONGEST))


def edges(span: Span, bucket: Bucket, zone: ZoneInfo) -> list[datetime]:
    """Where the buckets of a span begin and end, in order; the first and the last one may be parts of a bucket."""
    if bucket is Bucket.HOUR:
        inside = hours_between(span.from_at, span.until_at, zone)
    else:
        inside = list(_begins(span, bucket, zone))
    return [span.from_at, *(edge for edge in inside if edge < span.until_at), span.until_at]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day (UTC), also where clocks skip midnight or show it twice."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def months_later(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    number = first.year * MONTHS_A_YEAR + first.month - 1 + months
    return date(number // MONTHS_A_YEAR, number % MONTHS_A_YEAR + 1, 1)


def _begins(span: Span, bucket: Bucket, zone: ZoneInfo) -> Iterator[datetime]:
    """The beginnings of days, weeks or months after the span's own."""
    day = span.from_at.astimezone(zone).date()
    while True:
        if bucket is Bucket.MONTH:
            day = months_later(day, 1)
        else:
            day += DAY if bucket is Bucket.DAY else DAY * (7 - day.weekday())
        begin = midnight(day, zone)
        if begin >= span.until_at:
            return
        yield begin


def _days_back(instant: datetime, days: int, zone: ZoneInfo) -> datetime:
    return _back(instant, instant.astimezone(zone).date() - days * DAY, zone)


def _months_back(instant: datetime, months: int, zone: ZoneInfo) -> datetime:
    day = instant.astimezone(zone).date()
    first = months_later(day, -months)
    return _back(instant, min(first + (day.day - 1) * DAY, months_later(first, 1) - DAY), zone)


def _back(instant: datetime, day: date, zone: ZoneInfo) -> datetime:
    """The same wall-clock time on another day."""
    wall = instant.astimezone(zone).time().replace(fold=0)
    return hour_of(datetime.combine(day, wall, tzinfo=zone).astimezone(UTC), zone)
