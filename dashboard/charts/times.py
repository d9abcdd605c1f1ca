"""Names for buckets of time on a scale: each bucket's own, and the few that are written under the axis."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from dashboard.charts.style import TICKS_AT_MOST, Tick, thin
from documents.formats import Formats
from prepaid.language import _
from prepaid.spans import Bucket

INSTANT = timedelta(microseconds=1)


def bucket_names(edges: Sequence[datetime], bucket: Bucket, formats: Formats) -> list[str]:
    """The name of every bucket between the edges, unlike all others: an hour that comes twice says which one it is."""
    names = [_name(begin, end, bucket, formats) for begin, end in pairwise(edges)]
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            names[number] = _("{hour} (again)").format(hour=name)
        seen.add(name)
    return names


def bucket_ticks(edges: Sequence[datetime], bucket: Bucket, formats: Formats, most: int = TICKS_AT_MOST) -> list[Tick]:
    """What is written under the axis: times of one day, else days or months; hours of many days show their days."""
    begins = edges[:-1]
    if bucket is Bucket.HOUR:
        days = [number for number, begin in enumerate(begins) if number and _begins_a_day(begin, formats)]
        if len(days) > 1:
            return [Tick(days[place], _day(begins[days[place]], formats)) for place in thin(len(days), most)]
        return [Tick(number, formats.time(begins[number])) for number in thin(len(begins), most)]
    places = thin(len(begins), most)
    if bucket is Bucket.MONTH:
        return _month_ticks([(place, _local(begins[place], formats)) for place in places], formats)
    return [Tick(place, _day(begins[place], formats)) for place in places]


def _month_ticks(months: Sequence[tuple[int, date]], formats: Formats) -> list[Tick]:
    """Months, with the year below the first one of each: beside each other whole ones would not fit a phone."""
    ticks: list[Tick] = []
    year = None
    for place, month in months:
        text = formats.month_alone(month)
        ticks.append(Tick(place, text if month.year == year else f"{text}<br>{month.year}"))
        year = month.year
    return ticks


def _name(begin: datetime, end: datetime, bucket: Bucket, formats: Formats) -> str:
    first, last = _local(begin, formats), _local(end - INSTANT, formats)
    if bucket is Bucket.HOUR:
        return f"{formats.weekday(first)} {formats.day(first)}, {formats.time(begin)}"
    if bucket is Bucket.DAY:
        return f"{formats.weekday(first)} {formats.date(first)}"
    if bucket is Bucket.WEEK:
        return _("{first} to {last}").format(first=formats.day(first), last=formats.date(last))
    return formats.month(first)


def _begins_a_day(begin: datetime, formats: Formats) -> bool:
    return _local(begin, formats) != _local(begin - INSTANT, formats)


def _day(begin: datetime, formats: Formats) -> str:
    return formats.day(_local(begin, formats))


def _local(instant: datetime, formats: Formats) -> date:
    return instant.astimezone(formats.zone).date()
