"""The hourly forecast of all accounts of a site, made beside the passes."""

from datetime import datetime

from sql.accounts import live_balances
from sql.connection import Database
from sql.forecasts import KEPT, forecast_site, purge_forecasts, save_forecasts
from sql.sites import load_site

SLICES_AT_ONCE = 200


def make_forecasts(database: Database, site_id: int, now: datetime) -> str:
    """Reads without holding anybody up, writes the rows in one short transaction, then removes those that are too old
    in slices; answers in words what it did."""
    with database.reading() as conn:
        site = load_site(conn, site_id)
        lives = {account_id: balance.live for account_id, balance in live_balances(conn, site_id).items()}
        made = forecast_site(conn, site, lives, now)
    with database.writing() as conn:
        save_forecasts(conn, made)
    removed = 0
    for _slice in range(SLICES_AT_ONCE):
        with database.writing() as conn:
            found = purge_forecasts(conn, site_id, now - KEPT)
        removed += found
        if not found:
            break
    return f"{len(made)} accounts forecast, {removed} forecasts removed"
