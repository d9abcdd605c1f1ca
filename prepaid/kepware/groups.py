"""A log group of Kepware as the product knows it: its table, its stamps, how often it logs, and how far it was read."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from prepaid.kepware.log import LogTable, Stamps
from prepaid.kepware.tags import REQUIRED, MappedTag

STALE_INTERVALS = 3
"""After so many intervals without a value nothing is known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """One log table of a site with the tags that are mapped in it, by their names in the log.

    `zone` is that of its stamps where they are local. `interval_ms` is the static interval at which it logs. Rows are
    removed `purge_after_h` after they were used; None: never.
    """

    group_id: int
    name: str
    table: LogTable
    stamps: Stamps
    zone: ZoneInfo
    decimal_comma: bool
    interval_ms: int
    purge_after_h: int | None
    tags: Mapping[str, MappedTag]

    @property
    def interval_s(self) -> float:
        return self.interval_ms / 1000

    @property
    def stale_after_s(self) -> float:
        return STALE_INTERVALS * self.interval_s

    @property
    def analyzers(self) -> frozenset[int]:
        """Analyzers with a mapped tag in it."""
        return frozenset(mapped.analyzer_id for mapped in self.tags.values())

    def only(self, analyzers: Container[int]) -> "LogGroup":
        """The group with the tags of these analyzers."""
        return replace(self, tags={tag: each for tag, each in self.tags.items() if each.analyzer_id in analyzers})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """How far a log group was read. `until_id` is the newest row that was taken, `newest_at` the instant of the newest
    value, `looked_at` when it was looked for, `lag_s` how old that value was then. `refused` counts values that could
    not be used since the enforcer began; `trouble` is a sentence, None while all is well."""

    until_id: int = 0
    newest_at: datetime | None = None
    looked_at: datetime | None = None
    lag_s: float | None = None
    refused: int = 0
    trouble: str | None = None


def lacking_tags(group: LogGroup) -> dict[int, Sequence[str]]:
    """By analyzer with mapped tags: the parameters without which it is not read."""
    mapped: dict[int, set[str]] = {}
    for each in group.tags.values():
        mapped.setdefault(each.analyzer_id, set()).add(each.parameter)
    return {analyzer_id: [name for name in REQUIRED if name not in found] for analyzer_id, found in mapped.items()}
