"""What a simulated PAC3220 shows: measures that agree, counters that integrate, the tariff that counts."""

import math
import struct

import pytest

from enforcer.simulator.frames import Refused
from sql.demo.loads import Load
from tests.enforcer.simulator.devices import BEGIN, LOAD, SUPPLY, device, double, long, measures, words

# --- registers ------------------------------------------------------------------------------------------------------


def test_the_measures_agree_with_each_other() -> None:
    shown = measures(device())

    assert shown.power_l1_w == 1800
    assert shown.power_w == 3600
    assert shown.reactive_power_var == 1800
    assert shown.apparent_power_l1_va == pytest.approx(math.hypot(1800, 900))
    assert shown.current_l1_a == pytest.approx(math.hypot(1800, 900) / shown.voltage_l1_n_v, rel=1e-5)
    assert shown.power_factor == pytest.approx(3600 / math.hypot(3600, 1800), rel=1e-5)
    assert shown.voltage_l1_l2_v == pytest.approx(shown.voltage_l1_n_v * math.sqrt(3), rel=0.01)
    assert 49.8 < shown.frequency_hz < 50.2
    assert 220 < shown.voltage_average_l_n_v < 240
    assert shown.unbalance_current_pct == pytest.approx(50, abs=1)


def test_the_neutral_carries_what_the_phases_do_not_balance() -> None:
    analyzer = device()
    a, b, c = measures(analyzer)[6:9]

    (neutral_a,) = struct.unpack(">f", analyzer.read(223, 2))

    assert neutral_a == pytest.approx(abs(a + b * complex(-0.5, 0.8660254) + c * complex(-0.5, -0.8660254)), rel=1e-4)


def test_ratios_of_a_phase_without_current_are_not_a_number() -> None:
    analyzer = device()
    analyzer.draw(Load((1000.0, 0.0, 0.0), (0.0, 0.0, 0.0)), SUPPLY)

    shown = measures(analyzer)

    assert shown.power_factor_l1 == 1.0
    assert math.isnan(shown.power_factor_l2)
    assert math.isnan(shown.thd_current_l3_pct)


def test_the_identification_holds_maker_order_and_serial_number() -> None:
    raw = device().read(64001, 27)

    maker, order, serial, hardware, firmware = struct.unpack_from(">H20s16sH4s", raw)
    assert maker == 42
    assert order == b"7KM3220-0BA01-1DA0  "
    assert serial == b"LQ0001000042    "
    assert hardware == 1
    assert firmware == b"V\x03\x02\x00"
    assert len(raw) == 54


@pytest.mark.parametrize(
    ("offset", "count"),
    [
        (1, 72), (1, 74), (13, 6), (203, 22), (203, 20), (205, 2), (207, 4), (215, 2), (221, 2), (223, 2), (801, 40),
        (801, 88), (841, 88), (841, 40), (881, 80), (921, 8), (961 - 4, 4), (50001, 14), (50011, 4), (50023, 4),
        (51711, 8), (51712, 1), (51718, 1), (51720, 2), (51727, 1), (64001, 27), (64001, 1), (64012, 8),
    ],
)  # fmt: skip
def test_whole_values_can_be_read(offset: int, count: int) -> None:
    assert len(device().read(offset, count)) == 2 * count


@pytest.mark.parametrize(
    ("offset", "count"),
    [
        (0, 2), (2, 2), (1, 1), (1, 3), (14, 2), (1, 75), (74, 2), (73, 4), (75, 2), (202, 4), (204, 2), (203, 21),
        (203, 23), (225, 1), (802, 4), (801, 2), (801, 39), (957, 8), (961, 4), (51712, 8), (51719, 1), (50025, 1),
        (64002, 2), (64001, 28), (60008, 1), (65535, 1),
    ],
)  # fmt: skip
def test_a_read_off_the_values_is_refused(offset: int, count: int) -> None:
    with pytest.raises(Refused) as refused:
        device().read(offset, count)

    assert refused.value.code == 2


# --- counters and tariffs --------------------------------------------------------------------------------------------


def test_counters_integrate_the_load_by_tariff_and_phase() -> None:
    analyzer = device()

    analyzer.advance(BEGIN + 100)
    analyzer.run_generator(True)
    analyzer.advance(BEGIN + 130)

    assert double(analyzer, 801) == pytest.approx(100)
    assert double(analyzer, 805) == pytest.approx(30)
    assert (double(analyzer, 809), double(analyzer, 813)) == (0, 0)
    assert double(analyzer, 817) == pytest.approx(50)
    assert double(analyzer, 833) == pytest.approx(sum(math.hypot(w, w / 2) for w in LOAD.power_w) / 36)
    assert [double(analyzer, offset) for offset in (841, 881, 921)] == pytest.approx([50, 100 / 3, 50 / 3])
    assert [double(analyzer, offset) for offset in (845, 885, 925)] == pytest.approx([15, 10, 5])
    assert analyzer.true_wh == pytest.approx([100, 30])


def test_many_small_steps_count_the_same_as_one() -> None:
    once, often = device(), device()

    once.advance(BEGIN + 3600)
    for second in range(36_001):
        often.advance(BEGIN + second / 10)

    assert double(often, 801) == pytest.approx(double(once, 801), abs=1e-6)


def test_a_counter_that_is_full_begins_again() -> None:
    analyzer = device()
    analyzer.begin_at(1e12 - 1, 0)

    analyzer.advance(BEGIN + 5)

    assert double(analyzer, 801) == pytest.approx(4)


def test_start_counters_are_exact_whole_watt_hours() -> None:
    analyzer = device()

    analyzer.begin_at(123_456_789.0, 7_654_321.0)

    assert (double(analyzer, 801), double(analyzer, 805)) == (123_456_789.0, 7_654_321.0)


def test_the_active_tariff_and_the_input_are_shown() -> None:
    analyzer = device()

    analyzer.run_generator(True)

    assert long(analyzer, 209) & 1 == 1
    assert long(analyzer, 211) == 1


def test_a_command_chooses_the_tariff_only_when_the_input_does_not() -> None:
    analyzer = device()

    analyzer.command(60006, 1)
    by_input = long(analyzer, 211)
    analyzer.write(50025, words(0, 0))
    by_command = long(analyzer, 211)
    analyzer.run_generator(True)
    analyzer.command(60006, 0)

    assert (by_input, by_command, long(analyzer, 211)) == (0, 1, 0)


def test_with_demand_synchronisation_a_tariff_waits_for_the_end_of_its_period() -> None:
    analyzer = device()
    analyzer.write(50023, words(0, 1))
    analyzer.advance(BEGIN + 100)

    analyzer.run_generator(True)
    analyzer.advance(BEGIN + 1000)

    assert double(analyzer, 801) == pytest.approx(900)
    assert double(analyzer, 805) == pytest.approx(100)
    assert long(analyzer, 211) == 1


def test_anybody_can_write_a_counter() -> None:
    analyzer = device()

    analyzer.write(801, struct.pack(">d", 5.0))

    assert double(analyzer, 801) == 5.0


@pytest.mark.parametrize("offset", [1, 205, 64001])
def test_measured_values_cannot_be_written(offset: int) -> None:
    with pytest.raises(Refused):
        device().write(offset, bytes(4) if offset != 64001 else bytes(2))
