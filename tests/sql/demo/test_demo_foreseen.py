"""The demo site comes with its forecasts: those of now, and what was foreseen a day ago."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from prepaid.alerts import Depth, Thresholds, deeper, level
from prepaid.forecast import days_left
from prepaid.records import AccountKind
from prepaid.units import ZERO
from sql.accounts import last_recharges, live_balances
from sql.connection import Database
from sql.crossings import load_levels
from sql.demo.site import DemoSite
from sql.forecasts import forecast_at, latest_forecasts
from sql.operation import job_done_until
from sql.sites import find_site, load_site
from sql.tables import forecasts, hours
from tests.sql.demo.conftest import NOW

DAY = timedelta(days=1)


def test_every_tenant_has_a_forecast_of_now_and_one_of_a_day_ago(demo: Database, mall: DemoSite) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
        now, before = latest_forecasts(conn, site.site_id), forecast_at(conn, site.site_id, NOW - DAY)
        made = Counter(conn.scalars(sa.select(forecasts.c.made_at)))
        lives = live_balances(conn, site.site_id)
        done_until = job_done_until(conn, site.site_id, "forecast")

    people = {key for key, account in site.accounts.items() if account.kind is AccountKind.TENANT}
    assert set(now) == set(before) == people
    assert set(made) == {NOW, NOW.replace(minute=0, second=0) - DAY}
    assert set(made.values()) == {len(mall.tenants)}
    assert {key: each.live_balance for key, each in now.items()} == {key: lives[key].live for key in people}
    assert done_until == NOW


def test_what_is_foreseen_is_what_was_used_lately(demo: Database) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
        found = latest_forecasts(conn, site.site_id)
        week = sa.select(hours.c.account_id, sa.func.sum(hours.c.grid_amount), sa.func.sum(hours.c.generator_amount))
        used = {
            row[0]: float(row[1] + row[2]) / 7
            for row in conn.execute(
                week.where(hours.c.hour_at >= NOW - 8 * DAY, hours.c.hour_at < NOW - DAY).group_by("account_id")
            )
        }

    for account_id, each in found.items():
        assert abs(float(each.daily_amount) / used[account_id] - 1) < 0.2


def test_the_first_pass_finds_nobody_deeper_than_the_demo_says(demo: Database) -> None:
    with demo.reading() as conn:
        site = load_site(conn, find_site(conn))
        foreseen, lives = latest_forecasts(conn, site.site_id), live_balances(conn, site.site_id)
        levels, recharges = load_levels(conn, site.site_id), last_recharges(conn, site.site_id)
    usual = site.settings
    thresholds = Thresholds(
        low_days=float(usual.low_days),
        critical_days=float(usual.critical_days),
        low_share=usual.low_share,
        critical_share=usual.critical_share,
    )

    for account_id, each in foreseen.items():
        depth = Depth(
            live_balance=lives[account_id].live,
            emergency_credit=ZERO,
            days_left=days_left(each, lives[account_id].live, NOW),
            last_recharge=recharges.get(account_id),
        )
        before = levels[account_id][0]
        assert deeper(before, level(depth, thresholds)) is before


def test_who_was_cut_has_nothing_left_and_had_something_a_day_ago(demo: Database) -> None:
    with demo.reading() as conn:
        site_id = find_site(conn)
        now, before = latest_forecasts(conn, site_id), forecast_at(conn, site_id, NOW - DAY)

    over = {key: each for key, each in now.items() if each.live_balance <= 0}
    assert over
    for account_id, each in over.items():
        assert (each.days_left, each.ends_at) == (0, None)
        assert each.daily_amount > Decimal(0)
        assert 0 < before[account_id].days_left < 1.5
