"""When the credit ends: foreseen exactly where the load is known, moved by what the balance does meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prepaid.calendar import LocalHours
from prepaid.clock import to_milliseconds
from prepaid.forecast import MOST_DAYS, Forecast, days_left, forecast, present
from prepaid.price_steps import PriceStep
from prepaid.units import ZERO
from prepaid.usual import Spread, Usual
from tests.prepaid.foreseen import (
    DAY,
    GENERATOR,
    GRID,
    HOUR,
    NOW,
    PRICE,
    WEEK,
    any_use,
    foresee,
    steady,
)

BERLIN = ZoneInfo("Europe/Berlin")
USES = st.builds(any_use, st.integers(0, 2**32))
AMOUNTS = st.decimals("-1000", "100000", places=4)


def near(found: datetime | None, wanted: datetime) -> bool:
    return found is not None and abs(found - wanted) < timedelta(seconds=1)


@settings(deadline=None)
@given(hours=st.integers(1, 9_000), kwh=st.integers(1, 50), minute=st.sampled_from([0, 39]))
def test_a_steady_load_ends_the_credit_at_the_exact_instant(hours: int, kwh: int, minute: int) -> None:
    now = NOW + timedelta(minutes=minute)

    found = foresee(steady(kwh * 1000), GRID * kwh * hours, now=now)

    assert near(found.ends_at, now + hours * HOUR)
    assert found.days_left == pytest.approx(hours / 24)
    assert found.daily_amount == GRID * kwh * 24


@settings(deadline=None)
@given(hours=st.integers(2, 9_000), share=st.floats(0, 1))
def test_twice_the_load_halves_the_time(hours: int, share: float) -> None:
    credit = GRID * hours

    one, other = (foresee(steady(wh, share), credit) for wh in (1000, 2000))

    assert other.days_left == pytest.approx(one.days_left / 2, abs=1e-5)


@settings(deadline=None)
@given(use=USES, amounts=st.tuples(AMOUNTS, AMOUNTS))
def test_more_money_never_ends_sooner(use: Usual, amounts: tuple[Decimal, Decimal]) -> None:
    less, more = (foresee(use, amount) for amount in sorted(amounts))

    assert less.days_left <= more.days_left


@settings(deadline=None)
@given(use=USES, amount=AMOUNTS)
def test_the_band_lies_around_the_end(use: Usual, amount: Decimal) -> None:
    found = foresee(use, amount)

    if found.ends_at is not None:
        assert found.ends_early_at is not None
        assert NOW < found.ends_early_at <= found.ends_at <= (found.ends_late_at or found.ends_at)
    assert (found.ends_at is None) == (found.days_left in (0, MOST_DAYS))


def test_the_band_is_where_dear_and_cheap_days_would_end_it() -> None:
    found = foresee(steady(1000, spread=Spread(0.8, 1.25)), GRID * 100)

    assert near(found.ends_early_at, NOW + 80 * HOUR)
    assert near(found.ends_late_at, NOW + 125 * HOUR)


@settings(deadline=None)
@given(use=USES, live=AMOUNTS, emergency=st.decimals("0", "1000", places=4))
def test_emergency_credit_counts_like_money(use: Usual, live: Decimal, emergency: Decimal) -> None:
    with_it, without = foresee(use, live, emergency=emergency), foresee(use, live + emergency)

    assert (with_it.days_left, with_it.ends_at) == (without.days_left, without.ends_at)
    assert with_it.days_left >= foresee(use, live).days_left


def test_nothing_is_used_while_the_shop_is_closed() -> None:
    """Open from 8 to 18 but on Fridays; at 17:20 on Thursday the credit is worth five hours."""
    wh = tuple(1000.0 if 8 <= slot % 24 < 18 and slot // 24 != 4 else 0.0 for slot in range(168))
    thursday = datetime(2026, 11, 26, 14, 20, tzinfo=UTC)

    found = foresee(Usual(wh=wh, generator_share=0, spread=Spread(1, 1)), GRID * 5, now=thursday)

    assert near(found.ends_at, datetime(2026, 11, 28, 9, 20, tzinfo=UTC))  # on Saturday, 12:20 in Baghdad


def test_a_price_that_rises_ahead_ends_the_credit_sooner() -> None:
    """Half of the money before the change, half of it after at twice the price, in the middle of an hour."""
    change_at = NOW + 50 * HOUR + timedelta(minutes=25)
    credit = GRID * 50 + GRID * 25 / 60 + GRID * 50
    steps = [PRICE, PriceStep(change_at, GRID * 2, GENERATOR * 2)]

    found = foresee(steady(1000), credit, steps=steps)

    assert near(found.ends_at, change_at + 25 * HOUR)
    assert found.daily_amount == GRID * 24


@settings(deadline=None)
@given(use=USES, amount=AMOUNTS, hours=st.floats(0.01, 500))
def test_a_change_to_the_same_prices_changes_nothing(use: Usual, amount: Decimal, hours: float) -> None:
    steps = [PRICE, PRICE._replace(from_at=NOW + hours * HOUR)]

    found, plain = foresee(use, amount, steps=steps), foresee(use, amount)

    assert found.days_left == pytest.approx(plain.days_left, abs=1e-6)


def test_a_free_week_ahead_is_waited_for() -> None:
    steps = [PRICE, PriceStep(NOW + DAY, ZERO, ZERO), PriceStep(NOW + 8 * DAY, GRID, GENERATOR)]

    found = foresee(steady(1000), GRID * 30, steps=steps)

    assert near(found.ends_at, NOW + 8 * DAY + 6 * HOUR)


def test_the_generator_is_paid_by_its_share() -> None:
    found = foresee(steady(1000, generator_share=0.5), (GRID + GENERATOR) / 2 * 10)

    assert near(found.ends_at, NOW + 10 * HOUR)
    assert found.generator_share == 0.5


@pytest.mark.parametrize("month", [3, 10])
def test_weeks_in_which_the_clocks_change_have_all_their_hours(month: int) -> None:
    """A steady load does not see the clocks: 167 and 169 hours are hours like others."""
    now = datetime(2026, month, 10, 8, 30, tzinfo=UTC)

    found = foresee(steady(1000), GRID * 24 * 30, now=now, zone=BERLIN)

    assert near(found.ends_at, now + 30 * DAY)


@pytest.mark.parametrize(("sunday", "uses"), [((2026, 3, 29), 0), ((2026, 10, 25), 2), ((2026, 6, 7), 1)])
def test_an_hour_that_is_left_out_uses_nothing_and_one_that_comes_twice_uses_it_twice(
    sunday: tuple[int, int, int], uses: int
) -> None:
    """A pump that runs each Sunday from 2 to 3; six weeks before the change are walked as whole weeks."""
    now = datetime(*sunday, tzinfo=BERLIN).astimezone(UTC) - 6 * WEEK
    wh = tuple(1000.0 if slot == 6 * 24 + 2 else 0.0 for slot in range(168))
    use = Usual(wh=wh, generator_share=0, spread=Spread(1, 1))
    midnight_after = datetime(*sunday, 23, 59, tzinfo=BERLIN)

    spent = [
        runs
        for runs in range(1, 12)
        if (foresee(use, GRID * runs, now=now, zone=BERLIN).ends_at or midnight_after) <= midnight_after
    ]

    assert len(spent) == 6 + uses


@pytest.mark.parametrize("live", ["0", "-0.0000001", "-500"])
def test_a_credit_that_is_over_has_no_days_and_no_end(live: str) -> None:
    found = foresee(steady(1000), live)

    assert (found.days_left, found.ends_at, found.ends_early_at, found.ends_late_at) == (0, None, None, None)
    assert found.daily_amount == GRID * 24


@pytest.mark.parametrize("use", [steady(0), steady(1)])
def test_beyond_four_hundred_days_nobody_looks(use: Usual) -> None:
    found = foresee(use, GRID * 24 * 401)

    assert (found.days_left, found.ends_at, found.ends_late_at) == (MOST_DAYS, None, None)


def test_a_late_end_beyond_the_bound_is_not_named() -> None:
    found = foresee(steady(1000, spread=Spread(0, 1)), GRID * 24 * 10)

    assert near(found.ends_at, NOW + 10 * DAY)
    assert found.ends_late_at is None


# --- between two forecasts --------------------------------------------------------------------------------------------

FOUND = st.builds(foresee, USES, AMOUNTS)


@settings(deadline=None)
@example(stored=foresee(any_use(4145), Decimal("0.4002")))
@given(stored=FOUND)
def test_at_the_moment_of_the_forecast_it_is_shown_as_it_is(stored: Forecast) -> None:
    shown = present(stored, stored.live_balance, NOW)

    assert shown is not None
    assert shown.days_left == pytest.approx(stored.days_left, abs=1e-6)
    for wanted, found in (
        (stored.ends_at, shown.ends_at),
        (stored.ends_early_at, shown.ends_early_at),
        (stored.ends_late_at, shown.ends_late_at),
    ):
        assert (wanted is None and found is None) or (wanted is not None and near(found, wanted))


@settings(deadline=None)
@given(stored=FOUND, lives=st.tuples(AMOUNTS, AMOUNTS), hours=st.floats(0, 47))
def test_more_money_is_never_shown_to_end_sooner(
    stored: Forecast, lives: tuple[Decimal, Decimal], hours: float
) -> None:
    less, more = (days_left(stored, live, NOW + hours * HOUR) for live in sorted(lives))

    assert less is not None
    assert more is not None
    assert 0 <= less <= more <= MOST_DAYS


@settings(deadline=None)
@given(stored=FOUND, live=AMOUNTS, hours=st.floats(0, 47))
def test_the_band_shown_lies_around_the_end_shown(stored: Forecast, live: Decimal, hours: float) -> None:
    now = to_milliseconds(NOW + hours * HOUR)

    shown = present(stored, live, now)

    assert shown is not None
    assert (shown.ends_at is None) == (shown.days_left in (0, MOST_DAYS))
    if shown.ends_at is not None and shown.ends_early_at is not None:
        assert now <= shown.ends_early_at <= shown.ends_at <= (shown.ends_late_at or shown.ends_at)


@settings(deadline=None)
@given(
    days=st.sampled_from([0.0, 0.5, 400.0]),
    ends_at=st.sampled_from([None, NOW - DAY, NOW, NOW + DAY / 2]),
    amounts=st.tuples(*[st.sampled_from([Decimal(0), Decimal("0.0000001"), Decimal(10)])] * 4),
)
def test_a_row_that_contradicts_itself_stops_nobody(
    days: float, ends_at: datetime | None, amounts: tuple[Decimal, ...]
) -> None:
    """What stands in a database may be somebody else's work: a pass goes on."""
    daily, was, emergency, live = amounts
    stored = replace(
        foresee(steady(1000), 100),
        days_left=days,
        ends_at=ends_at,
        daily_amount=daily,
        live_balance=was,
        emergency_credit=emergency,
    )

    shown = present(stored, live, NOW)

    assert shown is not None
    assert 0 <= shown.days_left <= MOST_DAYS


