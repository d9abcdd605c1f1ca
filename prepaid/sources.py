"""Which source feeds the site, and which analyzers count for another one."""

from collections.abc import Iterable
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
