"""From rows of a log table to values of analyzers: who is meant, whether the value is good, and when it was."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from prepaid.kepware.assembly import Assembly
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.lead import Lead
from prepaid.kepware.log import LogRow, is_good
from prepaid.kepware.stamps import MOST_AHEAD, Heard, instant_of
from prepaid.kepware.tags import MappedTag
from prepaid.kepware.values import parse
from prepaid.language import _


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
    """The tags of one log group. `refused` counts what could not be used, `newest_at` is the newest instant that was
    stamped, `ahead_s` how far the newest stamp that was refused is ahead of the clock; 0 since one that was not."""

    def __init__(self, group: LogGroup, assembly_of: Callable[[int], Assembly | None]) -> None:
        self.refused = 0
        self.newest_at: datetime | None = None
        self.ahead_s = 0.0
        self._group = group
        self._assembly_of = assembly_of
        self._heard: dict[str, Heard] = {}
        self._placed: dict[str, _Placed] = {}
        self._lead = Lead()

    def absorb(self, rows: Iterable[LogRow], now: datetime, now_s: float) -> None:
        """Gives each row of a mapped tag to the assembly of its analyzer. `now` is when the rows were read."""
        stamped = list(self._stamped(rows, now))
        lead = self._lead.hear((each.at for each in stamped), now, now_s)
        for each in stamped:
            why = self._take(each, lead, now, now_s)
            if why is not None:
                self.refused += 1
                each.assembly.refused = why

    def _stamped(self, rows: Iterable[LogRow], now: datetime) -> Iterator[_Stamped]:
        """The rows of mapped tags with the instants that their stamps say."""
        group = self._group
        for row in rows:
            mapped = group.tags.get(row.tag)
            if mapped is None or row.stamped_at is None:
                continue
            assembly = self._assembly_of(mapped.analyzer_id)
            if assembly is None:
                continue
            at = instant_of(row.stamped_at, group.stamps, group.zone, now, self._heard.get(row.tag))
            if at - now <= MOST_AHEAD:
                self._heard[row.tag] = Heard(at, now)
            yield _Stamped(row, mapped, assembly, at)

    def _take(self, stamped: _Stamped, lead: timedelta, now: datetime, now_s: float) -> str | None:
        """Why the row cannot be used; None where it was."""
        row, mapped = stamped.row, stamped.mapped
        if stamped.at - now > MOST_AHEAD:
            self.ahead_s = (stamped.at - now).total_seconds()
            return _("The stamps of Kepware are {seconds} s ahead of the clock of this machine.").format(
                seconds=round(self.ahead_s)
            )
        at = self._place(stamped, lead)
        self.ahead_s = 0.0
        if self.newest_at is None or at > self.newest_at:
            self.newest_at = at
        value = None
        if is_good(row.quality):
            value = parse(mapped, row.value, decimal_comma=self._group.decimal_comma)
        stamped.assembly.add(mapped.parameter, at, value, row.row_id, now_s)
        if not is_good(row.quality):
            return _("Kepware says that {parameter} is not good (quality {quality}).").format(
                parameter=mapped.parameter, quality=row.quality
            )
        if value is None:
            return _('{parameter} is "{value}" in the log, which is no value of it.').format(
                parameter=mapped.parameter, value=row.value
            )
        return None

    def _place(self, stamped: _Stamped, lead: timedelta) -> datetime:
        """The instant of a value by our clock. A stamp that a log repeats row after row keeps the instant that it was
        first taken for: the lead is never quite the same again."""
        tag, placed = stamped.row.tag, self._placed.get(stamped.row.tag)
        if placed is not None and placed.stamped_at == stamped.at:
            return placed.at
        at = stamped.at - lead
        if placed is None or placed.stamped_at < stamped.at:
            self._placed[tag] = _Placed(stamped.at, at)
        return at


def lag_of(newest_at: datetime | None, now: datetime) -> timedelta | None:
    """How old the newest value is."""
    return None if newest_at is None else max(timedelta(), now - newest_at)
