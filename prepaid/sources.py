"""Which source feeds the site, and which analyzers count for another one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prepaid.records import Source

PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Counting:
    """The source for which an analyzer counted at an instant, by its active tariff."""

    source: Source
    at: datetime
    incomer: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An analyzer counts for another source than the site runs on, since its counters stood together at `from_wh`."""

    counted: Source
    since_at: datetime
    from_wh: int


def site_source(before: Source, counting: Iterable[Counting]) -> Source:
    """What the incomers count, else what most analyzers count; as before where nobody says."""
    known = list(counting)
    chosen = [each for each in known if each.incomer] or known
    if not chosen:
        return before
    generator = sum(each.source is Source.GENERATOR for each in chosen)
    return Source.GENERATOR if generator * 2 > len(chosen) else Source.GRID


def source_by_others(counting: Mapping[int, Counting], analyzer_id: int) -> Source | None:
    """What the others of the site count: nobody is a witness of its own tariff. None: there are no others, or they do
    not agree by more than half."""
    others = [each for key, each in counting.items() if key != analyzer_id]
    if not others:
        return None
    chosen = [each for each in others if each.incomer] or others
    even = sum(each.source is Source.GENERATOR for each in chosen) * 2 == len(chosen)
    return None if even else site_source(Source.GRID, chosen)
