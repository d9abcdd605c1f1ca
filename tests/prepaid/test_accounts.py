"""The live balance: the ledger less what was used since the last charge, to the last digit."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from prepaid.accounts import Unbilled, live_balance, share_left, unbilled_amount
from prepaid.records import Source
from prepaid.units import MAX_CHARGE_WH

PRICES = st.decimals(min_value=0, max_value=10_000, places=4)


def test_what_is_used_and_not_charged_yet_is_taken_off_at_the_price_of_its_source() -> None:
    open_ground = [
        Unbilled(Source.GRID, 1_000, Decimal("0.15")),
        Unbilled(Source.GENERATOR, 500, Decimal("0.4001")),
    ]

    assert live_balance(Decimal(1), open_ground) == Decimal("0.64995")


def test_a_balance_may_be_negative() -> None:
    assert live_balance(Decimal("-3"), [Unbilled(Source.GRID, 2_000, Decimal(1))]) == Decimal(-5)


def test_nothing_open_leaves_the_balance() -> None:
    assert live_balance(Decimal("7.1"), []) == Decimal("7.1")


@given(wh=st.integers(0, 10**12), price=PRICES)
def test_open_ground_of_any_size_is_priced_in_full(wh: int, price: Decimal) -> None:
    """More may be open than one charge can have: after weeks of silence of a large incomer."""
    assert int(unbilled_amount([Unbilled(Source.GRID, wh, price)]) * 10**7) == wh * int(price * 10**4)


def test_one_wh_beyond_the_largest_charge_still_counts() -> None:
    assert unbilled_amount([Unbilled(Source.GRID, MAX_CHARGE_WH + 1, Decimal(1))]) == Decimal("1000000.001")


def test_the_share_left_is_unknown_before_the_first_recharge() -> None:
    assert share_left(Decimal(5), None) is None
    assert share_left(Decimal(5), Decimal(0)) is None


def test_the_share_left_may_be_below_zero_and_above_one() -> None:
    assert share_left(Decimal(-5), Decimal(10)) == Decimal("-0.5")
    assert share_left(Decimal(25), Decimal(10)) == Decimal("2.5")
