"""The decoder against dumps written by hand from the data sheet (IEEE 754, big-endian, high word first)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.pac3220 import decode
from enforcer.pac3220.blocks import ENERGY
from enforcer.pac3220.registers import STORED, Diagnostics

INSTANT_DUMP = bytes.fromhex("""
    43660000 43678000 43654000   43c80000 43c74000 43c7e000   41200000 41480000 3f000000
    450fc000 4534dc00 42e54000   45098000 4528c000 42c80000   44160000 c4480000 42600000
    3f74bc6a 3f6ed917 3f5f3b64   3fc00000 3fa00000 3fe00000   40a00000 40d00000 42200000
    42480000 43664000 43c7c000   40f50000 45a5e300 459c4000   c3100000 3f7126e9 3f000000
    427c0000
""")

STATE_DUMP = bytes.fromhex("""
    00000005 48000900 00000002 00000001 00000001 00012345
    deadbeef
    00000007 0000002a
    deadbeef
    3f000000
""")

ENERGY_DUMP = bytes.fromhex("""
    40fe240666666666  40fe240800000000  40fe241800000000  0000000000000000  401c000000000000
    426d1a94a1fff000  c004cccccccccccd  7ff0000000000000  7ff8000000000000  7e37e43c8800759c
""")

PHASES_DUMP = bytes.fromhex(
    "401c000000000000 40fe240666666666"
    + 64 * "ff"
    + "0000000000000000 7ff8000000000000"
    + 64 * "ff"
    + "426d1a94a2000000 fff0000000000000"
)

IDENTITY_DUMP = (
    bytes.fromhex("002a")
    + b"7KM3220-0BA01-1DA0  "
    + b"LQN/123456789\x00\x00\x00"
    + bytes.fromhex("0003 56 02 01 0a 0001 f600 0001 0101 001f")
)


def test_instantaneous_values_come_out_in_the_order_of_the_data_sheet() -> None:
    measures = decode.decode_measures(INSTANT_DUMP)

    assert measures.voltage_l1_n_v == 230.0
    assert measures.voltage_l3_l1_v == 399.75
    assert (measures.current_l1_a, measures.current_l2_a, measures.current_l3_a) == (10.0, 12.5, 0.5)
    assert measures.current_total_a == 23.0
    assert (measures.power_l1_w, measures.power_l2_w, measures.power_l3_w) == (2200.0, 2700.0, 100.0)
    assert measures.reactive_power_l2_var == -800.0
    assert measures.power_factor_l1 == pytest.approx(0.956)
    assert measures.thd_current_l3_pct == 40.0
    assert measures.frequency_hz == 50.0
    assert measures.power_w == 5000.0
    assert measures.reactive_power_var == -144.0
    assert measures.power_factor == pytest.approx(0.942)
    assert (measures.unbalance_voltage_pct, measures.unbalance_current_pct) == (0.5, 63.0)


def test_a_value_that_is_no_number_stays_none_and_never_becomes_zero() -> None:
    dump = bytes.fromhex("7fc00000 7f800000") + INSTANT_DUMP[8:]

    measures = decode.decode_measures(dump)

    assert math.isnan(measures.voltage_l1_n_v)
    assert math.isinf(measures.voltage_l2_n_v)


def test_status_words_skip_what_the_manual_leaves_open() -> None:
    status = decode.decode_status(STATE_DUMP)

    assert status.limit_violations == 5
    assert status.outputs == 2
    assert status.inputs == 1
    assert status.active_tariff == 1
    assert status.operating_s == 0x12345
    assert status.parameter_changes == 7
    assert status.setting_changes == 42
    assert status.neutral_current_a == 0.5


def test_diagnostics_are_read_as_bits_and_unknown_bits_are_kept() -> None:
    bits = Diagnostics(decode.decode_status(STATE_DUMP).diagnostics)

    assert Diagnostics.CURRENT_OVERLOAD in bits
    assert Diagnostics.HARDWARE_WRITE_PROTECTED in bits
    assert bits & STORED == Diagnostics.PARAMETERS_CHANGED | Diagnostics.RESTARTED
    assert Diagnostics.ENERGY_RESET not in bits
    assert Diagnostics(0x0000_0002) == 0x0000_0002


def test_outputs_are_told_apart_by_bit_number() -> None:
    outputs = decode.decode_status(STATE_DUMP).outputs

    assert not decode.is_on(outputs, 0)
    assert decode.is_on(outputs, 1)


def test_counters_are_rounded_once_to_whole_wh() -> None:
    energies = decode.decode_energies(ENERGY_DUMP)

    assert energies.import_tariff_1_wh == 123456
    assert energies.import_tariff_2_wh == 123456
    assert energies.export_tariff_1_wh == 123458
    assert energies.export_tariff_2_wh == 0
    assert energies.reactive_import_tariff_1_varh == 7
    assert energies.reactive_import_tariff_2_varh == 10**12
    assert energies.reactive_export_tariff_1_varh == -3
    assert all(type(value) is int for value in energies[:7])


def test_a_counter_that_is_no_number_is_none() -> None:
    energies = decode.decode_energies(ENERGY_DUMP)

    assert energies.reactive_export_tariff_2_varh is None
    assert energies.apparent_tariff_1_vah is None
    assert energies.apparent_tariff_2_vah is None, "1e300 fits no column"


@given(st.lists(st.floats(), min_size=10, max_size=10))
def test_whatever_the_device_sends_a_counter_is_a_storable_whole_number_or_none(values: list[float]) -> None:
    energies = decode.decode_energies(ENERGY.layout.pack(*values))

    for value, counter in zip(values, energies, strict=True):
        assert counter is None or (abs(counter) < 2**63 and abs(counter - value) <= 0.5)
        assert (counter is None) == (not abs(value) < 1e18)


def test_phase_counters_are_picked_from_between_the_others() -> None:
    phases = decode.decode_phases(PHASES_DUMP)

    assert phases == (7, 123456, 0, None, 10**12, None)


def test_identification_is_read_as_the_manual_lays_it_out() -> None:
    identification = decode.decode_identification(IDENTITY_DUMP)

    assert identification.manufacturer_id == decode.SIEMENS
    assert identification.order_number == "7KM3220-0BA01-1DA0"
    assert identification.serial_number == "LQN/123456789"
    assert identification.hardware == 3
    assert identification.firmware == "V2.1.10"


def test_unprintable_letters_of_an_identification_reach_no_terminal_and_no_page() -> None:
    dump = IDENTITY_DUMP[:22] + b"\x1b[31m\x07 A1\x00\x00\x00\x00\x00\x00\x00" + IDENTITY_DUMP[38:]

    identification = decode.decode_identification(dump)

    assert identification.serial_number == "?[31m? A1"


def test_settings_say_whether_the_outputs_can_switch() -> None:
    answers = [
        bytes.fromhex("00000000 00000001 00004e20 00000190"),
        bytes.fromhex("000000fa 00000005"),
        bytes.fromhex("00000000 00000002"),
        bytes.fromhex("0001 0002"),
        bytes.fromhex("0000"),
        bytes.fromhex("0063 0005"),
        bytes.fromhex("003c"),
    ]

    settings = decode.decode_settings(answers)

    assert settings.connection_type == decode.ConnectionType.P3W4
    assert (settings.voltage_primary_v, settings.voltage_secondary_v) == (20_000, 400)
    assert (settings.current_primary_a, settings.current_secondary_a) == (250, 5)
    assert settings.synchronisation == 0
    assert settings.input_use == decode.InputUse.TARIFF
    assert settings.output_use(0) == decode.OutputUse.SWITCHING
    assert settings.output_use(1) == decode.OutputUse.PULSE
    assert (settings.output_timeout_s(0), settings.output_timeout_s(1)) == (0, 60)
    assert (settings.output_0_group, settings.output_1_group) == (1, 99)


def test_swapped_words_are_recognised_by_the_mains_frequency() -> None:
    swapped = b"".join(INSTANT_DUMP[i + 2 : i + 4] + INSTANT_DUMP[i : i + 2] for i in range(0, 148, 4))

    assert not decode.words_swapped(INSTANT_DUMP)
    assert decode.words_swapped(swapped)


def test_a_device_without_mains_is_not_taken_for_one_with_swapped_words() -> None:
    assert not decode.words_swapped(bytes(148))


def test_addresses_off_by_one_show_no_mains_frequency() -> None:
    shifted = INSTANT_DUMP[2:] + b"\0\0"

    assert not 40 <= decode.decode_measures(shifted).frequency_hz <= 70
