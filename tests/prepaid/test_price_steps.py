"""Prices along the time ahead: every change of price or plan that is entered already is a step."""

from decimal import Decimal

import pytest

from prepaid.price_steps import PriceStep, price_steps
from tests.prepaid.test_site import GENERATOR, GRID, MOVED, SHOPS, at, site_of


def test_every_entered_change_of_either_source_is_a_step() -> None:
    steps = price_steps(MOVED, 7, at(0), at(5))

    assert steps == [
        PriceStep(at(0), Decimal("0.15"), Decimal("0.40")),
        PriceStep(at(1), Decimal("0.16"), Decimal("0.40")),
        PriceStep(at(2), Decimal("0.21"), Decimal(0)),
        PriceStep(at(4), Decimal("0.22"), Decimal(0)),
    ]


def test_the_first_step_is_the_price_in_force_whatever_was_before() -> None:
    assert price_steps(MOVED, 7, at(3), at(3.5)) == [PriceStep(at(3), Decimal("0.21"), Decimal(0))]


def test_changes_of_both_sources_at_one_instant_are_one_step() -> None:
    both = {(SHOPS, source): [(-50.0, "1"), (2.0, "3")] for source in (GRID, GENERATOR)}
    site = site_of([(-100, SHOPS)], both)

    assert price_steps(site, 7, at(0), at(5)) == [
        PriceStep(at(0), Decimal(1), Decimal(1)),
        PriceStep(at(2), Decimal(3), Decimal(3)),
    ]


@pytest.mark.parametrize(("share", "price"), [(0, 0.00015), (1, 0.00045), (0.5, 0.0003)])
def test_a_watt_hour_costs_what_its_sources_cost(share: float, price: float) -> None:
    step = PriceStep(at(0), Decimal("0.15"), Decimal("0.45"))

    assert step.per_wh(share) == pytest.approx(price)
