"""Tags become readings: complete ones, in the order of their instants, each of them once."""

import math

import pytest

from prepaid.kepware.assembly import TICKS_KEPT, Known
from prepaid.kepware.tags import COUNTERS, REQUIRED, SERIAL_NUMBER
from prepaid.metering import COUNTERS_RESET, RESTARTED
from tests.prepaid.kepware.logged import ANALYZER_ID, T1, T2, Logged, at_s, seconds

NO_LOAD = {"current_l1_a": 0.0, "current_l2_a": 0.0, "current_l3_a": 0.0}


def test_a_moment_of_the_log_is_a_reading() -> None:
    logged = Logged()

    logged.go(5, 1000, 200, {"outputs": 3, "voltage_l1_n_v": 230.5})

    (reading,) = logged.readings
    assert (reading.analyzer_id, reading.read_at, reading.monotonic_s) == (ANALYZER_ID, at_s(5), 5.0)
    assert (reading.serial_number, reading.settings) == ("", None)
    assert (reading.energies.import_tariff_1_wh, reading.energies.import_tariff_2_wh) == (1000, 200)
    assert (reading.status.outputs, reading.status.operating_s, reading.status.setting_changes) == (3, 5, 4)
    assert (reading.measures.voltage_l1_n_v, reading.measures.current_l3_a) == (230.5, 5.0)


def test_what_is_not_mapped_is_unknown() -> None:
    logged = Logged()

    logged.go(5, 1000)

    (reading,) = logged.readings
    assert math.isnan(reading.measures.frequency_hz)
    assert math.isnan(reading.status.neutral_current_a)
    assert reading.energies.export_tariff_1_wh is None


def test_a_serial_number_in_the_log_is_who_answers() -> None:
    logged = Logged()

    logged.go(5, 1000, others={SERIAL_NUMBER: "LQN/99"})

    assert logged.readings[0].serial_number == "LQN/99"


@pytest.mark.parametrize("name", REQUIRED)
def test_nothing_is_read_without_a_required_tag(name: str) -> None:
    logged = Logged()

    for second in range(5, 60, 5):
        logged.log(second, 1000 + second, without=[name])
        logged.read(second)

    assert logged.readings == []
    assert logged.assembly.trouble is not None
    assert name in logged.assembly.trouble


@pytest.mark.parametrize("name", REQUIRED)
def test_a_moment_waits_for_its_last_tag(name: str) -> None:
    logged = Logged()
    logged.log(5, 1000, without=[name])
    logged.read(6)

    logged.log(5, 1000, arrives_s=20, without=[each for each in REQUIRED if each != name])

    assert logged.read(20) == [5]


def test_counters_whose_stamps_differ_by_less_than_half_an_interval_are_one_moment() -> None:
    logged = Logged()
    logged.log(5.0, 1000, None)
    logged.log(6.2, None, 300, without=[name for name in REQUIRED if name not in COUNTERS])

    logged.read(7)

    (reading,) = logged.readings
    assert (reading.energies.import_tariff_1_wh, reading.energies.import_tariff_2_wh) == (1000, 300)


def test_a_moment_without_one_counter_is_passed_over_as_soon_as_a_newer_one_is_complete() -> None:
    logged = Logged()
    logged.go(5, 1000)
    logged.log(10, 1010, None)
    assert logged.read(10) == []

    assert logged.go(15, 1020) == [15]
    assert logged.assembly.pending_id is None


def test_a_repeated_row_makes_no_second_reading() -> None:
    logged = Logged()
    logged.go(5, 1000)
    logged.go(10, 1010)

    for second, wh in ((5, 1000), (10, 1010), (5, 999)):
        logged.log(second, wh, arrives_s=11)

    assert logged.read(11) == []
    assert logged.late == [] or seconds(logged.late) == [5]
    assert logged.assembly.pending_id is None


def test_rows_in_any_order_are_readings_in_the_order_of_time() -> None:
    logged = Logged()
    for second in (20, 5, 15, 10):
        logged.log(second, 1000 + second, arrives_s=21)

    assert logged.read(21) == [5, 10, 15, 20]


def test_what_comes_behind_newer_readings_is_history_only() -> None:
    logged = Logged()
    logged.go(5, 1000)
    logged.go(130, 2000)

    for second in range(10, 130, 5):
        logged.log(second, 1000 + second, arrives_s=140)

    assert logged.read(140) == []
    assert seconds(logged.late) == [60, 120]
    assert all(reading.phases is not None for reading in logged.late)


def test_one_reading_of_each_history_interval_is_for_the_history() -> None:
    logged = Logged()

    for second in range(5, 185, 5):
        logged.go(second, 1000 + second)

    history = [each for each in logged.readings if each.phases is not None]
    assert seconds(history) == [5, 60, 120, 180]


def test_a_stamp_that_is_ahead_waits_for_its_time() -> None:
    logged = Logged()
    logged.log(30, 1000, arrives_s=10)

    assert logged.read(29) == []
    assert logged.read(30) == [30]


def test_what_the_books_have_is_not_read_again() -> None:
    logged = Logged(Known(at_s(20), (1020, 50_000), 0))
    for second in (10, 15, 20, 25):
        logged.log(second, 1000 + second, arrives_s=26)

    assert logged.read(26) == [25]


# --- stamps of the last change ----------------------------------------------------------------------------------------


