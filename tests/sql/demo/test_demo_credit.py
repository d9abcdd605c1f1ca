"""Recharges planned backwards: played forwards they lead exactly to where the balance was to stand."""

import random
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prepaid.alerts import Level, Thresholds
from prepaid.units import add, negative
from sql.demo.credit import STEP, Credit, Standing, falls, plan_credit, standing
from sql.demo.history import live_history
from sql.demo.site import demo_site

NOW = datetime(2026, 11, 23, 14, 20, 7, tzinfo=UTC)
HISTORY = live_history(demo_site(1, seed=1), 30, NOW, [])
THRESHOLDS = Thresholds(low_days=3, critical_days=1, low_share=Decimal("0.2"), critical_share=Decimal("0.05"))
DEBT = Decimal("0.75")
seeds = st.integers(0, 2**32)


def planned(wanted: Standing, seed: int) -> tuple[list[Decimal], Credit]:
    chance = random.Random(seed)
    costs = [Decimal(chance.randrange(0, 4_000_000)) / 1000 for _ in HISTORY.hours]
    credit = plan_credit(costs, HISTORY, wanted, chance, lambda hour_at: 6 <= hour_at.hour < 18, DEBT)
    return costs, credit


@given(st.sampled_from(Standing), seeds)
def test_played_forwards_the_balance_ends_where_it_was_to_and_is_in_debt_only_after_a_cut(
    wanted: Standing, seed: int
) -> None:
    costs, credit = planned(wanted, seed)
    balance = credit.opening

    for hour, price in enumerate(costs):
        balance = add(balance, *(each.amount for each in credit.top_ups if each.hour == hour), negative(price))
        assert balance == credit.live[hour]
        assert balance > 0 or hour == HISTORY.last

    assert (balance == -DEBT) if wanted is Standing.CUT else balance > 0


@given(st.sampled_from(Standing), seeds)
def test_recharges_are_whole_notes_sold_in_opening_hours_and_never_today_s_last_hour(
    wanted: Standing, seed: int
) -> None:
    _, credit = planned(wanted, seed)

    assert credit.opening > 0
    assert len(credit.top_ups) >= 2
    assert list(credit.top_ups) == sorted(credit.top_ups)
    for each in credit.top_ups:
        assert each.amount % STEP == 0 and each.amount > 0
        assert 6 <= each.at.hour < 18
        assert HISTORY.hours[each.hour] < each.at < HISTORY.end(each.hour) < NOW


@settings(max_examples=30)
@given(seeds)
def test_each_standing_ends_on_its_level(seed: int) -> None:
    levels = {wanted: falls(planned(wanted, seed)[1], THRESHOLDS) for wanted in Standing}

    assert not levels[Standing.COMFORTABLE]
    assert [each.level for each in levels[Standing.LOW]] == [Level.LOW]
    for wanted in (Standing.CRITICAL, Standing.NEARLY_OUT):
        assert levels[wanted][-1].level is Level.CRITICAL
    assert levels[Standing.CUT][-1].level is Level.EXHAUSTED
    for found in levels.values():
        assert found == sorted(found, key=lambda each: each.hour)


@pytest.mark.parametrize(("tenants", "most_dark"), [(24, 2), (681, 12)])
def test_most_tenants_are_comfortable_and_a_few_are_not(tenants: int, most_dark: int) -> None:
    found = Counter(standing(number) for number in range(tenants))

    assert set(found) == set(Standing)
    assert found[Standing.COMFORTABLE] > tenants / 2
    assert found[Standing.CUT] <= most_dark
    assert found[Standing.NEARLY_OUT] <= most_dark + 3
