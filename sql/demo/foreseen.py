"""What the forecast of the demo site said a day ago and says now, so that no page waits for the first hour."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from sql.accounts import live_balances
from sql.demo.credit import Credit
from sql.demo.history import History
from sql.demo.tenants import Opened
from sql.forecasts import forecast_site, save_forecasts
from sql.operation import job_done
from sql.sites import load_site

DAY_H = 24


def foresee(conn: Connection, opened: Opened, credits: Mapping[str, Credit], history: History, now: datetime) -> None:
    """Writes both, by the function that the enforcer uses, which need not do it again within the hour."""
    site = load_site(conn, opened.site_id)
    day_ago = history.last - DAY_H
    if day_ago > 0:
        lives = {opened.accounts[tenant]: credit.live[day_ago - 1] for tenant, credit in credits.items()}
        save_forecasts(conn, forecast_site(conn, site, lives, history.hours[day_ago]))
    standing = {key: each.live for key, each in live_balances(conn, opened.site_id).items()}
    made = forecast_site(conn, site, standing, now)
    save_forecasts(conn, made)
    job_done(conn, opened.site_id, "forecast", now, now, f"{len(made)} accounts forecast")
