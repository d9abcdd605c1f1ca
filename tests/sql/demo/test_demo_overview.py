"""What Overview says of the demo site is what was loaded into it."""

from datetime import timedelta

import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.alerts import AlertKind
from prepaid.records import AccountKind, Purpose, Role, Wiring
from prepaid.spans import midnight
from prepaid.units import add
from sql.accounts import live_balances
from sql.connection import Database
from sql.demo.loads import zone
from sql.demo.site import DemoSite
from sql.questions.alerts import AlertFilter, alarms, site_alerts
from sql.questions.notices import notices
from sql.questions.overview import glance
from sql.questions.running_out import running_out
from sql.questions.sales import month_sales, sales
from sql.tables import accounts, allocations, entries, hours
from tests.sql.demo.conftest import DAYS, NOW
from tests.sql.statements import counting

MANAGER = Viewer(role=Role.MANAGER, site_id=1, tenant_id=None)
DAY = timedelta(days=1)


def test_the_glance_counts_what_was_installed(demo: Database, mall: DemoSite) -> None:
    with demo.reading() as conn:
        found = glance(conn, MANAGER, 1, NOW)

    switched = [device for device in mall.devices if device.wiring is not Wiring.NONE]
    assert found.analyzers.never_seen == found.analyzers.total == len(mall.devices), "no enforcer has read them yet"
    assert found.supplies.on + found.supplies.cut == len(switched)
    assert found.accounts.total == len(mall.tenants)
    assert found.accounts.cut > 0
    assert (found.heartbeat, found.power.total_w) == (None, 0.0)


def test_sales_are_the_sums_of_the_hours_and_of_the_recharges(demo: Database) -> None:
    today = midnight(NOW.astimezone(zone("Asia/Baghdad")).date(), zone("Asia/Baghdad"))
    of_tenants = sa.select(accounts.c.id).where(accounts.c.kind == AccountKind.TENANT)
    with demo.reading() as conn:
        found, month = sales(conn, MANAGER, 1, NOW), month_sales(conn, MANAGER, 1, NOW)
        wh = sa.func.sum(hours.c.grid_wh + hours.c.generator_wh)
        charged_wh = conn.scalar(sa.select(wh).where(hours.c.account_id.in_(of_tenants), hours.c.hour_at >= today))
        sold = conn.execute(
            sa.select(entries.c.amount, entries.c.posted_at).join(
                allocations,
                sa.and_(allocations.c.account_id == entries.c.account_id, allocations.c.entry_no == entries.c.entry_no),
            )
        ).all()
        unbilled = add(*(each.balance - each.live for each in live_balances(conn, 1).values()))

    running = found.hours[-1].use
    assert found.today.now.use.wh == charged_wh + running.wh
    assert running.amount == unbilled
    assert add(*(day.amount for day in found.days)) == add(*(row.amount for row in sold)), "all of it lies in 14 days"
    assert found.today.now.recharged == add(*(row.amount for row in sold if row.posted_at >= today))
    assert month.now.use.wh > found.today.now.use.wh
    supplied = (found.today.now.grid_supplied_wh or 0) + (found.today.now.generator_supplied_wh or 0)
    assert supplied > found.today.now.use.wh, "incomers stand above tenants and common parts"


def test_those_cut_come_first_among_the_next_to_run_out(demo: Database, mall: DemoSite) -> None:
    with demo.reading() as conn:
        found = running_out(conn, MANAGER, 1, NOW, most=100)
        cut = glance(conn, MANAGER, 1, NOW).accounts.cut

    assert len(found) == len(mall.tenants)
    assert [bool(each.cut_analyzers) for each in found] == [True] * cut + [False] * (len(found) - cut)
    foreseen = [each.days_left for each in found[cut:] if each.days_left is not None]
    assert foreseen == sorted(foreseen)
    assert foreseen


def test_nothing_of_the_past_of_the_demo_is_an_alarm_of_now(demo: Database) -> None:
    with demo.reading() as conn:
        assert alarms(conn, MANAGER, 1) == ()
        assert notices(conn, MANAGER, 1, NOW) == ()
        listed = site_alerts(conn, MANAGER, 1, AlertFilter(kinds={AlertKind.CUT}, from_at=NOW - DAYS * DAY)).alerts

    assert listed
    assert all(alert.tenant and alert.analyzer for alert in listed)


def test_the_whole_page_asks_few_statements_whatever_the_size(demo: Database, mall: DemoSite) -> None:
    with counting(demo) as heard, demo.reading() as conn:
        glance(conn, MANAGER, 1, NOW)
        sales(conn, MANAGER, 1, NOW)
        running_out(conn, MANAGER, 1, NOW)
        alarms(conn, MANAGER, 1)
        notices(conn, MANAGER, 1, NOW)

    assert any(device.purpose is Purpose.GRID_INCOMER for device in mall.devices)
    assert len(heard) <= 18
