"""The bars of a tenant's use: the hours of a day, the days of a month, the months of a year."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.charts.source_bars import Bar, source_bars
from dashboard.charts.style import Chart, Tick, thin
from documents.formats import Formats
from prepaid.language import _
from prepaid.spans import Bucket
from sql.questions.use import Part

HEIGHT_PX = 260
TICKS = 6


def use_bars(parts: Sequence[Part], bucket: Bucket, formats: Formats, currency: str) -> Chart:
    """A bar for each part in kWh; the hover tells what it cost."""
    places = [place_of(part.from_at, bucket, formats) for part in parts]
    bars = [_bar(part, place, formats, currency) for part, place in zip(parts, _unlike(places), strict=True)]
    days = [part.from_at.astimezone(formats.zone).date() for part in parts]
    of_one_month = days[0].month == days[-1].month
    ticks = [
        Tick(number, _tick(parts[number].from_at, bucket, formats, of_one_month=of_one_month))
        for number in thin(len(parts), TICKS)
    ]
    total = sum(part.use.wh for part in parts)
    alt = _("Bars of the energy used, {first} to {last}, grid and generator: {total} in all.").format(
        first=places[0], last=places[-1], total=formats.energy(total)
    )
    return source_bars(bars, ticks, formats, unit="kWh", alt=alt, height_px=HEIGHT_PX)


def place_of(instant: datetime, bucket: Bucket, formats: Formats) -> str:
    """The name of a part: its hour, day or month."""
    day = instant.astimezone(formats.zone).date()
    if bucket is Bucket.HOUR:
        return formats.time(instant)
    return f"{formats.weekday(day)} {formats.day(day)}" if bucket is Bucket.DAY else formats.month(day)


def _bar(part: Part, place: str, formats: Formats, currency: str) -> Bar:
    use = part.use
    return Bar(
        place=place,
        grid=use.grid_wh / 1000,
        generator=use.generator_wh / 1000,
        grid_text=formats.energy(use.grid_wh),
        generator_text=formats.energy(use.generator_wh),
        total_text=f"{formats.energy(use.wh)} · {formats.money(use.amount, currency)}",
        running=part.running,
        spread=part.spread,
    )


def _tick(instant: datetime, bucket: Bucket, formats: Formats, *, of_one_month: bool) -> str:
    """As short as it can be understood: the month of a day is written where there are several."""
    day = instant.astimezone(formats.zone).date()
    if bucket is Bucket.HOUR:
        return formats.time(instant)
    if bucket is Bucket.MONTH:
        return formats.month_alone(day)
    return str(day.day) if of_one_month else formats.day(day)


def _unlike(places: Sequence[str]) -> list[str]:
    """The hour that comes twice in autumn gets another name the second time."""
    seen: dict[str, int] = {}
    named = []
    for place in places:
        seen[place] = seen.get(place, 0) + 1
        named.append(place if seen[place] == 1 else f"{place} ({seen[place]})")
    return named
