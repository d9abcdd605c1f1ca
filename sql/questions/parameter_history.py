"""The past of any parameter of one analyzer, drawn together in the database to so many points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from sql.columns import Instant, MillisecondsBetween
from sql.questions.analyzers import permit_analyzer
from sql.sites import load_settings
from sql.tables import readings

PARAMETERS = (*Measures._fields, *Status._fields, *Energies._fields, *PhaseEnergies._fields)
MOST_POINTS = 400
MOST_NAMES = 8
ROWS_LOOKED_AT = 200_000
"""Of one analyzer, each found by the index. This many are read in about a second."""
READINGS_A_SLICE = 2
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Point:
    """One part of the span: the mean, the least and the most of the readings in it."""

    at: datetime
    mean: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterHistory:
    """The points of each parameter, oldest first; where nothing was read there is no point.

    Each point stands for `bucket_s` seconds from its instant on. `looked_at_s` is how much of that was read: less than
    all of it where a long span of a large site would take too long.
    """

    from_at: datetime
    until_at: datetime
    bucket_s: float
    looked_at_s: float
    series: dict[str, tuple[Point, ...]]

    @property
    def sampled(self) -> bool:
        return self.looked_at_s < self.bucket_s


def parameter_history(
    conn: Connection,
    viewer: Viewer,
    analyzer_id: int,
    names: Sequence[str],
    from_at: datetime,
    until_at: datetime,
    most_points: int = 240,
) -> ParameterHistory:
    """The history of at most 8 parameters in [from_at, until_at), as at most `most_points` (400) points each.

    1. The span is divided into equal buckets, none shorter than the interval at which history is kept.
    2. Where the analyzer has more than 200 000 readings in the span, only the beginning of each bucket is read.
    3. One statement numbers the readings by their buckets and answers mean, least and most of each.
    """
    site_id = permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    unknown = set(names) - set(PARAMETERS)
    assert names and not unknown and len(names) <= MOST_NAMES, f"not parameters, or too many: {unknown or names}"
    assert until_at > from_at, "a span has a length"
    interval_s = float(load_settings(conn, site_id).history_interval_s)
    count, bucket = _buckets(from_at, until_at, most_points, interval_s)
    slice_ = _slice(bucket, count, interval_s)
    series: dict[str, list[Point]] = {name: [] for name in names}
    for row in conn.execute(_question(analyzer_id, names, from_at, until_at, bucket, slice_)).mappings():
        at = from_at + bucket * row["bucket"]
        for name in names:
            if row[f"{name}_mean"] is not None:
                point = Point(at, float(row[f"{name}_mean"]), float(row[f"{name}_least"]), float(row[f"{name}_most"]))
                series[name].append(point)
    return ParameterHistory(
        from_at=from_at,
        until_at=until_at,
        bucket_s=bucket.total_seconds(),
        looked_at_s=slice_.total_seconds(),
        series={name: tuple(points) for name, points in series.items()},
    )


def _buckets(from_at: datetime, until_at: datetime, most_points: int, interval_s: float) -> tuple[int, timedelta]:
    """How many buckets, and how long each is: whole seconds."""
    span_s = (until_at - from_at).total_seconds()
    wanted = max(1, min(most_points, MOST_POINTS))
    bucket_s = max(1, -(-int(span_s) // wanted), round(interval_s))
    return max(1, -(-int(span_s) // bucket_s)), timedelta(seconds=bucket_s)


def _slice(bucket: timedelta, count: int, interval_s: float) -> timedelta:
    """How much of each bucket is read: all of it, unless that would be too many rows; never less than two readings."""
    affordable_s = ROWS_LOOKED_AT / count * interval_s
    return min(bucket, timedelta(seconds=max(READINGS_A_SLICE * interval_s, float(int(affordable_s)))))


def _question(
    analyzer_id: int,
    names: Sequence[str],
    from_at: datetime,
    until_at: datetime,
    bucket: timedelta,
    slice_: timedelta,
) -> sa.Select[Any]:
    """The readings are numbered by their buckets inside, and drawn together outside: a number that is computed from
    parameters cannot be grouped by on SQL Server where it is computed."""
    passed_ms = MillisecondsBetween(sa.literal(from_at, Instant), readings.c.read_at)
    bucket_ms = sa.literal(bucket // MILLISECOND, sa.BigInteger)
    values = [sa.cast(readings.c[name], sa.Float(53)).label(name) for name in names]
    numbered = sa.select((passed_ms // bucket_ms).label("bucket"), *values).where(
        readings.c.analyzer_id == analyzer_id, readings.c.read_at >= from_at, readings.c.read_at < until_at
    )
    if slice_ < bucket:
        numbered = numbered.where(passed_ms % bucket_ms < slice_ // MILLISECOND)
    found = numbered.subquery("numbered")
    drawn: list[sa.Label[Any]] = []
    for name in names:
        drawn += [
            sa.func.avg(found.c[name]).label(f"{name}_mean"),
            sa.func.min(found.c[name]).label(f"{name}_least"),
            sa.func.max(found.c[name]).label(f"{name}_most"),
        ]
    return sa.select(found.c.bucket, *drawn).group_by(found.c.bucket).order_by(found.c.bucket)
