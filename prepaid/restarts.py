"""Restarts of one analyzer alone: where its neighbours restarted with it, the supply of the site was gone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

ALONE_A_DAY = 3
DAY = timedelta(days=1)
TOGETHER = timedelta(minutes=10)


def alone(own: Iterable[datetime], others: Iterable[datetime]) -> list[datetime]:
    """The falls of an analyzer with which no neighbour fell within ten minutes."""
    neighbours = sorted(others)
    return [at for at in own if not any(abs(at - other) <= TOGETHER for other in neighbours)]
