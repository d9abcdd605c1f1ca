"""What is written to the device, register by register."""

import pytest

from enforcer.pac3220 import commands


def test_outputs_are_switched_with_the_state_in_the_high_byte_and_the_output_in_the_low() -> None:
    assert commands.switch_output(0, on=True) == (60008, 0x0100)
    assert commands.switch_output(0, on=False) == (60008, 0x0000)
    assert commands.switch_output(1, on=True) == (60008, 0x0101)
    assert commands.switch_output(1, on=False) == (60008, 0x0001)


def test_groups_are_switched_with_the_group_in_the_high_byte() -> None:
    assert commands.switch_group(0, on=True) == (60009, 0x0001)
    assert commands.switch_group(99, on=False) == (60009, 0x6300)


def test_tariffs_count_from_zero_on_the_wire() -> None:
    assert commands.choose_tariff(1) == (60006, 0)
    assert commands.choose_tariff(2) == (60006, 1)


def test_exactly_the_given_bits_are_acknowledged() -> None:
    assert commands.acknowledge(0x0900) == (60007, 0x0900)


@pytest.mark.parametrize("bits", [0, -1, 0x1_0000, 0x8000_0000])
def test_bits_that_are_not_stored_cannot_be_acknowledged(bits: int) -> None:
    with pytest.raises(AssertionError):
        commands.acknowledge(bits)


def test_only_outputs_groups_and_tariffs_of_the_device_are_accepted() -> None:
    with pytest.raises(AssertionError):
        commands.switch_output(2, on=True)
    with pytest.raises(AssertionError):
        commands.switch_group(100, on=True)
    with pytest.raises(AssertionError):
        commands.choose_tariff(0)
