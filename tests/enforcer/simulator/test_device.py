"""One simulated PAC3220 without a network: registers, commands, tariff, contactor, memory."""

import math
import struct

import pytest

from enforcer.simulator.device import COUNTERS_RESET, PARAMETERS_CHANGED, RESTARTED, SimulatedAnalyzer
from enforcer.simulator.faults import Fault
from enforcer.simulator.frames import Refused
from enforcer.simulator.measures import grid_supply
from prepaid.parameters import Measures
from prepaid.records import Purpose, Wiring
from sql.demo.loads import Load
from sql.demo.profiles import Profile
from sql.demo.site import DemoDevice

BEGIN = 1000.0
LOAD = Load((1800.0, 1200.0, 600.0), (900.0, 600.0, 300.0))  # 3.6 kW: 1 Wh a second
SUPPLY = grid_supply(1, 0)


def device(
    wiring: Wiring = Wiring.HELD_ON_SUPPLY, *, taps_below: bool = False, feedback: bool = False
) -> SimulatedAnalyzer:
    description = DemoDevice(
        serial_number="LQ0001000042",
        name="G-01 Bakery",
        purpose=Purpose.TENANT,
        tenant="Bakery",
        host="127.0.0.1",
        port=0,
        ct_primary_a=60,
        rated_power_w=41_400,
        wiring=wiring,
        profile=Profile.BAKERIES,
        mean_power_w=3600.0,
        taps_below=taps_below,
        feedback=feedback,
    )
    analyzer = SimulatedAnalyzer(description, BEGIN)
    analyzer.draw(LOAD, SUPPLY)
    return analyzer


def measures(analyzer: SimulatedAnalyzer) -> Measures:
    return Measures._make(struct.unpack(">37f", analyzer.read(1, 74)))


def long(analyzer: SimulatedAnalyzer, offset: int) -> int:
    return int(struct.unpack(">I", analyzer.read(offset, 2))[0])


def double(analyzer: SimulatedAnalyzer, offset: int) -> float:
    return float(struct.unpack(">d", analyzer.read(offset, 4))[0])


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


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


# --- outputs and contactor ------------------------------------------------------------------------------------------


def test_the_load_vanishes_a_moment_after_the_output_went_off() -> None:
    analyzer = device()
    analyzer.advance(BEGIN + 10)

    analyzer.command(60008, 0x0000)
    at_once = measures(analyzer).power_w
    analyzer.advance(BEGIN + 10.2)
    shown = measures(analyzer)
    analyzer.advance(BEGIN + 100)

    assert long(analyzer, 207) == 0
    assert at_once == 3600
    assert (shown.power_w, shown.current_l1_a, shown.current_l2_a, shown.current_l3_a) == (0, 0, 0, 0)
    assert shown.voltage_l1_n_v > 200
    assert double(analyzer, 801) == pytest.approx(10.15)


def test_the_load_comes_back_with_the_output() -> None:
    analyzer = device()
    analyzer.command(60008, 0x0000)
    analyzer.advance(BEGIN + 1)

    analyzer.command(60008, 0x0100)
    analyzer.advance(BEGIN + 2)

    assert long(analyzer, 207) == 1
    assert measures(analyzer).power_w == 3600


def test_on_cuts_where_the_wiring_energises_to_cut() -> None:
    analyzer = device(Wiring.HELD_ON_CUT)
    assert long(analyzer, 207) == 0

    analyzer.command(60008, 0x0100)
    analyzer.advance(BEGIN + 1)

    assert long(analyzer, 207) == 1
    assert measures(analyzer).power_w == 0


def test_an_output_without_a_contactor_changes_nothing() -> None:
    analyzer = device(Wiring.NONE)

    analyzer.command(60008, 0x0101)
    analyzer.command(60008, 0x0100)
    analyzer.advance(BEGIN + 1)

    assert long(analyzer, 207) == 0b11
    assert measures(analyzer).power_w == 3600


def test_a_tripped_breaker_is_closed_by_hand() -> None:
    analyzer = device(Wiring.PULSE_TRIP)

    analyzer.command(60008, 0x0100)
    analyzer.command(60008, 0x0000)
    analyzer.advance(BEGIN + 1)
    tripped_w = measures(analyzer).power_w
    analyzer.close_by_hand()
    analyzer.advance(BEGIN + 2)

    assert tripped_w == 0
    assert measures(analyzer).power_w == 3600


