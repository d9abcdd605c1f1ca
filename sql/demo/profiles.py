"""The standard load profiles of profiles.csv: how much of its average a kind of consumer draws at a local moment."""

from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

QUARTERS_A_DAY = 96


class Profile(StrEnum):
    """A kind of consumer, after the BDEW profiles H0 and G0 to G6."""

    HOUSEHOLDS = "households"
    BUSINESS = "business"
    OFFICES = "offices"
    EVENING = "evening"
    CONTINUOUS = "continuous"
    SHOPS = "shops"
    BAKERIES = "bakeries"
    RESTAURANTS = "restaurants"


class Moment(NamedTuple):
    """A local quarter of an hour as the profiles know it: season, kind of day, quarter 0..95."""

    season: str
    day: str
    quarter: int

    @classmethod
    def at(cls, instant: datetime, zone: ZoneInfo) -> Self:
        """Where an instant falls in a site of this zone, whose week begins on Sunday and rests on Friday."""
        local = instant.astimezone(zone)
        month_day = local.month * 100 + local.day
        if 515 <= month_day <= 914:
            season = "summer"
        elif 321 <= month_day <= 1031:
            season = "transition"
        else:
            season = "winter"
        return cls(season, DAY_OF_WEEK[local.weekday()], local.hour * 4 + local.minute // 15)


# Monday first. BDEW's day of rest is Sunday; at the demo site it is Friday, and Saturday is half a working day.
DAY_OF_WEEK = ("workday", "workday", "workday", "workday", "sunday", "saturday", "workday")


def share(profile: Profile, moment: Moment) -> float:
    """Power at this moment as a share of the consumer's average over the year (1.0 is average)."""
    return quarters()[profile, moment.season, moment.day][moment.quarter]


def hour_share(profile: Profile, moment: Moment) -> float:
    """The mean share over the local hour that the moment lies in."""
    return hours()[profile, moment.season, moment.day][moment.quarter // 4]


@cache
def quarters() -> dict[tuple[str, str, str], tuple[float, ...]]:
    """Profile, season, day -> 96 shares, read once from the committed table."""
    table: dict[tuple[str, str, str], tuple[float, ...]] = {}
    for line in (files("sql.demo") / "profiles.csv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            profile, season, day, *watts = line.split(",")
            assert len(watts) == QUARTERS_A_DAY, "profiles.csv has 96 quarters a row"
            table[profile, season, day] = tuple(int(power_w) / 1000 for power_w in watts)
    return table


@cache
def hours() -> dict[tuple[str, str, str], tuple[float, ...]]:
    """Profile, season, day -> 24 mean shares."""
    return {key: tuple(sum(day[q : q + 4]) / 4 for q in range(0, QUARTERS_A_DAY, 4)) for key, day in quarters().items()}
