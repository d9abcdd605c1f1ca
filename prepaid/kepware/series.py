"""The logged values of one tag in the order of their instants, whatever the order in which they came."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from prepaid.kepware.values import Value

VALUES_KEPT: Final = 4096


class Entry(NamedTuple):
    """A value and the instant it was stamped with; None is one that could not be used."""

    at: datetime
    value: Value | None


class Series:
    """At most so many of the newest values. A second row of an instant changes nothing, unless the first could not be
    used."""

    def __init__(self) -> None:
        self._instants: list[datetime] = []
        self._values: list[Value | None] = []

    def add(self, at: datetime, value: Value | None) -> bool:
        """Puts the value where its instant belongs; answers whether the row repeats the newest one."""
        if not self._instants or at > self._instants[-1]:
            self._instants.append(at)
            self._values.append(value)
            if len(self._instants) > VALUES_KEPT:
                del self._instants[: VALUES_KEPT // 2], self._values[: VALUES_KEPT // 2]
            return False
        place = bisect_left(self._instants, at)
        if self._instants[place] != at:
            self._instants.insert(place, at)
            self._values.insert(place, value)
        elif self._values[place] is None and value is not None:
            self._values[place] = value
        else:
            return at == self._instants[-1]
        return False

    def near(self, at: datetime, half: timedelta) -> Entry | None:
        """The newest value up to the instant; where none lies within `half` before it, the next one within that."""
        behind = bisect_right(self._instants, at)
        if behind and at - self._instants[behind - 1] < half:
            return self._entry(behind - 1)
        if behind < len(self._instants) and self._instants[behind] - at <= half:
            return self._entry(behind)
        return self._entry(behind - 1) if behind else None

    def between(self, after: datetime, until: datetime) -> Iterator[Entry]:
        """The values behind one instant and up to another, the oldest first."""
        for place in range(bisect_right(self._instants, after), bisect_right(self._instants, until)):
            yield self._entry(place)

    def forget(self, before: datetime) -> None:
        """What was replaced before the instant is needed no more."""
        place = bisect_right(self._instants, before) - 1
        if place > 0:
            del self._instants[:place], self._values[:place]

    def _entry(self, place: int) -> Entry:
        return Entry(self._instants[place], self._values[place])
