"""The load as it was measured, quarter by quarter: raw readings of the database and of the archive together.

A day lies in the archive as soon as a file of it is listed, and is asked for there; every other day is asked for in the
database. What came late for an archived day is seen when it is archived as well, within the hour.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.archive import Day
from prepaid.errors.archive import ArchiveUnreadable
from prepaid.records import AccountKind, Purpose
from prepaid.spans import Span
from sql.archive.ask import Counted, Load, opened
from sql.archives import Archived, archives_between
from sql.columns import from_epoch_ms, to_epoch_ms
from sql.questions.consumption import ROWS_AT_MOST, Chosen
from sql.sites import load_settings
from sql.tables import accounts, analyzers, assignments, readings

QUARTER = timedelta(minutes=15)
"""Local hours of every zone begin at one."""
QUARTER_MS = QUARTER // timedelta(milliseconds=1)
LONGEST = timedelta(days=32)
"""Of one question; longer spans are asked for month by month."""
ROWS_LOOKED_AT = 1_000_000
"""In the database, which keeps whole rows together and those of all analyzers; the archive is always read whole."""
READINGS_A_SLICE = 2
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterLoad:
    """What was drawn in the quarter of an hour from `at` on: the sum of the mean power of each of `analyzers`."""

    at: datetime
    power_w: float
    analyzers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLoad:
    """The quarters in which anything was read, in order. Of those in the database the first `looked_at_s` seconds are
    read; days (UTC) in `unreadable` are in files that are missing or broken."""

    quarters: tuple[QuarterLoad, ...]
    looked_at_s: float
    unreadable: tuple[date, ...]


def measured_load(conn: Connection, viewer: Viewer, chosen: Chosen, span: Span, folder: Path) -> MeasuredLoad:
    """The load of what is chosen in at most 32 days.

    1. Assignments say which analyzers count, and from when until when.
    2. The listing says which days are in files; each of them is asked for by DuckDB.
    3. Every other day is asked for in the database, the beginning of each quarter where all of it would be too much.
    4. A day that was archived meanwhile would be seen in part: then all is asked again.
    """
    permit_site(viewer, Right.SEE_SITE, chosen.site_id)
    assert timedelta(0) < span.length <= LONGEST, "long spans are asked for in pieces"
    counted = _counted(conn, chosen, span)
    if not counted:
        return MeasuredLoad(quarters=(), looked_at_s=QUARTER.total_seconds(), unreadable=())
    listed = _listed(conn, chosen, span)
    for _try in range(TRIES):
        found = _asked(conn, chosen, span, counted, listed, folder)
        again = _listed(conn, chosen, span)
        if again.keys() == listed.keys():
            break
        listed = again
    return found


def _asked(
    conn: Connection,
    chosen: Chosen,
    span: Span,
    counted: Sequence[Counted],
    listed: dict[Day, list[Archived]],
    folder: Path,
) -> MeasuredLoad:
    quarters: list[QuarterLoad] = []
    unreadable: list[date] = []
    with opened(folder, [each for files in listed.values() for each in files], counted) as archive:
        for day, files in sorted(listed.items(), key=lambda item: item[0].on):
            try:
                found = archive.loads(files, span.from_at, span.until_at, QUARTER_MS)
            except ArchiveUnreadable:
                unreadable.append(day.on)
                continue
            quarters += map(_quarter, found)
    days = [day for day in _days(span) if day not in listed]
    slice_ = _slice(conn, chosen.site_id, len(days))
    for day in days:
        quarters += _of_database(conn, chosen, span, day, slice_)
    return MeasuredLoad(
        quarters=tuple(sorted(quarters, key=lambda each: each.at)),
        looked_at_s=slice_.total_seconds(),
        unreadable=tuple(unreadable),
    )


def _listed(conn: Connection, chosen: Chosen, span: Span) -> dict[Day, list[Archived]]:
    found: defaultdict[Day, list[Archived]] = defaultdict(list)
    for each in archives_between(conn, chosen.site_id, span.from_at, span.until_at):
        found[each.begun.day].append(each)
    return dict(found)


def _days(span: Span) -> Iterator[Day]:
    day = Day.of(span.from_at)
    while day.from_at < span.until_at:
        yield day
        day = Day.of(day.until_at)


def _quarter(load: Load) -> QuarterLoad:
    return QuarterLoad(at=from_epoch_ms(load.quarter * QUARTER_MS), power_w=load.power_w, analyzers=load.analyzers)


def _counted(conn: Connection, chosen: Chosen, span: Span) -> Sequence[Counted]:
    question = (
        sa.select(assignments.c.analyzer_id, assignments.c.from_at, assignments.c.until_at)
        .where(
            *_of(chosen),
            assignments.c.from_at < span.until_at,
            sa.or_(assignments.c.until_at.is_(None), assignments.c.until_at > span.from_at),
        )
        .order_by(assignments.c.analyzer_id, assignments.c.from_at)
        .limit(ROWS_AT_MOST)
    )
    return [Counted(row.analyzer_id, row.from_at, row.until_at or span.until_at) for row in conn.execute(question)]


def _of(chosen: Chosen) -> Sequence[sa.ColumnElement[bool]]:
    """Which assignments count: as hours are chosen on the page Consumption."""
    mine = sa.select(analyzers.c.id).where(analyzers.c.site_id == chosen.site_id)
    of_account = sa.select(accounts.c.id).where(
        accounts.c.site_id == chosen.site_id, accounts.c.currency == chosen.currency
    )
    if chosen.analyzer_ids:
        mine = mine.where(analyzers.c.id.in_(chosen.analyzer_ids))
    else:
        mine = mine.where(analyzers.c.purpose == Purpose.TENANT)
        of_account = of_account.where(accounts.c.kind == AccountKind.TENANT)
    if chosen.account_ids:
        of_account = of_account.where(accounts.c.id.in_(chosen.account_ids))
    return [assignments.c.analyzer_id.in_(mine), assignments.c.account_id.in_(of_account)]


def _slice(conn: Connection, site_id: int, days: int) -> timedelta:
    """How much of each quarter is read in the database."""
    if not days:
        return QUARTER
    others = int(conn.scalar(sa.select(sa.func.count()).select_from(analyzers)) or 1)
    interval_s = float(load_settings(conn, site_id).history_interval_s)
    affordable_s = ROWS_LOOKED_AT / (days * (timedelta(days=1) // QUARTER)) * interval_s / others
    return min(QUARTER, timedelta(seconds=max(READINGS_A_SLICE * interval_s, float(int(affordable_s)))))


def _of_database(conn: Connection, chosen: Chosen, span: Span, day: Day, slice_: timedelta) -> Sequence[QuarterLoad]:
    """The quarters of one day. They are rows of their own: no arithmetic with instants, which the two engines keep in
    different ways."""
    from_at, until_at = max(span.from_at, day.from_at), min(span.until_at, day.until_at)
    first, last = (to_epoch_ms(instant.astimezone(UTC)) for instant in (from_at, until_at))
    begins = [from_epoch_ms(number * QUARTER_MS) for number in range(first // QUARTER_MS, -(-last // QUARTER_MS))]
    kind = readings.c.read_at.type
    rows = [
        sa.select(
            sa.literal(number, sa.Integer).label("number"),
            sa.literal(max(begin, from_at), kind).label("begins_at"),
            sa.literal(min(begin + slice_, until_at), kind).label("ends_at"),
        )
        for number, begin in enumerate(begins)
    ]
    quarters = sa.union_all(*rows).subquery("quarters")
    means = _means(quarters, chosen).subquery("means")
    question: sa.Select[Any] = (
        sa.select(means.c.number, sa.func.sum(means.c.power_w).label("power_w"), sa.func.count().label("analyzers"))
        .group_by(means.c.number)
        .order_by(means.c.number)
    )
    return [
        QuarterLoad(at=begins[row.number], power_w=float(row.power_w), analyzers=row.analyzers)
        for row in conn.execute(question)
    ]


def _means(quarters: sa.Subquery, chosen: Chosen) -> sa.Select[Any]:
    """The mean power of each analyzer in each quarter. Few analyzers are found by their index; for all of them `+ 0`
    keeps SQLite from it, and each quarter is read along the clustered key."""
    few = chosen.analyzer_ids or chosen.account_ids
    analyzer_id = readings.c.analyzer_id if few else readings.c.analyzer_id + 0
    inside = sa.and_(readings.c.read_at >= quarters.c.begins_at, readings.c.read_at < quarters.c.ends_at)
    assigned = sa.and_(
        assignments.c.analyzer_id == analyzer_id,
        assignments.c.from_at <= readings.c.read_at,
        sa.or_(assignments.c.until_at.is_(None), assignments.c.until_at > readings.c.read_at),
    )
    return (
        sa.select(
            quarters.c.number,
            readings.c.analyzer_id,
            sa.func.avg(sa.cast(readings.c.power_w, sa.Float(53))).label("power_w"),
        )
        .select_from(quarters.join(readings, inside).join(assignments, assigned))
        .where(*_of(chosen), readings.c.power_w.is_not(None))
        .group_by(quarters.c.number, readings.c.analyzer_id)
    )
