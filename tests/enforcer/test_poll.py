"""The poller against analyzers on real sockets, in real time at a quick pace."""

import asyncio
import logging
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import STATE
from enforcer.pac3220.decode import decode_status
from enforcer.poll import Contact, LinkState, Poller, Target
from prepaid.clock import Clock, SystemClock
from prepaid.errors.analyzers import AnalyzerError, AnalyzerRefused, AnalyzerUnreachable
from prepaid.language import use
from prepaid.records import Reading
from tests.enforcer.scripted import SERIAL_NUMBER, Call, LoopThread, Script, ScriptedAnalyzer, honestly, silently

PERIOD_S = 0.1
TIMEOUT_S = 0.2
BACK_OFF_S = 0.1


@dataclass(kw_only=True)
class Site:
    """Analyzers on one loop, a poller on another, and a test in between that waits for what it expects."""

    loop: LoopThread
    analyzers: list[ScriptedAnalyzer]
    poller: Poller
    readings: list[Reading] = field(default_factory=list)

    def collect(self, count: int, analyzer_id: int = 1) -> list[Reading]:
        """Waits until so many readings of the analyzer have come; returns them."""

        def of_the_analyzer() -> list[Reading]:
            return [reading for reading in self.readings if reading.analyzer_id == analyzer_id]

        def enough() -> bool:
            self.readings += self.poller.take()
            return len(of_the_analyzer()) >= count

        wait_until(enough)
        return of_the_analyzer()

    def link(self, number: int = 1) -> LinkState:
        return self.poller.links()[number]

    def script(self, script: Script, number: int = 1) -> None:
        self.analyzers[number - 1].script = script


@contextmanager
def site(
    *analyzers: ScriptedAnalyzer,
    period_s: float = PERIOD_S,
    timeout_s: float = TIMEOUT_S,
    history_s: float = 60.0,
    back_off_s: float = BACK_OFF_S,
    clock: Clock | None = None,
    readings_kept: int = 1000,
    settings_after_s: float = 20.0,
) -> Iterator[Site]:
    with ExitStack() as stack:
        loop = stack.enter_context(LoopThread())
        for analyzer in analyzers:
            loop.run(analyzer.__aenter__())
            stack.callback(leave, loop, analyzer)
        poller = Poller(
            targets_of(analyzers),
            clock or SystemClock(),
            period_s=period_s,
            timeout_s=timeout_s,
            history_s=history_s,
            back_off_s=back_off_s,
            readings_kept=readings_kept,
            settings_after_s=settings_after_s,
        )
        poller.start()
        stack.callback(poller.stop)
        yield Site(loop=loop, analyzers=list(analyzers), poller=poller)


def leave(loop: LoopThread, analyzer: ScriptedAnalyzer) -> None:
    loop.run(analyzer.__aexit__(None, None, None))


def targets_of(analyzers: tuple[ScriptedAnalyzer, ...]) -> list[Target]:
    return [
        Target(analyzer_id=number, host="127.0.0.1", port=analyzer.port)
        for number, analyzer in enumerate(analyzers, start=1)
    ]


