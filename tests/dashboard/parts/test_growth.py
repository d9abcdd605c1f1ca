"""How a card says that a number has grown: with sign and arrow, and without either where it has not."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard.parts.growth import Growth, growth
from documents.formats import LEFT_TO_RIGHT_ISOLATE, Formats

WORDS = Formats("en", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (None, Growth(None, "off")),
        (Decimal("0.124"), Growth("+12%", "up")),
        (Decimal("-0.32"), Growth("-32%", "down")),
    ],
)
def test_a_change_has_its_sign_and_what_is_not_known_is_not_told(change: Decimal | None, told: Growth) -> None:
    assert growth(change, WORDS) == told


def test_for_who_reads_from_right_to_left_the_sign_stays_before_its_number() -> None:
    text = growth(Decimal("0.36"), Formats("ar", ZoneInfo("UTC"))).text

    assert text is not None
    assert text.startswith(f"{LEFT_TO_RIGHT_ISOLATE}+36")


@pytest.mark.parametrize("change", [Decimal(0), Decimal("0.004"), Decimal("-0.004")])
def test_what_rounds_to_nothing_has_neither_sign_nor_arrow(change: Decimal) -> None:
    assert growth(change, WORDS) == Growth("0%", "off")
