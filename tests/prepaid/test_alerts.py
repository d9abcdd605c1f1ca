"""Once per crossing, only downwards, and of several crossed at once only the gravest."""

from decimal import Decimal
from itertools import product

import pytest

from prepaid.alerts import TENANT_KINDS, AlertKind, Depth, Level, Thresholds, crossed, deeper, level

FINE, LOW, CRITICAL, EXHAUSTED = Level.FINE, Level.LOW, Level.CRITICAL, Level.EXHAUSTED
THRESHOLDS = Thresholds(low_days=3, critical_days=1, low_share=Decimal("0.2"), critical_share=Decimal("0.05"))


def depth(live: str, *, days: float | None = None, recharge: str | None = None, emergency: str = "0") -> Depth:
    return Depth(
        live_balance=Decimal(live),
        emergency_credit=Decimal(emergency),
        days_left=days,
        last_recharge=None if recharge is None else Decimal(recharge),
    )


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (depth("100", recharge="100"), FINE),
        (depth("20", recharge="100"), FINE),
        (depth("19.9999999", recharge="100"), LOW),
        (depth("5", recharge="100"), LOW),
        (depth("4.9999999", recharge="100"), CRITICAL),
        (depth("0.0000001", recharge="100"), CRITICAL),
        (depth("0", recharge="100"), EXHAUSTED),
        (depth("-1", recharge="100"), EXHAUSTED),
        (depth("-1", recharge="100", emergency="5"), CRITICAL),
        (depth("-5", recharge="100", emergency="5"), EXHAUSTED),
        (depth("100", days=3), FINE),
        (depth("100", days=2.99), LOW),
        (depth("100", days=0.99), CRITICAL),
        (depth("100", days=2, recharge="100"), LOW),
        (depth("4", days=30, recharge="100"), CRITICAL),
        (depth("4"), FINE),
        (depth("4", recharge="0"), FINE),
    ],
)
def test_the_level_follows_days_left_or_the_share_of_the_last_recharge(known: Depth, found: Level) -> None:
    assert level(known, THRESHOLDS) is found


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (FINE, LOW, AlertKind.LOW),
        (FINE, CRITICAL, AlertKind.CRITICAL),
        (FINE, EXHAUSTED, AlertKind.EXHAUSTED),
        (LOW, CRITICAL, AlertKind.CRITICAL),
        (LOW, EXHAUSTED, AlertKind.EXHAUSTED),
        (CRITICAL, EXHAUSTED, AlertKind.EXHAUSTED),
    ],
)
def test_falling_through_several_levels_tells_the_gravest_only(before: Level, now: Level, kind: AlertKind) -> None:
    assert crossed(before, now) is kind


@pytest.mark.parametrize("one", list(Level))
def test_staying_or_rising_tells_nothing(one: Level) -> None:
    assert crossed(one, one) is None
    assert crossed(EXHAUSTED, one) is None
    assert crossed(one, FINE) is None


def test_a_balance_that_wavers_around_a_threshold_tells_once() -> None:
    """Without a recharge in between a level never rises by itself."""
    standing, told = FINE, []

    for live in ("21", "19", "21", "19", "4", "6", "4"):
        found = deeper(standing, level(depth(live, recharge="100"), THRESHOLDS))
        told.append(crossed(standing, found))
        standing = found

    assert [kind for kind in told if kind] == [AlertKind.LOW, AlertKind.CRITICAL]


@pytest.mark.parametrize(("first", "second"), list(product(Level, repeat=2)))
def test_the_deeper_of_two_levels_does_not_depend_on_their_order(first: Level, second: Level) -> None:
    assert deeper(first, second) is deeper(second, first)


def test_tenants_are_told_about_their_credit_and_supply_only() -> None:
    assert {kind.value for kind in TENANT_KINDS} == {"low", "critical", "exhausted", "cut", "restored"}
