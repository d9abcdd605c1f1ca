"""Hours of use in a table, and what is made of them: buckets of local time, the heat of a day, the load's duration."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from prepaid.calendar import hour_of, hours_between
from prepaid.records import Source
from prepaid.spans import Span
from prepaid.units import ZERO, add
from sql.questions.consumption import HourSum, OpenGround

ENERGIES = ["grid_wh", "generator_wh"]
AMOUNTS = ["grid_amount", "generator_amount"]
MARKS = ["spread", "running"]
HOURS_A_DAY = 24
POINTS_AT_MOST = 400


class Peak(NamedTuple):
    """The hour in which most was used."""

    hour_at: datetime
    wh: int


def hours_table(sums: Iterable[HourSum], open_grounds: Iterable[OpenGround], zone: ZoneInfo) -> pd.DataFrame:
    """A row an hour, by its instant (UTC), in order. What is not charged yet belongs to the hour in which it began,
    which is marked as running."""
    added = {each.hour_at: each for each in sums}
    running = set()
    for ground in open_grounds:
        hour_at = hour_of(ground.since_at, zone)
        running.add(hour_at)
        added[hour_at] = _with(added.get(hour_at) or HourSum(hour_at, 0, 0, ZERO, ZERO, False), ground)
    table = pd.DataFrame([added[hour_at] for hour_at in sorted(added)], columns=list(HourSum._fields))
    table.index = pd.DatetimeIndex(table.pop("hour_at"), tz="UTC")
    table = table.astype(dict.fromkeys(ENERGIES, "int64") | dict.fromkeys(AMOUNTS, "object") | {"spread": "bool"})
    table["running"] = [hour_at in running for hour_at in sorted(added)]
    return table


def bucketed(hours: pd.DataFrame, edges: Sequence[datetime]) -> pd.DataFrame:
    """The sums between each two edges, in order; a bucket without use is a row of zeros.

    Every hour belongs to the bucket in which it begins, so the buckets add up to the hours, exactly.
    """
    begins = pd.DatetimeIndex(list(edges[:-1]))
    assert hours.empty or edges[0] <= hours.index[0] <= hours.index[-1] < edges[-1], "hours lie between the edges"
    table = pd.concat([hours, _empty(edges[:-1])])
    of_bucket = begins[begins.searchsorted(pd.DatetimeIndex(table.index), side="right") - 1].rename("from_at")
    grouped = table.groupby(of_bucket, sort=True)
    summed = pd.concat([grouped[ENERGIES].sum(), grouped[AMOUNTS].agg(total), grouped[MARKS].any()], axis="columns")
    summed.insert(0, "until_at", pd.DatetimeIndex(list(edges[1:])))
    return summed.reset_index()


def complete_hours(hours: pd.DataFrame, span: Span, now: datetime, zone: ZoneInfo) -> pd.Series:
    """The Wh of every hour that is over, from the first one with any use on; hours without use are zeros."""
    begins = hours_between(span.from_at, min(span.until_at, hour_of(now.astimezone(UTC), zone)), zone)
    begins = [span.from_at, *begins][:-1] if begins else []
    used = hours["grid_wh"] + hours["generator_wh"]
    known = used.reindex(pd.DatetimeIndex(begins, tz="UTC"), fill_value=0)
    return known[known.index >= used.index[0]] if len(used) else known[:0]


def peak(complete: pd.Series) -> Peak | None:
    """The hour with the largest use; None while no hour is over, or nothing was used."""
    if complete.empty or not complete.max():
        return None
    at = pd.Timestamp(str(complete.idxmax()))
    return Peak(at.to_pydatetime().astimezone(UTC), int(complete.max()))


def heat(complete: pd.Series, edges: Sequence[datetime], zone: ZoneInfo) -> list[list[float | None]]:
    """The mean Wh of each hour of the day (24 rows) in each bucket (its places); None where there is no such hour:
    before the first use, after now, and where clocks skip one."""
    begins = pd.DatetimeIndex(list(edges[:-1]))
    index = pd.DatetimeIndex(complete.index)
    place = begins.searchsorted(index, side="right") - 1
    table = pd.DataFrame({"hour": index.tz_convert(zone).hour, "place": place, "wh": complete.to_numpy()})
    means = table.groupby(["hour", "place"])["wh"].mean()
    rows: list[list[float | None]] = [[None] * len(begins) for _hour in range(HOURS_A_DAY)]
    for hour, column, mean in means.reset_index().itertuples(index=False):
        rows[hour][column] = float(mean)
    return rows


def duration(complete: pd.Series) -> pd.DataFrame:
    """The load-duration curve: `power_w`, the mean load of an hour, from the largest down, and the `share` of all hours
    in which it was reached. At most some hundred points; the largest and the smallest are always among them."""
    loads = complete.sort_values(ascending=False, ignore_index=True)
    step = max(1, -(-len(loads) // POINTS_AT_MOST))
    kept = sorted({*range(0, len(loads), step), len(loads) - 1} if len(loads) else set())
    return pd.DataFrame(
        {
            "power_w": [float(loads[number]) for number in kept],
            "share": [(number + 1) / len(loads) for number in kept],
            "hours": [number + 1 for number in kept],
        }
    )


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of a column of money."""
    return add(*amounts)


def _with(hour: HourSum, ground: OpenGround) -> HourSum:
    if ground.source is Source.GRID:
        return hour._replace(grid_wh=hour.grid_wh + ground.wh, grid_amount=add(hour.grid_amount, ground.amount))
    return hour._replace(
        generator_wh=hour.generator_wh + ground.wh, generator_amount=add(hour.generator_amount, ground.amount)
    )


def _empty(hours: Sequence[datetime]) -> pd.DataFrame:
    """Hours in which nothing was used."""
    table = pd.DataFrame(index=pd.DatetimeIndex(list(hours), tz="UTC", name="hour_at"))
    table[ENERGIES] = 0
    for name in AMOUNTS:
        table[name] = pd.Series([ZERO] * len(table), index=table.index, dtype=object)
    table[MARKS] = False
    return table
