"""What the analyzers of a site counted in the last 14 days, hour by hour, and which of these hours are known."""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.calendar import LocalHours, hour_of
from prepaid.records import AccountKind, Stage
from prepaid.site import Site
from prepaid.supply import Answer
from prepaid.switching import Supply
from prepaid.usual import HISTORY, Counted
from sql.hot import instants
from sql.tables import accounts, analyzers, assignments, bases, hours, supply_changes, supply_states

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUse:
    """The full hours of the last 14 days, and what the analyzers of each tenant's account counted in them."""

    hours: LocalHours
    accounts: Mapping[int, Sequence[Counted]]


class _Series(NamedTuple):
    """The hours of one analyzer since its assignment began: some 6 kB, 5 MB for 800 of them."""

    account_id: int
    begun_at: datetime
    grid_wh: "array[int]"
    generator_wh: "array[int]"
    known: bytearray


class _Span(NamedTuple):
    analyzer_id: int
    from_at: datetime
    until_at: datetime


def past_use(conn: Connection, site: Site, now: datetime, analyzer_id: int | None = None) -> PastUse:
    """Reads it with one statement each for assignments, bases, cuts, supplies and hours; of one analyzer if named.

    An hour of an analyzer is known if it lies inside its present assignment, if charges have passed it (the hours of a
    silent analyzer come when it answers again; what a lost base did not tell never comes), and if the supply was not
    cut in it. A known hour without a row is one without use.
    """
    until_at = hour_of(now, site.zone)
    past = LocalHours(until_at - HISTORY, site.zone)
    past.reach(until_at)
    series = _assigned(conn, site.site_id, analyzer_id, len(past))
    for span in _charged(conn, site.site_id, analyzer_id, past.begins[0]):
        _know(series, past, span)
    for span in _cut(conn, site.site_id, past.begins[0], now):
        _forget(series, past, span)
    _fill(conn, site.site_id, analyzer_id, series, past)
    found: dict[int, list[Counted]] = defaultdict(list)
    for each in series.values():
        found[each.account_id].append(Counted(grid_wh=each.grid_wh, generator_wh=each.generator_wh, known=each.known))
    return PastUse(hours=past, accounts=found)


def _assigned(conn: Connection, site_id: int, analyzer_id: int | None, count: int) -> dict[int, _Series]:
    question = (
        sa.select(assignments.c.analyzer_id, assignments.c.account_id, assignments.c.from_at)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .where(
            accounts.c.site_id == site_id,
            accounts.c.kind == AccountKind.TENANT,
            accounts.c.stage != Stage.CLOSED,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
            *_only(assignments, analyzer_id),
        )
    )
    nothing = bytes(8 * count)
    return {
        row.analyzer_id: _Series(
            row.account_id, row.from_at, array("q", nothing), array("q", nothing), bytearray(count)
        )
        for row in conn.execute(question)
    }


def _charged(conn: Connection, site_id: int, analyzer_id: int | None, since_at: datetime) -> Iterator[_Span]:
    """From where to where the charges of each base have come, whichever source is behind."""
    question = (
        sa.select(bases.c.analyzer_id, bases.c.opened_at, sa.func.min(bases.c.charged_at).label("charged_at"))
        .join(analyzers, analyzers.c.id == bases.c.analyzer_id)
        .where(analyzers.c.site_id == site_id, bases.c.charged_at > since_at, *_only(bases, analyzer_id))
        .group_by(bases.c.analyzer_id, bases.c.opened_at)
    )
    for row in conn.execute(question):
        yield _Span(row.analyzer_id, row.opened_at, row.charged_at)


def _cut(conn: Connection, site_id: int, since_at: datetime, now: datetime) -> Iterator[_Span]:
    """When each supply was cut, as its device confirmed it."""
    changes = (
        sa.select(supply_changes.c.analyzer_id, supply_changes.c.wanted, supply_changes.c.confirmed_at)
        .where(supply_changes.c.site_id == site_id, supply_changes.c.confirmed_at > since_at)
        .order_by(supply_changes.c.analyzer_id, supply_changes.c.confirmed_at)
    )
    begun: dict[int, datetime] = {}
    for row in conn.execute(changes):
        if row.wanted is Answer.CUT:
            begun[row.analyzer_id] = row.confirmed_at
        else:
            yield _Span(row.analyzer_id, begun.pop(row.analyzer_id, since_at), row.confirmed_at)
    still = (
        sa.select(supply_states.c.analyzer_id, supply_states.c.since_at)
        .join(analyzers, analyzers.c.id == supply_states.c.analyzer_id)
        .where(analyzers.c.site_id == site_id, supply_states.c.supply == Supply.CUT)
    )
    for state in conn.execute(still):
        yield _Span(state.analyzer_id, begun.get(state.analyzer_id) or state.since_at or since_at, now)


def _know(series: Mapping[int, _Series], past: LocalHours, span: _Span) -> None:
    """Every hour wholly inside the span and the assignment."""
    each = series.get(span.analyzer_id)
    if each is not None:
        first = bisect_left(past.begins, max(span.from_at, each.begun_at))
        behind = bisect_right(past.begins, span.until_at) - 1
        each.known[first:behind] = bytes([1]) * max(0, behind - first)


def _forget(series: Mapping[int, _Series], past: LocalHours, span: _Span) -> None:
    """Every hour that the span touches."""
    each = series.get(span.analyzer_id)
    if each is not None:
        first = max(0, bisect_right(past.begins, span.from_at) - 1)
        behind = min(len(past), bisect_left(past.begins, span.until_at))
        each.known[first:behind] = bytes(max(0, behind - first))


def _fill(conn: Connection, site_id: int, of_one: int | None, series: Mapping[int, _Series], past: LocalHours) -> None:
    """Reads 270 000 hours for 800 analyzers: instants stay as the driver gives them, rows come in slices."""
    moment = instants(conn)
    numbers = {moment(at): number for number, at in enumerate(past.begins[:-1])}
    of_the_site = sa.exists().where(accounts.c.id == hours.c.account_id, accounts.c.site_id == site_id)
    question = sa.select(
        sa.type_coerce(hours.c.hour_at, sa.Integer),
        hours.c.analyzer_id,
        hours.c.account_id,
        hours.c.grid_wh,
        hours.c.generator_wh,
    ).where(hours.c.hour_at >= past.begins[0], hours.c.hour_at < past.begins[-1], of_the_site, *_only(hours, of_one))
    found = conn.execute(question, execution_options={"yield_per": ROWS_AT_ONCE})
    for rows in found.partitions():
        for hour_at, analyzer_id, account_id, grid_wh, generator_wh in rows:
            each = series.get(analyzer_id)
            number = numbers.get(hour_at)
            if each is not None and number is not None and each.account_id == account_id:
                each.grid_wh[number] = grid_wh
                each.generator_wh[number] = generator_wh


def _only(table: sa.Table, analyzer_id: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if analyzer_id is None else [table.c.analyzer_id == analyzer_id]
