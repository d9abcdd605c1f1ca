"""No-cut windows: the hours of a site or an account in which no cut is started, their end, how far they protect."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from prepaid.units import add

HOLIDAYS = 7
"""The weekday that stands for the holidays of the site's calendar."""
MINUTES_A_DAY = 1440
FLOOR_DAYS = 3
MOST_DAYS = 9
"""So many days are looked through for the end of hours that follow each other."""
APART = timedelta(seconds=2)
PLACES = 60
LAST_PLACE = APART * (PLACES - 1)
_DAY = timedelta(days=1)
_MIDNIGHT = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of a weekday (0 is Monday) or of every holiday, in minutes from local midnight, in [from, until)."""

    weekday: int
    from_minute: int
    until_minute: int


def _no_holiday(_day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCutHours:
    """The windows of a site, by its wall clock. Those of holidays come on top of those of the weekday, and those that
    an account has of its `own` on top of both."""

    zone: ZoneInfo
    windows: frozenset[Window]
    is_holiday: Callable[[date], bool] = _no_holiday
    own: Mapping[int, frozenset[Window]] = field(default_factory=dict)

    def of(self, account_id: int) -> "NoCutHours":
        """All hours that hold for an account."""
        own = self.own.get(account_id)
        return self if own is None else replace(self, windows=self.windows | own, own={})

    def may_protect(self, now: datetime) -> bool:
        """Whether there is an account that a window may protect now."""
        alike = {self.windows, *(self.windows | own for own in self.own.values())}
        return any(replace(self, windows=each).ends_at(now, LAST_PLACE) is not None for each in alike)

    def ends_at(self, instant: datetime, longer: timedelta = _MIDNIGHT) -> datetime | None:
        """When the hours of the site end that contain the instant, each window lasting so much longer; None: it is in
        none.

        Windows that touch or overlap are one. Where clocks are set back, a window begins at the first and ends at the
        last of the two instants that its wall time names; where they are set forward, at the later end of the gap.
        """
        if not self.windows:
            return None
        end = None
        day = (instant - longer).astimezone(self.zone).date() - _DAY
        for _ in range(MOST_DAYS):
            for begin, its_end in self._spans(day):
                if begin <= (end or instant) < its_end + longer:
                    end = its_end + longer
            day += _DAY
            if day > (end or instant).astimezone(self.zone).date() + _DAY:
                break
        return end

    def protects_until(self, account_id: int, now: datetime) -> datetime | None:
        """Until when no cut of this account is started; None: no window of the site or its own protects it now.

        The cuts that are due when a window ends are spread over two minutes by the numbers of the accounts, the same
        after every restart.
        """
        return self.of(account_id).ends_at(now, APART * (account_id % PLACES))

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        weekdays = {day.weekday(), HOLIDAYS} if self.is_holiday(day) else {day.weekday()}
        of_the_day = (window for window in self.windows if window.weekday in weekdays)
        for window in sorted(of_the_day, key=lambda each: (each.from_minute, each.until_minute)):
            yield min(self._instants(day, window.from_minute)), max(self._instants(day, window.until_minute))

    def _instants(self, day: date, minute: int) -> tuple[datetime, datetime]:
        """What the wall time of the day means, before and after a change of the clocks."""
        wall = datetime.combine(day, time.min, self.zone) + timedelta(minutes=minute)
        earlier, later = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return earlier, later


NO_WINDOWS = NoCutHours(zone=ZoneInfo("UTC"), windows=frozenset())


def window_floor(debt_floor: Decimal | None, daily_amount: Decimal | None) -> Decimal | None:
    """The debt beyond the emergency credit down to which a window protects: the account's own, else what its 3 average
    days cost. None: nobody knows yet what a day costs, so it protects without a floor."""
    if debt_floor is not None or daily_amount is None:
        return debt_floor
    return add(*[daily_amount] * FLOOR_DAYS)


def parts_of(weekday: int, from_minute: int, until_minute: int) -> tuple[Window, ...]:
    """Hours as a person says them: those that end at or before their beginning go on into the next day.

    Behind a holiday comes any day, so the hours of holidays end at midnight at the latest.
    """
    if from_minute < until_minute:
        return (Window(weekday=weekday, from_minute=from_minute, until_minute=until_minute),)
    evening = Window(weekday=weekday, from_minute=from_minute, until_minute=MINUTES_A_DAY)
    if until_minute == 0 or weekday == HOLIDAYS:
        return (evening,)
    return evening, Window(weekday=(weekday + 1) % HOLIDAYS, from_minute=0, until_minute=until_minute)
