"""Tags are recognised by what people call them, and devices by the names of analyzers."""

import pytest

from prepaid.kepware.suggest import Device, devices_of, matched, parameter_of, parts_of
from prepaid.kepware.tags import PARAMETERS


@pytest.mark.parametrize("parameter", sorted(PARAMETERS))
def test_every_parameter_is_recognised_by_its_own_name(parameter: str) -> None:
    assert parameter_of(parameter) == parameter
    assert parts_of(f"PAC.Bakery.{parameter}") == ("PAC.Bakery", parameter)
    assert parts_of(f"PAC_Bakery_{parameter}") == ("PAC_Bakery", parameter)


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("801", "import_tariff_1_wh"),
        ("Import_T2", "import_tariff_2_wh"),
        ("Diag", "diagnostics"),
        ("DigitalOutputs", "outputs"),
        ("I1", "current_l1_a"),
        ("Serial-Number", "serial_number"),
        ("Temperature", None),
    ],
)
def test_other_names_are_recognised_where_they_are_usual(name: str, parameter: str | None) -> None:
    assert parameter_of(name) == parameter


def test_tags_belong_to_the_devices_in_front_of_their_last_dot() -> None:
    found = devices_of(["PAC.Bar.I1", "PAC.Bakery.I1", "PAC.Bakery.Oven", "PAC.Bakery.13"])

    assert found == [
        Device("PAC.Bakery", {"current_l1_a": "PAC.Bakery.13"}, ["PAC.Bakery.I1", "PAC.Bakery.Oven"]),
        Device("PAC.Bar", {"current_l1_a": "PAC.Bar.I1"}, []),
    ]


def test_each_analyzer_is_proposed_once_the_likest_first() -> None:
    devices = devices_of(["PAC.Shop_2.I1", "PAC.Shop 12.I1", "PAC.Bakery01.I1", "PAC.Lift.I1"])

    found = matched(devices, {1: "Shop 1", 2: "Shop 2", 3: "Bakery", 4: "Shop 12"}, {})

    assert found == {"PAC.Shop_2": 2, "PAC.Shop 12": 4, "PAC.Bakery01": 3}


def test_hundreds_of_analyzers_are_matched_by_equal_names() -> None:
    devices = devices_of([f"PAC.Unit-{number}.I1" for number in range(800)])

    found = matched(devices, {number: f"Unit {number}" for number in range(800)}, {})

    assert found == {f"PAC.Unit-{number}": number for number in range(800)}


def test_a_device_that_is_named_after_a_serial_number_is_its_analyzer_whatever_both_are_called() -> None:
    devices = devices_of(["PAC.LQN-7.I1", "PAC.Bakery.I1"])

    found = matched(devices, {1: "Bakery", 2: "مخبز"}, {1: "LQN/7", 2: "LQN/8"})

    assert found == {"PAC.LQN-7": 1}
