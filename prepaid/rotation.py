"""Which backups are kept: the newest of each of the last days, weeks and months. The newest of all always is."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Of how many days, weeks and months that have a backup the newest one is kept."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def kept(made_at: Collection[datetime], rotation: Rotation) -> set[datetime]:
    """The instants of the backups to keep, by days, ISO weeks and months of UTC."""
    newest_first = sorted(made_at, reverse=True)
    chosen = set(newest_first[:1])
    for most, span_of in ((rotation.daily, _day), (rotation.weekly, _week), (rotation.monthly, _month)):
        chosen |= set(_newest_of_each(newest_first, span_of)[:most])
    return chosen


def _newest_of_each(newest_first: list[datetime], span_of: Callable[[datetime], Hashable]) -> list[datetime]:
    found: dict[Hashable, datetime] = {}
    for at in newest_first:
        found.setdefault(span_of(at.astimezone(UTC)), at)
    return list(found.values())


def _day(at: datetime) -> Hashable:
    return at.date()


def _week(at: datetime) -> Hashable:
    return at.isocalendar()[:2]


def _month(at: datetime) -> Hashable:
    return at.year, at.month