def test_a_credit_that_falls_as_foreseen_ends_when_foreseen() -> None:
    stored = foresee(steady(1000), GRID * 48)

    shown = present(stored, GRID * 47, NOW + HOUR)

    assert shown is not None
    assert near(shown.ends_at, NOW + 48 * HOUR)
    assert shown.days_left == pytest.approx(47 / 24)


def test_a_recharge_moves_the_end_by_what_it_pays_for() -> None:
    stored = foresee(steady(1000, spread=Spread(0.8, 1.25)), GRID * 48)

    shown = present(stored, GRID * (48 + 240), NOW)

    assert shown is not None
    assert near(shown.ends_at, NOW + 288 * HOUR)
    assert near(shown.ends_early_at, NOW + 288 * HOUR * 0.8)
    assert near(shown.ends_late_at, NOW + 288 * HOUR * 1.25)


def test_a_credit_that_falls_faster_ends_sooner_and_not_in_the_past() -> None:
    stored = foresee(steady(1000), GRID * 48)

    assert days_left(stored, GRID * 24, NOW) == pytest.approx(1)
    assert days_left(stored, Decimal("0.0001"), NOW + 40 * HOUR) == pytest.approx(0, abs=1e-3)


def test_a_credit_that_outlives_its_forecast_lasts_at_the_mean_cost() -> None:
    stored = foresee(steady(1000), GRID * 2)

    assert days_left(stored, GRID * 12, NOW + 5 * HOUR) == pytest.approx(0.5)