def test_steady_values_that_keep_the_stamp_of_their_last_change_hold() -> None:
    logged = Logged(by_change=True)

    for second in range(5, 205, 5):
        logged.go(second, 1000 + 10 * (second // 60))

    read = seconds(logged.readings)
    assert read[-1] == 200
    assert len(read) >= 35
    assert logged.readings[-1].energies.import_tariff_1_wh == 1030
    assert logged.readings[-1].energies.import_tariff_2_wh == 50_000


def test_a_value_that_became_bad_holds_no_longer() -> None:
    logged = Logged(by_change=True)
    for second in range(5, 105, 5):
        logged.go(second, 1000)

    logged.assembly.add(T2, at_s(103), None, 10_000, 103)
    for second in range(105, 205, 5):
        logged.log(second, 1000, without=[T2])
        logged.read(second)

    assert seconds(logged.readings)[-1] == 100


# --- falls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bit", [RESTARTED, COUNTERS_RESET])
def test_a_counter_that_fell_waits_for_the_status_that_explains_it(bit: int) -> None:
    logged = Logged()
    logged.go(5, 1000)
    logged.go(10, 900)
    logged.go(15, 910)
    assert seconds(logged.readings) == [5]

    assert logged.go(20, 920, others={"diagnostics": bit}) == [10, 15, 20]

    assert [each.status.diagnostics for each in logged.readings] == [0, bit, bit, bit]


def test_a_fall_that_nothing_explains_is_told_after_half_a_minute() -> None:
    logged = Logged()
    logged.go(5, 1000)
    found = [second for second in range(10, 60, 5) if logged.go(second, 500 + second)]

    assert found[0] == 40
    assert seconds(logged.readings) == [5, *range(10, 60, 5)]


def test_a_dip_does_not_hold_up_what_comes_behind_it() -> None:
    logged = Logged()
    logged.go(5, 1000)
    assert logged.go(10, 0, 0) == []

    assert logged.go(15, 1020) == [10, 15]


def test_a_bit_that_stood_before_explains_no_fall() -> None:
    logged = Logged()
    logged.go(5, 1000, others={"diagnostics": RESTARTED})

    assert logged.go(10, 900, others={"diagnostics": RESTARTED}) == []


def test_a_fall_behind_a_start_waits_too() -> None:
    logged = Logged(Known(at_s(0), (1000, 50_000), 0))

    assert logged.go(5, 900) == []
    assert logged.go(10, 905, others={"diagnostics": RESTARTED}) == [5, 10]


def test_what_waits_is_not_behind_the_cursor() -> None:
    logged = Logged()
    logged.go(5, 1000)
    rows = logged.rows

    logged.go(10, 900)

    assert logged.assembly.pending_id is not None
    assert rows < logged.assembly.pending_id <= logged.rows


# --- old values -----------------------------------------------------------------------------------------------------


def test_values_that_stand_still_under_load_are_no_readings_any_more() -> None:
    logged = Logged()
    for second in range(5, 25, 5):
        logged.go(second, 1000 + second)

    for second in range(25, 100, 5):
        logged.go(second, 1020, others={"operating_s": 20})

    assert seconds(logged.readings)[-1] == 35
    assert logged.assembly.trouble is not None


def test_counters_that_stand_still_while_the_device_lives_are_readings() -> None:
    logged = Logged()

    for second in range(5, 100, 5):
        logged.go(second, 1000)

    assert len(logged.readings) == 19


def test_a_device_without_load_may_count_no_operating_seconds() -> None:
    logged = Logged()

    for second in range(5, 100, 5):
        logged.go(second, 1000, others={"operating_s": 20, **NO_LOAD})

    assert len(logged.readings) == 19


def test_a_device_that_counted_its_seconds_without_load_has_no_such_excuse() -> None:
    logged = Logged()
    for second in range(5, 25, 5):
        logged.go(second, 1000, others=NO_LOAD)

    for second in range(25, 100, 5):
        logged.go(second, 1000, others={"operating_s": 20, **NO_LOAD})

    assert seconds(logged.readings)[-1] == 35


# --- a backlog ------------------------------------------------------------------------------------------------------


def test_of_a_backlog_one_reading_each_history_interval_is_taken_and_what_is_fresh() -> None:
    logged = Logged()
    for second in range(5, 605, 5):
        logged.log(second, 1000 + second, arrives_s=600)

    found = logged.read(600)

    assert found == [5, *range(60, 570, 60), *range(570, 605, 5)]
    assert logged.readings[-1].energies.import_tariff_1_wh == 1600


def test_of_a_backlog_falls_and_changes_of_status_are_taken() -> None:
    logged = Logged()
    for second in range(5, 605, 5):
        bits = RESTARTED if 200 <= second < 220 else 0
        logged.log(second, 1000 + second - (50 if second >= 200 else 0), arrives_s=600, others={"diagnostics": bits})

    found = logged.read(600)

    assert {200, 220} <= set(found)
    assert [each.status.diagnostics for each in logged.readings if each.read_at == at_s(200)] == [RESTARTED]


def test_what_waits_is_bounded() -> None:
    logged = Logged()
    for number in range(TICKS_KEPT + 50):
        logged.assembly.add(T1, at_s(5 * number), 1000, number, 0.0)
        logged.assembly.add(T2, at_s(5 * number), 1000, number, 0.0)

    assert logged.assembly.pending_id == 50


def test_seconds_between_readings_are_those_that_passed_though_our_clock_goes_slowly() -> None:
    """As behind a wall clock that was set back: stamps then go on at half the pace of time."""
    logged = Logged()
    found = []
    for moment in range(1, 5):
        logged.log(2.5 * moment, 1000 + moment, arrives_s=5.0 * moment)
        found += logged.assembly.ripe(at_s(2.5 * moment), 5.0 * moment)

    assert [each.reading.monotonic_s for each in found] == [5.0, 10.0, 15.0, 20.0]
