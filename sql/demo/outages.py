"""Grid outages from a seed: the same for the history and for the running site."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

WINDOW_S = 36_000
"""One outage in every window of 10 hours, counted from 1970."""
SHORTEST_S = 20 * 60
LONGEST_S = 120 * 60


class Outage(NamedTuple):
    """The grid is off and the generator supplies from `from_at` until just before `until_at`."""

    from_at: datetime
    until_at: datetime


def outages(seed: int, from_at: datetime, until_at: datetime) -> Iterator[Outage]:
    """The outages that touch this span, in order, in their full length."""
    for window in range(_window(from_at), _window(until_at) + 1):
        outage = _outage(seed, window)
        if outage.from_at < until_at and outage.until_at > from_at:
            yield outage


def grid_is_off(seed: int, instant: datetime) -> bool:
    """Whether the generator supplies at this instant."""
    outage = _outage(seed, _window(instant))
    return outage.from_at <= instant < outage.until_at


def outage_share(seed: int, from_at: datetime, until_at: datetime) -> float:
    """The part of a span, 0.0 to 1.0, during which the generator supplies."""
    off = timedelta(0)
    for outage in outages(seed, from_at, until_at):
        off += min(outage.until_at, until_at) - max(outage.from_at, from_at)
    return off / (until_at - from_at)


def _window(instant: datetime) -> int:
    return int(instant.timestamp()) // WINDOW_S


@lru_cache(maxsize=4096)
def _outage(seed: int, window: int) -> Outage:
    """The window's outage; it lies wholly inside its window, so that two never meet."""
    chance = random.Random(f"outage {seed} {window}")
    length_s = chance.randint(SHORTEST_S, LONGEST_S)
    begin_s = window * WINDOW_S + chance.randint(0, WINDOW_S - LONGEST_S)
    from_at = datetime.fromtimestamp(begin_s, UTC)
    return Outage(from_at, from_at + timedelta(seconds=length_s))
