"""The logged values of one tag in the order of their instants, whatever the order in which they came."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from prepaid.kepware.values import Value

VALUES_KEPT: Final = 4096
_HALF: Final = VALUES_KEPT // 2


class Series:
    """At most so many of the newest values. A second value of an instant is a repeated row, and passed over."""

    def __init__(self) -> None:
        self._instants: list[datetime] = []
        self._values: list[Value] = []

    def add(self, at: datetime, value: Value) -> None:
        """Puts the value where its instant belongs."""
        if not self._instants or at > self._instants[-1]:
            self._instants.append(at)
            self._values.append(value)
        else:
            place = bisect_left(self._instants, at)
            if self._instants[place] == at:
                return
            self._instants.insert(place, at)
            self._values.insert(place, value)
        if len(self._instants) > VALUES_KEPT:
            del self._instants[:_HALF], self._values[:_HALF]

    def forget(self, before: datetime) -> None:
        """Values from before the instant are needed no more."""
        if self._instants and self._instants[0] < before:
            place = bisect_left(self._instants, before)
            del self._instants[:place], self._values[:place]

    def at(self, until: datetime, within: timedelta) -> Value | None:
        """The newest value up to the instant, unless it is older than that before it."""
        place = bisect_right(self._instants, until) - 1
        if place < 0 or until - self._instants[place] > within:
            return None
        return self._values[place]

    def between(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Value]]:
        """The values behind one instant and up to another, the oldest first."""
        first, behind = bisect_right(self._instants, after), bisect_right(self._instants, until)
        yield from zip(self._instants[first:behind], self._values[first:behind], strict=True)
