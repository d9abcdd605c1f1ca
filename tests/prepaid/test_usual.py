"""What an account usually uses: means by hour of the week, and what stands in for hours that nobody knows."""

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prepaid.price_steps import PriceStep
from prepaid.units import ZERO
from prepaid.usual import ASSUMED, Usual, usual
from tests.prepaid.foreseen import NOW, PRICE, any_wh, counted, known, past_hours, two_weeks

WH = st.builds(any_wh, st.integers(0, 2**32), st.just(336), st.sampled_from([0, 0.1, 0.9]))


def test_an_hour_of_the_week_is_the_mean_of_both_weeks() -> None:
    past = past_hours(336)
    wh = [slot + (100 if number < 168 else 300) for number, slot in enumerate(past.slots)]

    found = known(past, counted(wh))

    assert found.wh == tuple(slot + 200 for slot in range(168))
    assert found.daily_wh == pytest.approx(200 * 24 + 167 * 12)


def test_after_a_few_days_an_hour_that_was_not_seen_yet_is_that_hour_of_the_other_days() -> None:
    past = past_hours(72)
    wh = [slot % 24 * 10 for slot in past.slots]

    found = known(past, counted(wh))

    assert found.wh == tuple(slot % 24 * 10 for slot in range(168))


def test_an_hour_of_the_day_that_nobody_knows_is_the_mean_of_all() -> None:
    past = past_hours(96)
    wh = [None if slot % 24 == 3 else slot % 24 * 10 for slot in past.slots]

    found = known(past, counted(wh))

    assert found.wh[3] == found.wh[27] == pytest.approx((sum(range(24)) - 3) * 10 / 23)


@pytest.mark.parametrize("hours", [0, 1, 23])
def test_less_than_a_day_tells_nothing(hours: int) -> None:
    past = past_hours(336)

    assert usual(past, [counted([None] * (336 - hours) + [5] * hours)] * 2, PRICE) is None


def test_nobody_uses_nothing() -> None:
    assert usual(past_hours(336), [], PRICE) is None


def test_a_known_hour_without_use_is_zero_and_an_unknown_one_is_not() -> None:
    past = past_hours(336)
    half = [100 if number % 2 else None for number in range(336)]

    assert known(past, counted(half)).wh == (100.0,) * 168
    assert known(past, counted([each or 0 for each in half])).daily_wh == pytest.approx(1200)


def test_an_analyzer_of_yesterday_counts_in_full_beside_one_of_two_weeks() -> None:
    """A shop gets a second analyzer: each is a mean of its own hours."""
    past = past_hours(336)

    found = known(past, counted([100] * 336), counted([None] * 326 + [50] * 10))

    assert found.wh == (150.0,) * 168


@settings(deadline=None, max_examples=30)
@given(st.lists(WH, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_the_analyzers_tells_nothing(series: list[list[int | None]], chance: random.Random) -> None:
    past, analyzers = past_hours(336), [counted(each) for each in series]
    shuffled = chance.sample(analyzers, len(analyzers))

    one, other = usual(past, analyzers, PRICE), usual(past, shuffled, PRICE)

    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.wh == pytest.approx(other.wh)
        assert one.spread == pytest.approx(other.spread)


@settings(deadline=None, max_examples=30)
@given(WH)
def test_the_mean_lies_inside_the_spread_and_between_the_least_and_the_most(wh: list[int | None]) -> None:
    found = usual(past_hours(336), [counted(wh)], PRICE)

    if found is not None:
        assert 0 <= found.spread.low <= 1 <= found.spread.high
        seen = [each for each in wh if each is not None]
        assert all(min(seen) - 1e-6 <= each <= max(seen) + 1e-6 for each in found.wh)


def test_a_week_that_repeats_itself_has_no_spread() -> None:
    """Closed on Friday: that is no surprise."""
    past, shop = two_weeks(lambda slot: 0 if 96 <= slot < 120 else 500)

    assert known(past, shop).spread == (1.0, 1.0)


def test_days_that_differ_from_each_other_have_a_spread() -> None:
    past = past_hours(336)
    days = sorted(set(past.days))
    chance = random.Random(1)
    of_day = {day: chance.choice([800, 1000, 1200]) for day in days}

    low, high = known(past, counted([of_day[day] for day in past.days])).spread

    assert 0.6 < low < 0.9
    assert 1.1 < high < 1.6


def test_days_with_an_outage_are_dearer_and_that_is_spread_too() -> None:
    past = past_hours(336)
    dear = [1000 if day % 3 == 0 else 0 for day in past.days]

    found = known(past, counted([1000 - each for each in dear], dear))

    assert found.spread.high > 1.5
    assert found.spread.low < 0.9


def test_free_energy_still_has_a_spread() -> None:
    past = past_hours(336)
    analyzer = counted([1000 + day % 2 * 500 for day in past.days])

    found = usual(past, [analyzer], PriceStep(NOW, ZERO, ZERO))

    assert found is not None
    assert found.spread.low < 1 < found.spread.high


def test_two_days_cannot_be_compared_enough() -> None:
    past = past_hours(30)

    assert known(past, counted([5] * 30)).spread == ASSUMED


def test_the_share_of_the_generator_is_that_of_the_last_week() -> None:
    past = past_hours(336)
    before, lately = [0] * 168, [250] * 168

    found = known(past, counted([1000] * 168 + [750] * 168, before + lately))

    assert found.generator_share == 0.25


def test_who_used_nothing_for_a_week_has_the_share_of_before() -> None:
    past = past_hours(336)

    def share(grid: int, generator: int) -> float:
        return known(past, counted([grid] * 168 + [0] * 168, [generator] * 168 + [0] * 168)).generator_share

    assert (share(600, 200), share(0, 0)) == (0.25, 0.0)


def test_a_repeated_hour_in_autumn_is_one_more_sample() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    past = past_hours(336, datetime(2026, 10, 27, 23, tzinfo=UTC), berlin)
    sunday_at_two = 6 * 24 + 2
    wh = [90 if slot == sunday_at_two else 10 for slot in past.slots]

    found: Usual = known(past, counted(wh))

    assert past.slots.count(sunday_at_two) == 3
    assert found.wh[sunday_at_two] == 90
