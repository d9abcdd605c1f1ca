"""The poller against analyzers on real sockets, in real time at a quick pace: what it reads, and when."""

import time

from enforcer.poll import Contact
from prepaid.clock import SystemClock
from tests.enforcer.polling import PERIOD_S, TIMEOUT_S, site, wait_until
from tests.enforcer.scripted import SERIAL_NUMBER, Call, ScriptedAnalyzer

# --- reading ------------------------------------------------------------------------------------------------------


def test_every_analyzer_is_read_again_and_again_with_all_its_values() -> None:
    before = SystemClock().now()

    with site(ScriptedAnalyzer(), ScriptedAnalyzer(), ScriptedAnalyzer()) as here:
        for number in (1, 2, 3):
            readings = here.collect(3, analyzer_id=number)
            link = here.link(number)

            first = readings[0]
            assert first.serial_number == SERIAL_NUMBER
            assert first.measures.frequency_hz == 50.0
            assert first.status.outputs == 2
            assert first.energies.import_tariff_1_wh == 123456
            assert before <= first.read_at <= readings[1].read_at <= SystemClock().now()
            assert first.monotonic_s < readings[1].monotonic_s
            assert 0 < first.answer_ms < 1000 * TIMEOUT_S
            assert link.state is Contact.ANSWERING
            assert link.serial_number == SERIAL_NUMBER
            assert link.last_answer_at is not None
            assert link.failures == 0


def test_a_poll_asks_three_times_and_four_times_when_a_history_row_is_due() -> None:
    analyzer = ScriptedAnalyzer()

    with site(analyzer, history_s=3 * PERIOD_S) as here:
        _before_all_slots, *readings = here.collect(8)

    rows = [reading.phases is not None for reading in readings[:7]]
    assert rows[0]
    assert 2 <= sum(rows) <= 4
    polls = " ".join(str(address) for address in analyzer.addresses).split("801")
    assert polls[0] == "64001 1 203 ", "who it is comes before anything else"
    assert set(polls[1:-1]) == {" 1 203 ", " 841 1 203 "}
    assert readings[0].phases is not None
    assert readings[0].phases.import_l1_tariff_2_wh == 123456


def test_one_connection_serves_all_polls() -> None:
    analyzer = ScriptedAnalyzer()

    with site(analyzer) as here:
        here.collect(5)

    assert analyzer.connections == 1


def test_phases_spread_the_analyzers_over_the_period() -> None:
    began_s = time.monotonic()

    with site(*(ScriptedAnalyzer() for _ in range(4)), period_s=0.8) as here:
        firsts = [here.collect(2, analyzer_id=number)[1] for number in (1, 2, 3, 4)]

    assert sorted(firsts, key=lambda reading: reading.monotonic_s) == firsts
    assert all(reading.monotonic_s - began_s >= 0.2 * number for number, reading in enumerate(firsts))


def test_whatever_the_period_everything_is_read_at_once_in_the_beginning() -> None:
    with site(*(ScriptedAnalyzer() for _ in range(4)), period_s=60.0) as here:
        wait_until(lambda: here.poller.totals().answering == 4, within_s=5.0)
        totals = here.poller.totals()

    assert (totals.failing, totals.reads.missed) == (0, 0)


def test_a_device_without_counters_per_phase_is_read_without_them() -> None:
    async def no_phases(call: Call) -> None:
        call.send(call.exception(2) if call.address == 841 else call.honest())

    with site(ScriptedAnalyzer(script=no_phases), history_s=0.0) as here:
        readings = here.collect(3)

    assert all(reading.phases is None for reading in readings)
    assert here.link().failures == 0


def test_settings_are_read_once_after_each_connect() -> None:
    with site(ScriptedAnalyzer(), settings_after_s=0.0) as made:
        readings = made.collect(5)

        read = [reading.settings for reading in readings if reading.settings is not None]
        assert len(read) == 1
        assert (read[0]["current_primary_a"], read[0]["output_0_use"], read[0]["input_use"]) == (250, 2, 2)


def test_a_device_that_does_not_tell_its_settings_is_read_without_them() -> None:
    async def no_settings(call: Call) -> None:
        call.send(call.exception(2) if 50_000 < call.address < 60_000 else call.honest())

    with site(ScriptedAnalyzer(script=no_settings), settings_after_s=0.0) as made:
        readings = made.collect(5)

        assert {reading.settings for reading in readings} == {None}


def test_readings_that_nobody_takes_are_dropped_oldest_first() -> None:
    with site(ScriptedAnalyzer(), period_s=0.02, readings_kept=3) as here:
        wait_until(lambda: here.poller.totals().readings >= 6)
        totals, kept = here.poller.totals(), here.poller.take()

    assert 2 <= len(kept) <= 3, "who is full makes room for more than one"
    assert totals.readings_dropped >= 3
    assert [reading.read_at for reading in kept] == sorted(reading.read_at for reading in kept)
