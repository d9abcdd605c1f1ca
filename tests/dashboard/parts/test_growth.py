"""How a card says that a number has grown: with sign and arrow, and without either where it has not."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard.parts.growth import Growth, growth
from documents.formats import Formats

WORDS = Formats("en", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (None, Growth(None, "off")),
        (Decimal("0.124"), Growth("+12%", "auto")),
        (Decimal("-0.32"), Growth("-32%", "auto")),
    ],
)
def test_a_change_has_its_sign_and_what_is_not_known_is_not_told(change: Decimal | None, told: Growth) -> None:
    assert growth(change, WORDS) == told


@pytest.mark.parametrize("change", [Decimal(0), Decimal("0.004"), Decimal("-0.004")])
def test_what_rounds_to_nothing_has_neither_sign_nor_arrow(change: Decimal) -> None:
    assert growth(change, WORDS) == Growth("0%", "off")
