"""The parameters as people read them: every one of them once, in its unit, with a dash for what is no number."""

import math
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from documents.formats import Formats
from documents.parameter_texts import COUNTERS, FREQUENCY, POWER, POWER_FACTOR, QUANTITIES, title_of
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))


def test_every_parameter_stands_in_one_quantity() -> None:
    names = Counter(name for quantity in QUANTITIES for name in quantity.names)

    assert set(names) == {*Measures._fields, *Status._fields, *Energies._fields, *PhaseEnergies._fields}
    assert set(names.values()) == {1}
    assert len({quantity.key for quantity in QUANTITIES}) == len(QUANTITIES)
    assert all(len(quantity.names) == len(quantity.labels) <= 8 for quantity in QUANTITIES)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_a_dash(value: float | None) -> None:
    assert POWER.text(value, FORMATS) == POWER.with_unit(value, FORMATS) == "–"


def test_numbers_are_rounded_in_the_unit_of_their_quantity() -> None:
    assert POWER.text(1_234.5678, FORMATS) == "1.235"
    assert POWER.with_unit(-50.0, FORMATS) == "-0.050\u00a0kW"
    assert FREQUENCY.with_unit(49.996, FORMATS) == "50.00\u00a0Hz"
    assert POWER_FACTOR.with_unit(0.9, FORMATS) == "0.900"
    assert COUNTERS[0].text(999_999_999_999, FORMATS) == "999,999,999.999"


def test_a_title_has_its_unit() -> None:
    assert title_of(POWER) == "Active power (kW)"
    assert title_of(POWER_FACTOR) == "Power factor"
