"""The poller and devices that are slow, dead, hanging, taken, or not who they should be."""

import asyncio
import logging
import struct
import threading
from datetime import datetime, timedelta

import pytest

from enforcer.poll import Contact
from prepaid.clock import SystemClock
from prepaid.errors.analyzers import AnalyzerUnreachable
from prepaid.language import use
from tests.enforcer.polling import BACK_OFF_S, PERIOD_S, site, wait_until
from tests.enforcer.scripted import SERIAL_NUMBER, Call, Script, ScriptedAnalyzer, honestly, silently

# --- slots --------------------------------------------------------------------------------------------------------


def test_a_slow_device_is_late_and_a_slower_one_misses_slots() -> None:
    def taking(seconds: float) -> Script:
        async def slowly(call: Call) -> None:
            await asyncio.sleep(seconds if call.address == 203 else 0)
            call.send(call.honest())

        return slowly

    with site(
        ScriptedAnalyzer(script=taking(0.35)), ScriptedAnalyzer(script=taking(0.6)), period_s=0.5, timeout_s=2
    ) as (here):
        here.collect(3, analyzer_id=1)
        here.collect(3, analyzer_id=2)
        late, missing = here.link(1).reads, here.link(2).reads
        totals = here.poller.totals()

    assert late.late >= 2
    assert missing.missed >= 2
    assert missing.on_time == 0
    assert here.link(1).late_s > 0.3
    assert totals.late_most_s >= totals.late_p99_s >= totals.late_median_s > 0.3


def test_dead_and_hanging_analyzers_cost_the_others_nothing() -> None:
    nobody = ScriptedAnalyzer(accepts=lambda _connection: False)
    hanging = ScriptedAnalyzer(script=silently)

    with site(ScriptedAnalyzer(), nobody, hanging, ScriptedAnalyzer(), period_s=0.2, timeout_s=1.0) as here:
        here.collect(8, analyzer_id=1)
        here.collect(8, analyzer_id=4)
        totals = here.poller.totals()

        assert here.link(1).reads.missed <= 2
        assert here.link(4).reads.missed <= 2
        assert here.link(2).state is Contact.FAILING
        assert here.link(3).reads.missed >= 3
        assert (totals.answering, totals.analyzers) == (2, 4)


# --- failing ------------------------------------------------------------------------------------------------------


def test_a_time_out_is_tried_once_more_on_a_new_connection_before_it_counts_as_a_failure() -> None:
    async def silent_on_the_first_connection(call: Call) -> None:
        if call.connection > 1 or call.address != 801:
            call.send(call.honest())

    analyzer = ScriptedAnalyzer(script=silent_on_the_first_connection)

    with site(analyzer, period_s=1.0) as here:
        here.collect(1)

        assert here.link().failures == 0
        assert here.link().reads.missed == 0
        wait_until(lambda: analyzer.resets == 1)
    assert analyzer.addresses[:8] == [64001, 1, 203, 801, 64001, 1, 203, 801]
    assert analyzer.open_at_most == 1


def test_a_hanging_device_gets_two_tries_and_then_rest() -> None:
    analyzer = ScriptedAnalyzer(script=silently)

    with site(analyzer, back_off_s=100.0) as here:
        wait_until(lambda: here.link().failures == 1)
        link = here.link()

    assert analyzer.addresses == [64001, 64001]
    assert link.state is Contact.FAILING
    assert "did not answer within 0.2 s" in link.last_error
    assert link.next_try_at is not None
    assert timedelta(seconds=95) < link.next_try_at - SystemClock().now() <= timedelta(seconds=100)


def test_the_rest_grows_with_each_failure_and_ends_with_the_first_answer(caplog: pytest.LogCaptureFixture) -> None:
    analyzer = ScriptedAnalyzer(script=silently)

    with caplog.at_level(logging.DEBUG, "enforcer"), site(analyzer) as here:
        wait_until(lambda: here.link().failures >= 3)
        here.script(honestly)
        readings = here.collect(3)
        link = here.link()

    tries = [call.at_s for call in analyzer.calls[:6]]
    assert tries[2] - tries[1] >= BACK_OFF_S
    assert tries[4] - tries[3] >= 2 * BACK_OFF_S
    assert link.state is Contact.ANSWERING
    assert link.failures == 0
    assert link.next_try_at is None
    assert link.last_error
    assert readings[2].monotonic_s - readings[0].monotonic_s < 20 * PERIOD_S, "back in its schedule"
    levels = [(record.message.split()[0], record.levelname) for record in caplog.records]
    assert levels[:2] == [("analyzer.lost", "WARNING"), ("analyzer.lost", "DEBUG")]
    assert levels[-1] == ("analyzer.back", "INFO")


