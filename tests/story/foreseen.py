"""What the forecasts of the days before had said about the accounts of a building."""

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from prepaid.clock import SystemClock
from prepaid.forecast import Forecast
from sql.forecasts import save_forecasts
from sql.tables import accounts
from tests.building import Building

LONG_BEFORE = timedelta(days=3)


def foresee_the_end(building: Building) -> None:
    """Every credit was expected to be over: the guard against mass cuts is not surprised when it ends."""
    over = Forecast(
        made_at=SystemClock().now() - LONG_BEFORE,
        days_left=0.0,
        ends_at=None,
        ends_early_at=None,
        ends_late_at=None,
        generator_share=0.0,
        daily_amount=Decimal(0),
        live_balance=Decimal(0),
        emergency_credit=Decimal(0),
    )
    with building.database.writing() as conn:
        of_site = conn.scalars(sa.select(accounts.c.id).where(accounts.c.site_id == building.site_id)).all()
        save_forecasts(conn, dict.fromkeys(of_site, over))