def test_two_pulse_outputs_open_and_close() -> None:
    analyzer = device(Wiring.PULSE_PAIR)

    analyzer.command(60008, 0x0100)
    analyzer.command(60008, 0x0000)
    analyzer.advance(BEGIN + 1)
    opened_w = measures(analyzer).power_w
    analyzer.command(60008, 0x0101)
    analyzer.command(60008, 0x0001)
    analyzer.advance(BEGIN + 2)

    assert opened_w == 0
    assert measures(analyzer).power_w == 3600


@pytest.mark.parametrize(("group", "outputs"), [(0, 0b01), (1, 0b10), (2, 0b00)])
def test_a_group_command_switches_the_outputs_of_its_group(group: int, outputs: int) -> None:
    analyzer = device(Wiring.HELD_ON_CUT)

    analyzer.command(60009, group << 8 | 1)

    assert long(analyzer, 207) == outputs


@pytest.mark.parametrize("use", [0, 1, 3, 4, 5])
@pytest.mark.parametrize("command", [(60008, 0x0000), (60009, 0x0000)])
def test_an_output_that_is_no_switching_output_does_not_obey(use: int, command: tuple[int, int]) -> None:
    analyzer = device()
    analyzer.write(51712, words(use))

    analyzer.command(*command)

    assert long(analyzer, 207) == 1


@pytest.mark.parametrize(("offset", "value"), [(60008, 0x0002), (60008, 0x0200), (60009, 0x6400), (60009, 0x0002)])
def test_an_impossible_command_is_refused(offset: int, value: int) -> None:
    with pytest.raises(Refused) as refused:
        device().command(offset, value)

    assert refused.value.code == 3


def test_a_setting_is_no_command() -> None:
    with pytest.raises(Refused) as refused:
        device().command(51712, 2)

    assert refused.value.code == 2


def test_a_remote_timeout_switches_the_output_off_when_nobody_repeats_the_command() -> None:
    analyzer = device()
    analyzer.write(51718, words(10))

    analyzer.command(60008, 0x0100)
    analyzer.advance(BEGIN + 9)
    analyzer.command(60008, 0x0100)
    analyzer.advance(BEGIN + 18)
    held = long(analyzer, 207)
    analyzer.advance(BEGIN + 20)

    assert held == 1
    assert long(analyzer, 207) == 0
    assert measures(analyzer).power_w == 0
    assert double(analyzer, 801) == pytest.approx(19.15)


def test_taps_below_the_contactor_see_no_voltage_while_cut() -> None:
    analyzer = device(taps_below=True)

    analyzer.command(60008, 0x0000)
    analyzer.advance(BEGIN + 1)

    assert measures(analyzer)[:3] == (0, 0, 0)
    assert measures(analyzer).frequency_hz == 0


def test_a_feedback_contact_follows_the_contactor_and_not_the_output() -> None:
    analyzer = device(feedback=True)
    assert long(analyzer, 209) == 0b10

    analyzer.command(60008, 0x0000)
    on_its_way = long(analyzer, 209)
    analyzer.advance(BEGIN + 1)

    assert on_its_way == 0b10
    assert long(analyzer, 209) == 0


@pytest.mark.parametrize(("fault", "power_w"), [(Fault.WELDED, 3600), (Fault.WELDED_POLE, 1800)])
def test_a_welded_contact_conducts_while_cut_until_it_is_replaced(fault: Fault, power_w: float) -> None:
    analyzer = device(feedback=True)
    analyzer.faults.add(fault)
    analyzer.refresh()

    analyzer.command(60008, 0x0000)
    analyzer.advance(BEGIN + 1)
    flows_w = measures(analyzer).power_w
    analyzer.faults.clear()
    analyzer.refresh()

    assert long(analyzer, 207) == 0
    assert flows_w == power_w
    assert measures(analyzer).power_w == 0


# --- settings and sticky bits ---------------------------------------------------------------------------------------


def test_changed_settings_are_counted_and_remembered_until_acknowledged() -> None:
    analyzer = device()

    analyzer.write(50011, struct.pack(">I", 100))
    analyzer.write(51718, words(30))
    stuck = long(analyzer, 205)
    analyzer.command(60007, RESTARTED)
    still = long(analyzer, 205)
    analyzer.command(60007, 0xFFFF)

    assert (long(analyzer, 50011), long(analyzer, 217), long(analyzer, 219)) == (100, 1 + 1, 1 + 2)
    assert (stuck, still, long(analyzer, 205)) == (PARAMETERS_CHANGED, PARAMETERS_CHANGED, 0)


