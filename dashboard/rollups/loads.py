"""Quarters of an hour of measured load, made into the parts of a span."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sql.questions.measured_load import QuarterLoad


class LoadPart(NamedTuple):
    """One part of the span: the mean of its quarters, the least and the most of them."""

    mean_w: float
    least_w: float
    most_w: float


def load_parts(quarters: Sequence[QuarterLoad], edges: Sequence[datetime]) -> list[LoadPart | None]:
    """Of each part between two edges; None where nothing was read."""
    inside: list[list[float]] = [[] for _edge in edges[:-1]]
    for each in quarters:
        place = bisect_right(edges, each.at) - 1
        if 0 <= place < len(inside):
            inside[place].append(each.power_w)
    return [LoadPart(sum(powers) / len(powers), min(powers), max(powers)) if powers else None for powers in inside]


def peak_quarter(quarters: Sequence[QuarterLoad]) -> QuarterLoad | None:
    """The quarter with the largest load, the first of equal ones."""
    return max(quarters, key=lambda each: each.power_w, default=None)
