"""Values as they stand in logs of all kinds; what is not plainly a number is none."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.log import LogValue
from prepaid.kepware.tags import SERIAL_NUMBER, MappedTag
from prepaid.kepware.values import COUNTER_LIMIT, Value, parse


def parsed(parameter: str, value: LogValue, unit: str = "", *, decimal_comma: bool = False) -> Value | None:
    return parse(MappedTag("Line.Meter.Tag", 1, parameter, unit), value, decimal_comma=decimal_comma)


@pytest.mark.parametrize(
    ("value", "wh"),
    [
        ("123456789", 123_456_789),
        ("123456789.4", 123_456_789),
        (" 12.6 ", 13),
        ("1.5E+006", 1_500_000),
        ("+7", 7),
        (12.4, 12),
        (12, 12),
        ("0", 0),
        ("999999999999.9999", 1_000_000_000_000),
    ],
)
def test_a_counter_is_rounded_to_whole_wh(value: LogValue, wh: int) -> None:
    assert parsed("import_tariff_1_wh", value, "Wh") == wh


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "  ",
            "NaN",
            "nan",
            "Infinity",
            "-inf",
            "1,234",
            "12,5",
            "1.234,5",
            "1 234",
            "0x10",
            "12.3.4",
            "--1",
            "1e",
        ),
        *(
            "1e",
            "True",
            "Bad",
            "\u0661\u0662",
            "1_000",
            "1e999999",
            str(COUNTER_LIMIT),
            "1e30",
            None,
            math.nan,
            math.inf,
        ),
    ],
)
def test_what_is_not_plainly_a_number_is_no_counter(value: LogValue) -> None:
    assert parsed("import_tariff_1_wh", value, "Wh") is None


def test_a_counter_in_kwh_keeps_its_wh() -> None:
    assert parsed("import_tariff_1_wh", "12345.678", "kWh") == 12_345_678
    assert parsed("import_tariff_1_wh", "0.0015", "MWh") == 1500


def test_a_decimal_comma_is_read_only_where_the_log_has_them() -> None:
    assert parsed("import_tariff_1_wh", "12,6", "Wh", decimal_comma=True) == 13
    assert parsed("import_tariff_1_wh", "1.234,5", "Wh", decimal_comma=True) is None
    assert parsed("import_tariff_1_wh", "1,234,5", "Wh", decimal_comma=True) is None
    assert parsed("import_tariff_1_wh", 12.5, "Wh", decimal_comma=True) == 12


@pytest.mark.parametrize(
    ("value", "bits"),
    [("2048", 2048), ("4294967294", 0xFFFF_FFFE), ("-2147483648", 0x8000_0000), ("3.000000", 3), (5, 5), (2.0, 2)],
)
def test_status_is_32_bits_whether_signed_or_not(value: LogValue, bits: int) -> None:
    assert parsed("diagnostics", value) == bits


@pytest.mark.parametrize("value", ["2.5", "1.34218e+008", "4294967296", "-2147483649", "", None])
def test_a_status_with_lost_bits_is_none(value: LogValue) -> None:
    assert parsed("diagnostics", value) is None


@pytest.mark.parametrize("value", ["-1", "4294967295", "4294967295.0", -1, -1.0])
def test_a_status_with_all_bits_is_none_so_that_it_tells_no_restart_and_no_reset(value: LogValue) -> None:
    assert parsed("diagnostics", value) is None


def test_measures_are_floats_in_their_own_unit() -> None:
    assert parsed("power_w", "1.25", "kW") == 1250.0
    assert parsed("neutral_current_a", "0.5", "A") == 0.5


@pytest.mark.parametrize(("value", "measured"), [("3.4028234663852886E+38", 3.4028234663852886e38), ("-1e39", None)])
def test_a_measure_beyond_single_precision_is_none_because_sql_server_refuses_its_row(
    value: LogValue, measured: float | None
) -> None:
    assert parsed("power_w", value, "W") == measured


def test_the_serial_number_is_a_text_without_its_padding() -> None:
    assert parsed(SERIAL_NUMBER, "LQN/123456\0\0  ") == "LQN/123456"
    assert parsed(SERIAL_NUMBER, "   ") is None
    assert parsed(SERIAL_NUMBER, "x" * 33) is None


@given(counter=st.floats(min_value=0, max_value=1e12))
def test_a_double_that_was_written_as_text_comes_back_to_the_same_wh(counter: float) -> None:
    assert parsed("import_tariff_1_wh", repr(counter), "Wh") == round(counter)


@given(value=st.text(max_size=12))
def test_no_text_breaks_it(value: str) -> None:
    for parameter, unit in (("import_tariff_1_wh", "kWh"), ("outputs", ""), ("power_w", "W"), (SERIAL_NUMBER, "")):
        parsed(parameter, value, unit)


def test_a_float_register_in_a_double_column_is_read_as_it_stands() -> None:
    (single,) = struct.unpack("f", struct.pack("f", 16_777_217.0))

    assert parsed("import_tariff_1_wh", repr(single), "Wh") == 16_777_216
