"""`python -m enforcer kepware --check`: what the log tables of a site are like, and what to do about them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from enforcer.doctor.finding import Finding, Subject, named
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.kepware.findings import log_findings
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import Shape
from prepaid.language import _
from prepaid.records import Feed
from sql.connection import Database
from sql.kepware.discover import discover
from sql.kepware.groups import load_groups
from sql.kepware.log import opened
from sql.kepware.samples import id_room, sample_log
from sql.sites import find_site, load_site

ROOM_LEAST: Final = timedelta(days=365)
DAY_S: Final = 86_400
ROWS_MOST_A_DAY: Final = 200_000_000


def check(database: Database, log_database: Database, clock: Clock, site_name: str | None) -> Iterator[Finding]:
    """Findings about every log group of the site; where there is none, the tables that could be one."""
    with database.reading() as conn:
        site_id = find_site(conn, site_name)
        groups, site = load_groups(conn, site_id), load_site(conn, site_id)
    names = {key: each.name for key, each in site.analyzers.items()}
    if not groups:
        yield from _candidates(log_database)
    for group in groups:
        try:
            yield from _look_at(log_database, group, names, clock.now())
        except PrepaidError as error:
            yield _finding(False, str(error))
    fed = {key for key, each in site.analyzers.items() if each.feed is Feed.KEPWARE}
    unmapped = sorted(names[key] for key in fed.difference(*(group.analyzers for group in groups)))
    if unmapped:
        sentence = _(
            "These analyzers are to be read from Kepware and have no tags: {names}. Map them on the page Analyzers."
        )
        yield _finding(False, sentence.format(names=named(unmapped)))


def _candidates(log_database: Database) -> Iterator[Finding]:
    with log_database.reading() as conn:
        tables = [table.where for table in discover(conn)]
    if not tables:
        sentence = _(
            "There is no log table of Kepware in {where}. Let the DataLogger make one, or set KEPWARE_DATABASE_URL."
        )
        yield _finding(False, sentence.format(where=log_database.where))
        return
    sentence = _("No log group is set up. These tables look like logs: {tables}. Set one up on the page Analyzers.")
    yield _finding(False, sentence.format(tables=named(tables)))


def _look_at(log_database: Database, group: LogGroup, names: Mapping[int, str], now: datetime) -> Iterator[Finding]:
    table = group.table
    with opened(log_database, table) as conn:
        samples = sample_log(conn, table)
        room = id_room(conn, table)
    shape = _("narrow") if table.shape is Shape.NARROW else _("wide")
    sentence = _("The {shape} log table {table} of {group} can be read: {columns}.")
    columns = [table.id_column, table.tag_column, table.value_column, table.stamp_column, table.quality_column]
    shown = ", ".join(column for column in columns if column)
    yield _finding(True, sentence.format(shape=shape, table=table.where, group=group.name, columns=shown))
    for remark in log_findings(group, samples, names, now):
        yield _finding(remark.good, remark.sentence)
    if room is not None:
        yield _room(room, len(samples), group)


def _room(room: int, tags: int, group: LogGroup) -> Finding:
    """An id of 32 bits counts two thousand million rows, and no more can be written then."""
    a_day = max(
        1, min(ROWS_MOST_A_DAY, round(86_400 / group.interval_s * (tags if group.table.shape is Shape.NARROW else 1)))
    )
    left = timedelta(days=room / a_day)
    sentence = _("The ids of the log table last for {days} more days; then nothing is logged any more.")
    if left < ROOM_LEAST:
        sentence = _(
            "The ids of the log table last for {days} more days; then nothing is logged any more. Make its id BIGINT, "
            "or log into app.KepwareLog."
        )
    return _finding(left >= ROOM_LEAST, sentence.format(days=left.days))


def _finding(good: bool, sentence: str) -> Finding:
    return Finding(Subject.KEPWARE, good, sentence)
