"""Money and energy are exact and bounded, whatever comes in."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.errors.numbers import AmountInvalid, EnergyInvalid, PriceInvalid
from prepaid.units import MAX_AMOUNT, MAX_CHARGE_WH, MAX_PRICE, add, cost, negative, to_amount, to_price, to_text

PRICES = st.decimals(min_value=0, max_value=MAX_PRICE, places=4)
AMOUNTS = st.decimals(min_value=-MAX_AMOUNT, max_value=MAX_AMOUNT, places=7)


def test_the_price_of_one_watt_hour_keeps_its_seven_decimals() -> None:
    assert cost(1, Decimal("0.1501")) == Decimal("0.0001501")


def test_twenty_thousand_small_charges_cost_what_one_large_charge_costs() -> None:
    """Rounded to cents one by one they would cost nothing at all."""
    price = Decimal("0.15")

    one_by_one = add(*(cost(3, price) for _ in range(20_000)))

    assert one_by_one == cost(60_000, price) == Decimal(9)


@given(wh=st.integers(0, MAX_CHARGE_WH), price=PRICES)
def test_wh_times_price_is_exact_in_whole_ten_millionths(wh: int, price: Decimal) -> None:
    assert int(cost(wh, price) * 10**7) == wh * int(price * 10**4)


@given(cuts=st.lists(st.integers(0, MAX_CHARGE_WH), max_size=20), wh=st.integers(0, MAX_CHARGE_WH), price=PRICES)
def test_money_does_not_depend_on_how_energy_is_split(cuts: list[int], wh: int, price: Decimal) -> None:
    marks = [0, *sorted(cut for cut in cuts if cut <= wh), wh]

    parts = [cost(end - begin, price) for begin, end in pairwise(marks)]

    assert add(*parts) == cost(wh, price)


@given(amounts=st.lists(AMOUNTS, max_size=30))
def test_a_sum_and_its_negative_leave_nothing(amounts: list[Decimal]) -> None:
    assert add(*amounts, *(negative(amount) for amount in amounts)) == 0


def test_zero_has_no_sign() -> None:
    assert str(negative(Decimal(0))) == "0"


@pytest.mark.parametrize("value", ["900000000000", "-900000000000", "0.0000001", 5, Decimal("1e3"), "1.00000000"])
def test_amounts_in_range_are_taken(value: str | int | Decimal) -> None:
    assert to_amount(value) == Decimal(value)


@pytest.mark.parametrize(
    "value", ["900000000000.0000001", "-900000000001", "0.00000001", "NaN", "Infinity", "", "ten", "1,5"]
)
def test_amounts_out_of_range_are_refused(value: str) -> None:
    with pytest.raises(AmountInvalid, match="Enter a number with at most 7 decimals"):
        to_amount(value)


@pytest.mark.parametrize("value", ["0", "0.0001", "9999999.9999", 12])
def test_prices_in_range_are_taken(value: str | int) -> None:
    assert to_price(value) == Decimal(value)


@pytest.mark.parametrize("value", ["-0.0001", "10000000", "0.00001", "NaN", "-Infinity", "cheap"])
def test_prices_out_of_range_are_refused(value: str) -> None:
    with pytest.raises(PriceInvalid, match="Enter a number of 0 or more with at most 4 decimals"):
        to_price(value)


@pytest.mark.parametrize("value", [0.1, 1.0, float("nan"), True])
def test_floats_and_truths_are_no_money(value: Decimal) -> None:
    with pytest.raises(AmountInvalid):
        to_amount(value)
    with pytest.raises(PriceInvalid):
        to_price(value)


@pytest.mark.parametrize("wh", [-1, MAX_CHARGE_WH + 1])
def test_one_charge_is_never_negative_nor_larger_than_its_limit(wh: int) -> None:
    with pytest.raises(EnergyInvalid):
        cost(wh, Decimal(1))


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        ("2000000.0000000", "2000000"),
        ("12500", "12500"),
        ("100", "100"),
        ("-0.1500000", "-0.15"),
        ("0E-7", "0"),
        ("-0", "0"),
        ("1E+3", "1000"),
        ("899999999999.9999999", "899999999999.9999999"),
    ],
)
def test_programs_get_all_digits_and_no_idle_zeros(exact: str, text: str) -> None:
    assert to_text(Decimal(exact)) == text
