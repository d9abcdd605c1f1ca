"""From single tags to readings: one analyzer's series, and when they are enough for a reading that may be judged."""

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress, islice, takewhile
from typing import Final, NamedTuple

from prepaid.kepware.groups import STALE_INTERVALS
from prepaid.kepware.liveliness import Liveliness
from prepaid.kepware.reading import reading_of
from prepaid.kepware.series import Entry, Series
from prepaid.kepware.tags import COUNTERS, REQUIRED
from prepaid.kepware.values import Value
from prepaid.language import _
from prepaid.meter import COUNTERS_RESET, RESTARTED
from prepaid.records import Reading

WAIT: Final = timedelta(seconds=30)
"""So long a reading waits for the rest of its tags, and a counter that fell for the status that explains it."""
OTHERS_WITHIN: Final = timedelta(minutes=5)
"""So old a value may be that no rule depends on: some tags are logged more seldom than the counters."""
TICKS_KEPT: Final = 2_000
EXPLAINING: Final = RESTARTED | COUNTERS_RESET
OPENING: Final = frozenset((*COUNTERS, "operating_s"))
STEADY: Final = frozenset(("parameter_changes", "setting_changes", "outputs", "inputs", "active_tariff"))
STEADY_ROWS: Final = 10


@dataclass(slots=True, eq=False)
class _Tick:
    """A moment of the log, as its first and its newest stamp tell it. `row_id` is its first row, `arrived_s` when that
    was read, `counters` are known once it is usable."""

    first_at: datetime
    at: datetime
    row_id: int
    arrived_s: float
    counters: tuple[int, int] | None = None


class Known(NamedTuple):
    """What the books know of an analyzer when reading its log begins: the newest accepted instant and counters by
    tariff, and the recorded bits of 205."""

    accepted_at: datetime | None = None
    counters: tuple[int, int] | None = None
    diagnostics: int = 0


class Ripe(NamedTuple):
    """A reading that is complete. `late`: newer ones were there before, so it is history only."""

    reading: Reading
    late: bool


