"""What the logs of Kepware are like, for who maps their tags and for who watches them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.kepware.groups import LogGroup, LogState
from prepaid.kepware.log import LogTable
from prepaid.kepware.samples import Sample
from sql.connection import Database
from sql.kepware.discover import discover
from sql.kepware.groups import load_groups
from sql.kepware.log import opened
from sql.kepware.samples import sample_log
from sql.kepware.states import load_states
from sql.sites import load_zone
from sql.tables import analyzers

ROWS_LOOKED_AT = 30_000
MOST_ANALYZERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoices:
    """What can be mapped at a site: tables that look like logs, groups that are set up, its analyzers by name
    and by the serial numbers of their devices."""

    tables: tuple[LogTable, ...]
    groups: tuple[LogGroup, ...]
    analyzers: Mapping[int, str]
    serial_numbers: Mapping[int, str]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A log group and how far it was read; `state` None: never."""

    group: LogGroup
    state: LogState | None


def log_choices(database: Database, log: Database, viewer: Viewer, site_id: int) -> LogChoices:
    """Raises NotAllowed, DatabaseUnavailable."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    with database.reading() as conn:
        groups = tuple(load_groups(conn, site_id))
        named = (
            sa.select(analyzers.c.id, analyzers.c.name, analyzers.c.serial_number)
            .where(analyzers.c.site_id == site_id, analyzers.c.retired_at.is_(None))
            .order_by(analyzers.c.name)
            .limit(MOST_ANALYZERS)
        )
        found = conn.execute(named).all()
        zone = load_zone(conn, site_id)
    with log.reading() as conn:
        tables = tuple(discover(conn))
    return LogChoices(
        tables=tables,
        groups=groups,
        analyzers={row.id: row.name for row in found},
        serial_numbers={row.id: row.serial_number for row in found if row.serial_number},
        zone=zone,
    )


def look_at_log(log: Database, viewer: Viewer, site_id: int, table: LogTable) -> tuple[Mapping[str, Sample], datetime]:
    """The newest rows of a table by tag, and when that was. Raises NotAllowed, DatabaseUnavailable, LogUnreadable."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    with opened(log, table) as conn:
        return sample_log(conn, table, ROWS_LOOKED_AT), log.now(conn)


def log_lines(conn: Connection, viewer: Viewer, site_id: int) -> tuple[LogLine, ...]:
    """The log groups of a site that feed any analyzer."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    states = load_states(conn, site_id)
    return tuple(
        LogLine(group=group, state=states.get(group.group_id)) for group in load_groups(conn, site_id) if group.tags
    )
