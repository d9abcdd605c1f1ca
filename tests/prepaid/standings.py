"""Accounts and analyzers as a tenant reads them, made up: say only what matters to the test."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from prepaid.alerts import Level
from prepaid.forecast import Outlook
from prepaid.records import Source, Stage, Wiring
from prepaid.standing import Point, PriceLine, Standing, Use
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from prepaid.units import ZERO
from tests.building import MORNING

ON = Point(
    analyzer_id=1,
    name="Oven",
    location=None,
    wiring=Wiring.HELD_ON_SUPPLY,
    supply=Supply.ON,
    reason=None,
    since_at=MORNING - timedelta(hours=2),
    answer=Answer.ON,
    answer_reason=Reason.CREDIT,
    answer_until_at=None,
    changing_to=None,
    lock_phone=None,
    source=Source.GRID,
    power_w=1_500.0,
    read_at=MORNING,
    answers=True,
)
CUT = replace(
    ON,
    supply=Supply.CUT,
    reason=Reason.OUT_OF_CREDIT,
    answer=Answer.CUT,
    answer_reason=Reason.STILL_OUT,
    power_w=0.0,
)


def standing(*points: Point, live: str = "100", **facts: Any) -> Standing:
    """An account in credit with one supply that is on, but for what is said."""
    made = Standing(
        account_id=1,
        number="A-0001",
        currency="USD",
        stage=Stage.ENFORCED,
        opened_at=MORNING - timedelta(days=90),
        exempt=False,
        entry_no=1,
        balance=Decimal(live),
        live=Decimal(live),
        emergency_credit=ZERO,
        restore_threshold=ZERO,
        level=Level.FINE,
        crossed_at=None,
        notice_until_at=None,
        last_recharge=None,
        last_recharge_at=None,
        today=Use(),
        yesterday=Use(),
        prices={source: PriceLine(source=source, price_per_kwh=Decimal("0.15")) for source in Source},
        outlook=None,
        site_source=None,
        points=points or (ON,),
    )
    return replace(made, **facts)


def outlook(days: float, early: float | None = None, late: float | None = None) -> Outlook:
    """A forecast made this morning: the credit ends after so many days, with its band."""
    return Outlook(
        made_at=MORNING,
        days_left=days,
        ends_at=MORNING + timedelta(days=days) if 0 < days < 400 else None,
        ends_early_at=None if early is None else MORNING + timedelta(days=early),
        ends_late_at=None if late is None else MORNING + timedelta(days=late),
        generator_share=0.0,
        daily_amount=Decimal(10),
    )