def test_after_a_recharge_of_nothing_the_mean_cost_tells_how_long_it_lasts() -> None:
    stored = foresee(steady(1000), -5, emergency=2)

    shown = present(stored, GRID * 48 - 2, NOW + HOUR)

    assert shown is not None
    assert near(shown.ends_at, NOW + 49 * HOUR)
    assert (shown.ends_early_at, shown.ends_late_at) == (None, None)
    assert days_left(stored, Decimal(-2), NOW) == 0


def test_what_lasts_beyond_the_bound_still_does_unless_it_is_spent() -> None:
    stored = foresee(steady(1000), GRID * 24 * 500)

    assert days_left(stored, stored.live_balance, NOW + HOUR) == MOST_DAYS
    assert days_left(stored, GRID * 24 * 10, NOW + HOUR) == pytest.approx(10)
    assert days_left(foresee(steady(0), 100), Decimal(1), NOW) == MOST_DAYS


def test_an_unknown_or_old_forecast_shows_nothing() -> None:
    stored = foresee(steady(1000), 100)

    assert present(None, Decimal(5), NOW) is None
    assert present(stored, Decimal(5), NOW + timedelta(days=2, milliseconds=1)) is None
    assert present(stored, Decimal(5), NOW + timedelta(days=2)) is not None


def test_the_hours_ahead_can_be_shared_by_accounts() -> None:
    ahead = LocalHours(NOW, BERLIN)
    alone = [foresee(steady(1000), GRID * hours, zone=BERLIN) for hours in (5000, 10)]

    together = [forecast(steady(1000), GRID * hours, ZERO, [PRICE], ahead, NOW) for hours in (5000, 10)]

    assert together == alone