def test_writing_the_same_value_changes_nothing() -> None:
    analyzer = device()

    analyzer.write(51712, words(2))

    assert (long(analyzer, 205), long(analyzer, 219)) == (0, 1)


@pytest.mark.parametrize(
    ("offset", "data"), [(51712, words(6)), (51718, words(18_001)), (51711, words(100)), (50011, words(0, 0))]
)
def test_a_setting_out_of_bounds_is_refused_and_changes_nothing(offset: int, data: bytes) -> None:
    analyzer = device()
    before = dict(analyzer.settings.values)

    with pytest.raises(Refused) as refused:
        analyzer.write(offset, data)

    assert refused.value.code == 3
    assert analyzer.settings.values == before


def test_a_write_that_ends_inside_a_value_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        device().write(50011, words(0, 100, 0))

    assert refused.value.code == 2


def test_reset_counters_begin_at_zero_and_say_so() -> None:
    analyzer = device()
    analyzer.advance(BEGIN + 100)

    analyzer.command(60004, 0)
    analyzer.advance(BEGIN + 110)
    risen_wh = double(analyzer, 801)
    analyzer.lose_power()

    assert risen_wh == pytest.approx(10)
    assert double(analyzer, 801) == 0
    assert long(analyzer, 205) == COUNTERS_RESET | RESTARTED


def test_a_device_reset_keeps_the_counters_and_opens_the_outputs() -> None:
    analyzer = device()
    analyzer.advance(BEGIN + 100)

    analyzer.command(60001, 0)
    analyzer.advance(BEGIN + 110)

    assert double(analyzer, 801) == pytest.approx(100)
    assert long(analyzer, 205) == RESTARTED
    assert long(analyzer, 207) == 0


def test_a_factory_reset_forgets_the_settings() -> None:
    analyzer = device()
    analyzer.write(51718, words(30))

    analyzer.command(60000, 0)

    assert analyzer.read(51718, 1) == words(0)
    assert long(analyzer, 205) == RESTARTED | PARAMETERS_CHANGED


# --- memory ---------------------------------------------------------------------------------------------------------


def test_a_power_failure_forgets_what_was_not_saved() -> None:
    analyzer = device(Wiring.NONE)
    analyzer.advance(BEGIN + 100)
    analyzer.save()
    analyzer.advance(BEGIN + 250)

    analyzer.lose_power()
    analyzer.advance(BEGIN + 260)

    assert double(analyzer, 801) == pytest.approx(108)  # it measures nothing for the 2 seconds it is away
    assert analyzer.true_wh[0] == pytest.approx(260)
    assert long(analyzer, 205) == RESTARTED


def test_a_new_device_with_the_memory_of_the_old_is_the_same_device() -> None:
    old = device(Wiring.HELD_ON_SUPPLY)
    old.begin_at(5000.0, 60.0)
    old.write(51718, words(60))
    old.write(50025, words(0, 0))
    old.command(60006, 1)
    old.advance(BEGIN + 33.3)
    old.command(60008, 0x0000)
    old.advance(BEGIN + 40)

    new = device(Wiring.HELD_ON_SUPPLY)
    new.recall(old.save())

    assert new.read(801, 120) == old.read(801, 120)
    assert new.read(203, 20) == old.read(203, 20)
    assert new.read(51711, 8) == old.read(51711, 8)
    assert measures(new).power_w == 0


# --- lies -----------------------------------------------------------------------------------------------------------


def test_not_a_number_lasts_until_it_is_cleared() -> None:
    analyzer = device()
    analyzer.faults.add(Fault.NAN)

    assert math.isnan(measures(analyzer).power_w)
    assert math.isnan(double(analyzer, 801))
    analyzer.faults.clear()
    assert measures(analyzer).power_w == 3600


@pytest.mark.parametrize(("fault", "lie_wh"), [(Fault.ZERO_ONCE, 0.0), (Fault.JUMP_ONCE, 5000 + 41_400 * 24)])
def test_a_lie_is_told_once(fault: Fault, lie_wh: float) -> None:
    analyzer = device()
    analyzer.begin_at(5000.0, 0.0)
    analyzer.faults.add(fault)

    told = [double(analyzer, 801) for _ in range(3)]

    assert told == [lie_wh, 5000.0, 5000.0]


def test_a_swapped_device_has_another_serial_number() -> None:
    analyzer = device()
    analyzer.faults.add(Fault.SWAPPED)

    assert analyzer.read(64012, 8) == b"SWAP01000042    "
