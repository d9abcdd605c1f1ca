"""The outputs of a simulated PAC3220, its contactor behind them, and the load that follows."""

import pytest

from enforcer.simulator.faults import Fault
from enforcer.simulator.frames import Refused
from prepaid.records import Wiring
from tests.enforcer.simulator.devices import BEGIN, device, double, long, measures, words

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
