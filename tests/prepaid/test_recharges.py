"""A recharge told before it is sold: the debt first, then how long it lasts, and whether the supply comes back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from prepaid.clock import ManualClock
from prepaid.effects import Effect
from prepaid.errors.numbers import AmountInvalid
from prepaid.forecast import Forecast
from prepaid.recharges import Customer, preview, proposed
from prepaid.records import Stage
from prepaid.tenancy import Policy
from tests.prepaid.test_effects import CUT, ON

NOW = ManualClock().now()
DAY = timedelta(days=1)
TWELVE_A_DAY = Forecast(
    made_at=NOW - DAY / 2,
    days_left=2.0,
    ends_at=NOW + 1.5 * DAY,
    ends_early_at=None,
    ends_late_at=None,
    generator_share=0.0,
    daily_amount=Decimal(12),
    live_balance=Decimal(24),
    emergency_credit=Decimal(0),
)


def customer(live: str, **more: Any) -> Customer:
    """Somebody who had 24 half a day ago and uses 12 a day."""
    found = Customer(
        at=NOW, live=Decimal(live), policy=Policy(stage=Stage.ENFORCED), points=(ON,), foreseen=TWELVE_A_DAY
    )
    return replace(found, **more)


def test_the_debt_is_repaid_first_and_the_rest_lasts() -> None:
    found = preview(customer("-6"), Decimal(30))

    assert (found.balance_before, found.balance_after, found.repaid) == (Decimal(-6), Decimal(24), Decimal(6))
    assert found.after is not None
    assert found.after.days_left == pytest.approx(2)
    assert found.before is not None
    assert found.before.days_left == 0


def test_who_pays_less_than_the_debt_still_owes() -> None:
    found = preview(customer("-50"), Decimal(30))

    assert (found.balance_after, found.repaid) == (Decimal(-20), Decimal(30))
    assert found.after is not None
    assert found.after.ends_at is None
    assert found.after.days_left == 0


def test_credit_is_added_to_credit() -> None:
    found = preview(customer("12"), Decimal(12))

    assert found.repaid == 0
    assert found.before is not None
    assert found.after is not None
    assert [found.before.days_left, found.after.days_left] == pytest.approx([1, 2])


def test_it_says_whether_the_supply_comes_back_and_what_is_missing() -> None:
    out = customer("-50", points=(CUT,), policy=Policy(stage=Stage.ENFORCED, restore_threshold=Decimal(5)))

    enough, too_little = preview(out, Decimal("55.01")), preview(out, Decimal(55))

    assert [effect for _point, effect in enough.effects.of_points] == [Effect.RESTORED]
    assert [effect for _point, effect in too_little.effects.of_points] == [Effect.STAYS_OUT]
    assert too_little.effects.missing == 0


def test_what_is_counted_provisionally_is_in_no_balance_and_keeps_the_supply_off() -> None:
    held = customer("5", points=(CUT,), provisional=Decimal(20))

    enough, too_little = preview(held, Decimal("15.01")), preview(held, Decimal(15))

    assert (enough.balance_before, enough.balance_after) == (Decimal(5), Decimal("20.01"))
    assert [effect for _point, effect in enough.effects.of_points] == [Effect.RESTORED]
    assert [effect for _point, effect in too_little.effects.of_points] == [Effect.STAYS_OUT]


def test_without_history_nobody_says_how_long_it_lasts() -> None:
    found = preview(customer("1", foreseen=None), Decimal(5))

    assert (found.before, found.after, found.balance_after) == (None, None, Decimal(6))


@pytest.mark.parametrize("amount", ["0", "-5", "0.00000001", "900000000001"])
def test_an_amount_that_cannot_be_booked_is_refused_before_it_is_shown(amount: str) -> None:
    with pytest.raises(AmountInvalid):
        preview(customer("1"), Decimal(amount))


@pytest.mark.parametrize(
    ("daily", "days", "decimals", "expected"),
    [
        ("12345.0067", 7, 0, "87000"),
        ("12345.0067", 30, 0, "380000"),
        ("1", 7, 2, "7"),
        ("0.123", 7, 2, "0.87"),
        ("0.1", 7, 0, "1"),
        ("0", 7, 2, None),
    ],
)
def test_amounts_are_proposed_as_people_pay_them(daily: str, days: int, decimals: int, expected: str | None) -> None:
    assert proposed(Decimal(daily), days, decimals) == (None if expected is None else Decimal(expected))


def test_no_more_is_proposed_than_the_seller_may_sell() -> None:
    assert proposed(Decimal(12345), 30, 0, most=Decimal(100_000)) == Decimal(100_000)