def wait_until(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


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


# --- actions ------------------------------------------------------------------------------------------------------


def test_an_action_runs_on_the_analyzers_own_connection() -> None:
    analyzer = ScriptedAnalyzer()

    async def switch(link: AnalyzerLink) -> int:
        assert link.identification is not None
        await link.write_register(60008, 0x0100)
        return decode_status(await link.read(STATE)).outputs

    with site(analyzer) as here:
        here.collect(1)
        outputs = here.poller.submit(1, switch).result(5)
        here.collect(3)

    assert outputs == 2
    assert analyzer.registers[60008] == 0x0100
    assert analyzer.connections == 1


def test_an_action_goes_before_the_polls_that_wait() -> None:
    async def slow(call: Call) -> None:
        await asyncio.sleep(0.05)
        call.send(call.honest())

    analyzer = ScriptedAnalyzer(script=slow)

    async def three_reads(link: AnalyzerLink) -> None:
        await asyncio.gather(*(link.write_register(60007, bit) for bit in (1, 2, 3)))

    with site(analyzer, period_s=0.2, timeout_s=5) as here:
        here.collect(1)
        here.poller.submit(1, three_reads).result(5)
        here.collect(3)

    first = analyzer.addresses.index(60007)
    assert analyzer.addresses[first : first + 3] == [60007, 60007, 60007]


def test_an_action_on_an_analyzer_that_is_not_connected_is_refused_at_once() -> None:
    with site(ScriptedAnalyzer(script=silently)) as here:
        wait_until(lambda: here.link().failures == 1)
        for analyzer_id in (1, 99):
            with pytest.raises(AnalyzerUnreachable):
                here.poller.submit(analyzer_id, lambda link: link.read(STATE)).result(5)


def test_what_an_action_raises_reaches_who_asked_and_polling_goes_on() -> None:
    async def faulty(_link: AnalyzerLink) -> None:
        raise ZeroDivisionError

    with site(ScriptedAnalyzer()) as here:
        here.collect(1)
        with pytest.raises(ZeroDivisionError):
            here.poller.submit(1, faulty).result(5)
        with pytest.raises(AnalyzerRefused, match="60004"):
            here.poller.submit(1, lambda link: link.write_register(60004, 0)).result(5)
        here.collect(3)

        assert here.link().failures == 0


def test_only_so_many_actions_wait_for_one_analyzer() -> None:
    release = asyncio.Event()

    async def wait(_link: AnalyzerLink) -> None:
        await release.wait()

    with site(ScriptedAnalyzer()) as here:
        here.collect(1)
        waiting = [here.poller.submit(1, wait) for _ in range(4)]
        with pytest.raises(AnalyzerError, match="too many commands"):
            here.poller.submit(1, wait).result(5)

    assert all(action.cancelled() for action in waiting), "stopping the poller ends them"


# --- changing and stopping ----------------------------------------------------------------------------------------


def test_analyzers_come_go_and_move_while_the_others_go_on() -> None:
    stays, leaves, moves, new_place, joins = (ScriptedAnalyzer() for _ in range(5))

    with site(stays, leaves, moves, new_place, joins) as here:
        poller = here.poller
        _one, _two, _three, four, five = targets_of(tuple(here.analyzers))
        poller.change(targets_of((stays, leaves, moves)))
        wait_until(lambda: set(poller.links()) == {1, 2, 3})
        wait_until(lambda: new_place.open_now == joins.open_now == 0)
        for number in (1, 2, 3):
            here.collect(2, analyzer_id=number)
        since_at = here.link(1).since_at

        poller.change(
            [
                Target(analyzer_id=1, host="127.0.0.1", port=stays.port),
                Target(analyzer_id=3, host="127.0.0.1", port=four.port),
                five,
            ]
        )
        wait_until(lambda: set(poller.links()) == {1, 3, 5})
        wait_until(lambda: leaves.open_now == moves.open_now == 0)
        wait_until(lambda: new_place.open_now == joins.open_now == 1)
        here.readings.clear()
        for number in (1, 3, 5):
            here.collect(2, analyzer_id=number)

        assert here.link(1).since_at == since_at
        assert stays.connections == 1
        assert not [reading for reading in here.readings if reading.analyzer_id == 2]
        assert here.link(3).address.endswith(f":{new_place.port}")


def test_stopping_closes_every_connection_and_ends_the_thread() -> None:
    hanging = ScriptedAnalyzer(script=silently)
    analyzers = (ScriptedAnalyzer(), hanging, ScriptedAnalyzer(accepts=lambda _connection: False))

    with site(*analyzers, timeout_s=60.0) as here:
        here.collect(2)
        wait_until(lambda: len(hanging.calls) == 1)
        assert here.poller.running
        here.poller.stop()
        here.poller.stop()

        wait_until(lambda: not here.poller.running)
        assert not [thread for thread in threading.enumerate() if thread.name == "poll"]
        wait_until(lambda: all(analyzer.open_now == 0 for analyzer in analyzers))
        with pytest.raises(AnalyzerUnreachable):
            here.poller.submit(1, lambda link: link.read(STATE)).result(1)


def test_a_poller_without_analyzers_waits_for_some() -> None:
    with site() as here:
        totals = here.poller.totals()

        assert here.poller.running
        assert here.poller.take() == []
        assert (totals.analyzers, totals.reads.due, totals.late_most_s) == (0, 0, 0.0)


def test_an_analyzer_is_polled_once() -> None:
    twice = [Target(analyzer_id=1, host="127.0.0.1"), Target(analyzer_id=1, host="127.0.0.2")]

    with pytest.raises(AssertionError, match="once"):
        Poller(twice, SystemClock())
