"""What a simulated PAC3220 remembers: settings, resets, power failures, and lies it is told to tell."""

import math
import struct

import pytest

from enforcer.simulator.device import COUNTERS_RESET, PARAMETERS_CHANGED, RESTARTED
from enforcer.simulator.faults import Fault
from enforcer.simulator.frames import Refused
from prepaid.records import Wiring
from tests.enforcer.simulator.devices import BEGIN, device, double, long, measures, words

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
