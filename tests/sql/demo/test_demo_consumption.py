"""Consumption of the demo site: what pages add up is what the ledger charged, to the Wh and the last digit."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.calendar import hour_of, zone
from prepaid.records import AccountKind, Role, Source
from prepaid.spans import Preset, Span, preset_span
from prepaid.units import add
from sql.connection import Connection, Database
from sql.demo.site import DemoSite
from sql.questions.consumption import Chosen, HourSum, LineSum, hour_sums, line_sums, open_grounds
from sql.tables import accounts, analyzers, charges
from tests.sql.demo.conftest import DAYS, NOW

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
EVERYTHING = Span(NOW - timedelta(days=DAYS + 2), NOW)
SITE_ID = 1

Totals = tuple[int, int, Decimal, Decimal]


def summed(rows: Iterable[HourSum | LineSum]) -> Totals:
    found = list(rows)
    return (
        sum(row.grid_wh for row in found),
        sum(row.generator_wh for row in found),
        add(*(row.grid_amount for row in found)),
        add(*(row.generator_amount for row in found)),
    )


def charged(conn: Connection, *where: sa.ColumnElement[bool]) -> Totals:
    """What the ledger says, row by row."""
    question = (
        sa.select(charges.c.source, charges.c.wh, charges.c.amount)
        .join(accounts, accounts.c.id == charges.c.account_id)
        .join(analyzers, analyzers.c.id == charges.c.analyzer_id)
        .where(*where)
    )
    rows: dict[Source, list[Any]] = {source: [] for source in Source}
    for row in conn.execute(question):
        rows[row.source].append(row)
    grid, generator = rows[Source.GRID], rows[Source.GENERATOR]
    return (
        sum(row.wh for row in grid),
        sum(row.wh for row in generator),
        add(*(row.amount for row in grid)),
        add(*(row.amount for row in generator)),
    )


def test_hours_and_lines_are_the_charges_of_the_tenants(demo: Database, mall: DemoSite) -> None:
    chosen = Chosen(site_id=SITE_ID, currency=mall.currency)

    with demo.reading() as conn:
        of_hours = summed(hour_sums(conn, ADMIN, chosen, EVERYTHING))
        of_lines = summed(line_sums(conn, ADMIN, SITE_ID, EVERYTHING, chosen))
        of_ledger = charged(conn, accounts.c.kind == AccountKind.TENANT)

    assert of_hours == of_lines == of_ledger
    assert all(part > 0 for part in of_ledger)


def test_each_analyzer_of_the_whole_site_has_its_charges(demo: Database) -> None:
    with demo.reading() as conn:
        lines = line_sums(conn, ADMIN, SITE_ID, EVERYTHING)

        for line in lines:
            mine = (charges.c.analyzer_id == line.analyzer_id, charges.c.account_id == line.account_id)
            assert summed([line]) == charged(conn, *mine)
        assert summed(lines) == charged(conn)


def test_the_parts_of_a_span_add_up_to_it(demo: Database, mall: DemoSite) -> None:
    site_zone = zone(mall.time_zone)
    week, today = (preset_span(preset, NOW, site_zone) for preset in (Preset.DAYS_7, Preset.TODAY))
    chosen = Chosen(site_id=SITE_ID, currency=mall.currency)

    with demo.reading() as conn:
        whole = hour_sums(conn, ADMIN, chosen, week)
        parts = [hour_sums(conn, ADMIN, chosen, span) for span in (Span(week.from_at, today.from_at), today)]

    assert whole == parts[0] + parts[1]
    assert len(parts[0]) == 6 * 24


def test_the_running_hour_is_not_empty(demo: Database, mall: DemoSite) -> None:
    with demo.reading() as conn:
        found = open_grounds(conn, ADMIN, SITE_ID)

    assert {hour_of(each.since_at, zone(mall.time_zone)) for each in found} == {NOW.replace(minute=0, second=0)}
    assert sum(each.wh for each in found) > 0