def test_a_device_whose_places_are_taken_is_told_apart() -> None:
    with site(ScriptedAnalyzer(accepts=lambda _connection: False)) as here:
        wait_until(lambda: "3 connections are taken" in here.link().last_error)

        assert here.poller.take() == []


def test_a_device_that_does_not_say_who_it_is_is_not_believed() -> None:
    async def nameless(call: Call) -> None:
        call.send(call.exception(2) if call.address == 64001 else call.honest())

    analyzer = ScriptedAnalyzer(script=nameless)

    with site(analyzer) as here:
        wait_until(lambda: here.link().failures >= 2)

        assert here.poller.take() == []
        assert "refused register 64001" in here.link().last_error
        with pytest.raises(AnalyzerUnreachable):
            here.poller.submit(1, lambda link: link.write_register(60008, 0)).result(5)
    assert set(analyzer.addresses) == {64001}


def test_a_connection_that_the_device_ends_is_opened_again_and_the_serial_number_read_anew() -> None:
    async def one_poll_per_connection(call: Call) -> None:
        call.send(call.honest())
        if call.address == 801:
            await call.writer.drain()
            call.end()
            put_serial_number(call.analyzer, f"LQN/{call.connection + 1:09}")

    with site(ScriptedAnalyzer(script=one_poll_per_connection)) as here:
        readings = here.collect(4)
        link = here.link()

    assert [reading.serial_number for reading in readings][:3] != 3 * [SERIAL_NUMBER]
    assert len({reading.serial_number for reading in readings}) == len(readings)
    assert link.failures == 0


def test_a_device_that_was_exchanged_behind_a_gateway_is_asked_who_it_is_though_the_connection_stood() -> None:
    away = threading.Event()

    async def through_a_gateway(call: Call) -> None:
        call.send(call.exception(11) if away.is_set() else call.honest())

    analyzer = ScriptedAnalyzer(script=through_a_gateway)

    with site(analyzer) as here:
        here.collect(1)
        away.set()
        wait_until(lambda: here.link().failures >= 1)
        before = len(here.collect(1))
        put_serial_number(analyzer, "LQN/000000002")
        away.clear()
        readings = here.collect(before + 2)

    assert {reading.serial_number for reading in readings[before:]} == {"LQN/000000002"}
    assert analyzer.connections == 1


def test_a_serial_number_of_zeros_is_asked_for_again() -> None:
    async def still_booting(call: Call) -> None:
        call.send(call.honest())
        if call.address == 64001:
            put_serial_number(call.analyzer, SERIAL_NUMBER)

    analyzer = ScriptedAnalyzer(script=still_booting)
    put_serial_number(analyzer, "")

    with site(analyzer) as here:
        readings = here.collect(2)

    assert {reading.serial_number for reading in readings} == {SERIAL_NUMBER}


def put_serial_number(analyzer: ScriptedAnalyzer, serial_number: str) -> None:
    words = struct.unpack(">8H", serial_number.encode().ljust(16, b"\0"))
    analyzer.registers.update({64012 + i: word for i, word in enumerate(words)})


def test_a_fault_of_the_program_rests_one_analyzer_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class BrokenOnce(SystemClock):
        """Fails for the first reading, as a fault of our own would."""

        broken = 0

        def now(self) -> datetime:
            if threading.current_thread().name == "poll":
                self.broken += 1
                if self.broken == 3:
                    raise ZeroDivisionError
            return super().now()

    with site(ScriptedAnalyzer(), ScriptedAnalyzer(), clock=BrokenOnce()) as here:
        here.collect(3, analyzer_id=1)
        here.collect(3, analyzer_id=2)

    failed = [record for record in caplog.records if record.message.startswith("poll.failed")]
    assert len(failed) == 1
    assert failed[0].exc_info is not None
    assert sorted(len(here.link(number).last_error) > 0 for number in (1, 2)) == [False, True]


def test_sentences_are_in_the_language_of_who_started_the_poller() -> None:
    with use(lambda text: f"(xx) {text}"), site(ScriptedAnalyzer(script=silently)) as here:
        wait_until(lambda: here.link().failures == 1)

        assert here.link().last_error.startswith("(xx) The analyzer at")
