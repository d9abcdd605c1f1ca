"""What a tag can be, and in which units a log can have it."""

from decimal import Decimal

import pytest

from prepaid.kepware.tags import PARAMETERS, REQUIRED, SERIAL_NUMBER, factor, units


def test_every_required_parameter_is_one() -> None:
    assert set(REQUIRED) <= PARAMETERS


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("import_tariff_1_wh", ("Wh", "kWh", "MWh")),
        ("reactive_import_tariff_1_varh", ("varh", "kvarh", "Mvarh")),
        ("apparent_tariff_1_vah", ("VAh", "kVAh", "MVAh")),
        ("reactive_power_var", ("var", "kvar", "Mvar")),
        ("apparent_power_va", ("VA", "kVA", "MVA")),
        ("power_w", ("W", "kW", "MW")),
        ("voltage_l1_n_v", ("V", "kV")),
        ("current_l1_a", ("A",)),
        ("operating_s", ("s",)),
        ("outputs", ("",)),
        (SERIAL_NUMBER, ("",)),
    ],
)
def test_a_parameter_has_its_own_unit_first(parameter: str, expected: tuple[str, ...]) -> None:
    assert units(parameter) == expected


@pytest.mark.parametrize("parameter", sorted(PARAMETERS))
def test_the_own_unit_changes_nothing(parameter: str) -> None:
    assert factor(parameter, units(parameter)[0]) == 1


def test_thousands_and_millions_are_multiplied() -> None:
    assert factor("import_tariff_1_wh", "kWh") == Decimal(1000)
    assert factor("import_tariff_1_wh", "MWh") == Decimal(1_000_000)