class Assembly:
    """The tags of one analyzer.

    1. A new stamp of a counter or of 213 opens a tick, or joins one within half an interval.
    2. A tick is usable with all required tags: counters of that very moment, the others of the last three intervals. It
       waits 30 s for them, but not once a newer one is usable: counters are cumulative.
    3. Ticks go in the order of their instants. One that falls below the last waits up to 30 s for 0x800 or 0x1000 in
       205, but not once a later one has come back up to it.
    4. What stands still though current flows is no reading: Kepware repeats old values.
    5. Of ticks that come long after their time only one a history interval is needed, and those that fell or whose
       status changed.

    Where a log stamps a value with the time of its last change, steady tags repeat their stamps row after row. Then a
    value holds until the next one of its tag.
    """

    def __init__(self, analyzer_id: int, interval_s: float, history_s: float, known: Known) -> None:
        self.trouble: str | None = None
        """Why there is no reading, as a sentence; None behind one."""
        self.refused: str | None = None
        """Why a value of it could not be used; None behind a reading."""
        self._analyzer_id = analyzer_id
        self._history_s = history_s
        self._interval = timedelta(seconds=interval_s)
        self._half = self._interval / 2
        self._stale = self._interval * STALE_INTERVALS
        self._series: dict[str, Series] = {}
        self._ticks: list[_Tick] = []
        self._newest_at = known.accepted_at
        self._counters = known.counters
        self._diagnostics = known.diagnostics
        self._told_until: datetime | None = None
        self._bucket = -1
        self._liveliness = Liveliness(self._stale)
        self._repeats: deque[bool] = deque(maxlen=STEADY_ROWS)

    def add(self, parameter: str, at: datetime, value: Value | None, row_id: int, arrived_s: float) -> None:
        """One logged value, in any order; None: one that cannot be used."""
        repeated = self._series.setdefault(parameter, Series()).add(at, value)
        if parameter in STEADY:
            self._repeats.append(repeated)
        if repeated or value is None or parameter not in OPENING:
            return
        if self._newest_at is not None and timedelta() <= self._newest_at - at < self._half:
            return  # a row of a moment that was taken already
        tick = self._tick_for(at)
        if tick is None:
            insort(self._ticks, _Tick(at, at, row_id, arrived_s), key=_instant)
            del self._ticks[:-TICKS_KEPT]
            return
        tick.at, tick.row_id = max(tick.at, at), min(tick.row_id, row_id)

    def ripe(self, now: datetime, now_s: float) -> list[Ripe]:
        """The readings that are complete by now, the oldest first, each of them once. Their monotonic seconds are
        counted back from these: our own clock may be set, or go slowly until it has come right."""
        if not self._ticks:
            return []
        found = [*self._late(now, now_s), *self._fresh(now, now_s)]
        needed_at = min([tick.first_at for tick in self._ticks[:1]] + [self._newest_at or now])
        for series in self._series.values():
            series.forget(needed_at - OTHERS_WITHIN)
        return found

    @property
    def pending_id(self) -> int | None:
        """The first row of what still waits; None when nothing does."""
        return min((tick.row_id for tick in self._ticks), default=None)

    @property
    def known(self) -> Known:
        """What another one needs to go on from here."""
        return Known(self._newest_at, self._counters, self._diagnostics)

    # --- ticks ----------------------------------------------------------------------------------------------------

    def _tick_for(self, at: datetime) -> _Tick | None:
        """The nearest tick whose first stamp lies within half an interval."""
        first = bisect_right(self._ticks, at - self._half, key=_instant)
        near = takewhile(lambda tick: tick.first_at < at + self._half, islice(self._ticks, first, None))
        return min(near, key=lambda tick: abs(tick.first_at - at), default=None)

    def _late(self, now: datetime, now_s: float) -> Iterator[Ripe]:
        newest_at = self._newest_at
        if newest_at is None or not self._ticks or self._ticks[0].at > newest_at:
            return
        waiting = []
        for tick in self._ticks:
            if tick.at > newest_at:
                waiting.append(tick)
            elif self._is_usable(tick):
                if self._begins_interval(tick.at):
                    told = self._value(tick, "diagnostics")
                    yield Ripe(self._reading(tick, told, now, now_s, with_phases=True), late=True)
            elif not self._has_waited(tick, now_s):
                waiting.append(tick)
        self._ticks = waiting

    def _fresh(self, now: datetime, now_s: float) -> Iterator[Ripe]:
        due = [tick for tick in self._ticks if tick.at <= now and not self._is_old(tick)]
        usable = [self._is_usable(tick) for tick in due]
        last_usable = max((place for place, good in enumerate(usable) if good), default=-1)
        for place, tick in enumerate(due):
            waited = self._has_waited(tick, now_s)
            if not usable[place]:
                if not waited and place > last_usable:
                    return
                self.trouble = self.refused or self._missing(tick)
                self._ticks.remove(tick)
                continue
            unexplained = self._fell(tick) and not waited and self._explaining(tick) is None
            if unexplained and not self._came_back(compress(due[place + 1 :], usable[place + 1 :])):
                return
            self._ticks.remove(tick)
            reading = self._take(tick, now, now_s)
            if reading is not None:
                yield Ripe(reading, late=False)

    def _take(self, tick: _Tick, now: datetime, now_s: float) -> Reading | None:
        """The reading of a usable tick, unless nobody needs it or it is no news."""
        self._newest_at = tick.at
        bucket = self._bucket_of(tick.at)
        first = bucket > self._bucket
        old = now - tick.at > max(self._stale, WAIT)
        if old and not first and not self._fell(tick) and self._value(tick, "diagnostics") == self._diagnostics:
            return None
        reading = self._reading(tick, self._status_of(tick), now, now_s, with_phases=first)
        if not self._liveliness.moves(reading):
            self.trouble = _("Its values stand still though current flows: Kepware repeats old ones.")
            return None
        self.trouble = self.refused = None
        self._bucket = max(bucket, self._bucket)
        self._counters, self._diagnostics = tick.counters, reading.status.diagnostics
        return reading

    def _is_old(self, tick: _Tick) -> bool:
        return self._newest_at is not None and tick.at <= self._newest_at

    @staticmethod
    def _has_waited(tick: _Tick, now_s: float) -> bool:
        return now_s - tick.arrived_s >= WAIT.total_seconds()

    # --- what a tick needs ----------------------------------------------------------------------------------------

    @property
    def _stamped_by_change(self) -> bool:
        return sum(self._repeats) * 2 > STEADY_ROWS

    def _value(self, tick: _Tick, name: str, within: timedelta | None = None) -> Value | None:
        """The value of a tag at a tick, None where there is none of that moment. `within`: how old it may be."""
        series = self._series.get(name)
        entry = None if series is None else series.near(tick.at, self._half)
        if entry is None or entry.value is None:
            return None
        if within is None:
            within = self._half if name in COUNTERS else self._stale
        return entry.value if self._stamped_by_change or tick.at - entry.at <= within else None

    def _is_usable(self, tick: _Tick) -> bool:
        if any(self._value(tick, name) is None for name in REQUIRED):
            return False
        first, second = (int(self._value(tick, name) or 0) for name in COUNTERS)
        tick.counters = (first, second)
        return True

    def _missing(self, tick: _Tick) -> str:
        names = [name for name in REQUIRED if self._value(tick, name) is None]
        return _("Of one moment of the log these values are missing: {names}.").format(names=", ".join(names))

    def _fell(self, tick: _Tick) -> bool:
        return _is_below(tick.counters, self._counters)

    def _came_back(self, later: Iterable[_Tick]) -> bool:
        return any(not _is_below(each.counters, self._counters) for each in later)

    def _explaining(self, tick: _Tick) -> Entry | None:
        """205 when it first told a restart or a reset, within the wait."""
        for entry in self._series["diagnostics"].between(tick.at - self._half, tick.at + WAIT):
            if int(entry.value or 0) & ~self._diagnostics & EXPLAINING:
                return entry
        return None

    # --- the reading ----------------------------------------------------------------------------------------------

    def _reading(
        self, tick: _Tick, diagnostics: Value | None, now: datetime, now_s: float, *, with_phases: bool
    ) -> Reading:
        found = {name: self._value(tick, name, OTHERS_WITHIN) for name in self._series}
        found["diagnostics"] = diagnostics
        monotonic_s = now_s - (now - tick.at).total_seconds()
        return reading_of(self._analyzer_id, tick.at, monotonic_s, found, with_phases=with_phases)

    def _status_of(self, tick: _Tick) -> Value | None:
        """205 of a tick. What once explained a fall is not taken back by what was logged before it."""
        explaining = self._explaining(tick) if self._fell(tick) else None
        if explaining is not None:
            self._told_until, told = explaining
            return told
        if self._told_until is not None and self._told_until > tick.at:
            told_at = self._series["diagnostics"].near(self._told_until, self._half)
            return None if told_at is None else told_at.value
        return self._value(tick, "diagnostics")

    def _bucket_of(self, at: datetime) -> int:
        return int(at.timestamp() // self._history_s)

    def _begins_interval(self, at: datetime) -> bool:
        return self._bucket_of(at) != self._bucket_of(at - self._interval)


def _instant(tick: _Tick) -> datetime:
    return tick.first_at


def _is_below(counters: tuple[int, int] | None, before: tuple[int, int] | None) -> bool:
    """Whether one of two counters is lower than before; nothing is known to have fallen where nothing is known."""
    if counters is None or before is None:
        return False
    return any(counter < known for counter, known in zip(counters, before, strict=True))
