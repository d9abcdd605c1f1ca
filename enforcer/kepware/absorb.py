"""From rows of a log table to values of analyzers: who is meant, whether the value is good, and when it was."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from prepaid.kepware.assembly import Assembly
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import LogRow, Stamps, is_good
from prepaid.kepware.log_clock import LogClock
from prepaid.kepware.stamps import MOST_AHEAD, Heard, instant_of
from prepaid.kepware.tags import COUNTERS, MappedTag
from prepaid.kepware.values import Value, parse
from prepaid.language import _

WAITING_MOST: Final = 200_000
"""Rows that wait for others to tell of which clock they are."""


class _Stamped(NamedTuple):
    """A row of a mapped tag. `at` is the instant of its stamp, by the clock of Kepware."""

    row: LogRow
    mapped: MappedTag
    assembly: Assembly
    at: datetime


class _Placed(NamedTuple):
    """The newest stamp of a tag, and the instant that it was taken for."""

    stamped_at: datetime
    at: datetime


class Absorber:
    """The tags of one log group. `refused` counts what could not be used, `ahead_s` is how far the newest stamp that
    was refused is ahead of the clock; 0 since one that was not."""

    def __init__(
        self, group: LogGroup, assembly_of: Callable[[int], Assembly | None], newest_at: datetime | None
    ) -> None:
        """`newest_at` is the newest instant that was read of this log before."""
        self.refused = 0
        self.ahead_s = 0.0
        self._group = group
        self._assembly_of = assembly_of
        self._clock = LogClock(group.interval_s, newest_at)
        self._waiting: list[_Stamped] = []
        self._heard: dict[str, Heard] = {}
        self._same: tuple[datetime, datetime] | None = None
        self._placed: dict[str, _Placed] = {}

    @property
    def newest_at(self) -> datetime | None:
        """The newest instant that was stamped, by our clock."""
        return self._clock.newest_at

    @property
    def trouble(self) -> str | None:
        """What is wrong with the clocks, as a sentence."""
        if self.ahead_s:
            return _(
                "Its stamps are {seconds} s ahead of the clock of this machine: look at the clocks and at the zone."
            ).format(seconds=round(self.ahead_s))
        return self._clock.trouble

    @property
    def pending_id(self) -> int | None:
        """The first row that waits for others to tell of which clock it is; None when none does."""
        return min((each.row.row_id for each in self._waiting), default=None)

    def begin(self, newest: Iterable[LogRow], now: datetime, now_s: float) -> None:
        """The newest rows of the log tell of its clock, before any are absorbed."""
        self._clock.begin([each.at for each in self._stamped(newest, now)], now, now_s)
        self._heard.clear()

    def absorb(self, rows: Iterable[LogRow], now: datetime, now_s: float, *, more: bool = False) -> None:
        """Gives each row of a mapped tag to the assembly of its analyzer. `now` is when the rows were read; `more`:
        there are newer ones already."""
        stamped = list(self._stamped(rows, now))
        self._waiting += stamped
        full = len(self._waiting) > WAITING_MOST
        taken = self._clock.hear(
            [each.at for each in stamped if not self._repeats(each)],
            now,
            now_s,
            lambda: more or full or _shows_less(stamped, self._value),
        )
        if not taken:
            return
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            why = self._take(each, now, now_s)
            if why is not None:
                self.refused += 1
                each.assembly.refused = why

    def _stamped(self, rows: Iterable[LogRow], now: datetime) -> Iterator[_Stamped]:
        """The rows of mapped tags with the instants that their stamps say."""
        for row in rows:
            mapped = self._group.tags.get(row.tag)
            if mapped is None or row.stamped_at is None:
                continue
            assembly = self._assembly_of(mapped.analyzer_id)
            if assembly is not None:
                yield _Stamped(row, mapped, assembly, self._instant(row.tag, row.stamped_at, now))

    def _instant(self, tag: str, stamped_at: datetime, now: datetime) -> datetime:
        """Of a moment all rows have the same universal stamp; a local one may need those before it of its own tag."""
        group = self._group
        if group.stamps is Stamps.UTC:
            if self._same is None or stamped_at != self._same[0]:
                self._same = (stamped_at, instant_of(stamped_at, group.stamps, group.zone, now, None))
            return self._same[1]
        at = instant_of(stamped_at, group.stamps, group.zone, now, self._heard.get(tag))
        if at - now <= MOST_AHEAD:
            self._heard[tag] = Heard(at, now)
        return at

    def _take(self, stamped: _Stamped, now: datetime, now_s: float) -> str | None:
        """Why the row cannot be used; None where it was."""
        row, mapped = stamped.row, stamped.mapped
        at = self._place(stamped, now)
        if at - now > MOST_AHEAD:
            self.ahead_s = (at - now).total_seconds()
            return _("The stamps of Kepware are {seconds} s ahead of the clock of this machine.").format(
                seconds=round(self.ahead_s)
            )
        self.ahead_s = 0.0
        value = self._value(stamped)
        stamped.assembly.add(mapped.parameter, at, value, row.row_id, now_s)
        if value is not None:
            return None
        if not is_good(row.quality):
            return _("Kepware says that {parameter} is not good (quality {quality}).").format(
                parameter=mapped.parameter, quality=row.quality
            )
        return _('{parameter} is "{value}" in the log, which is no value of it.').format(
            parameter=mapped.parameter, value=row.value
        )

    def _value(self, stamped: _Stamped) -> Value | None:
        """None: it cannot be used."""
        if not is_good(stamped.row.quality):
            return None
        return parse(stamped.mapped, stamped.row.value, decimal_comma=self._group.decimal_comma)

    def _repeats(self, stamped: _Stamped) -> bool:
        """Whether it is the newest stamp of its tag once more, as of a value that did not change."""
        placed = self._placed.get(stamped.row.tag)
        return placed is not None and placed.stamped_at == stamped.at

    def _place(self, stamped: _Stamped, now: datetime) -> datetime:
        """The instant of a value by our clock. A stamp that a log repeats row after row keeps the instant that it was
        first taken for: the lead is never quite the same again. One that would lie ahead of us behind a clock that was
        set back is from before that."""
        tag, placed = stamped.row.tag, self._placed.get(stamped.row.tag)
        if placed is not None and placed.stamped_at == stamped.at:
            return placed.at
        at = stamped.at - self._clock.ahead
        if at > now >= stamped.at:
            return stamped.at
        if placed is None or placed.stamped_at < stamped.at or placed.at < at:
            self._placed[tag] = _Placed(stamped.at, at)
        return at


def _shows_less(stamped: Iterable[_Stamped], value_of: Callable[[_Stamped], Value | None]) -> bool:
    """Whether most analyzers among these rows show less than was read of them before: such rows are older."""
    shown: set[int] = set()
    less: set[int] = set()
    for each in stamped:
        counters = each.assembly.known.counters
        if each.mapped.parameter not in COUNTERS or counters is None:
            continue
        value = value_of(each)
        if isinstance(value, int):
            shown.add(each.mapped.analyzer_id)
            if value < counters[COUNTERS.index(each.mapped.parameter)]:
                less.add(each.mapped.analyzer_id)
    return 2 * len(less) > len(shown)


def lag_of(newest_at: datetime | None, now: datetime) -> timedelta | None:
    """How old the newest value is."""
    return None if newest_at is None else max(timedelta(), now - newest_at)
