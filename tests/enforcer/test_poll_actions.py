"""Actions on the connections of the poller, and analyzers that come and go while it polls."""

import asyncio
import threading

import pytest

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import STATE
from enforcer.pac3220.decode import decode_status
from enforcer.poll import Poller, Target
from prepaid.clock import SystemClock
from prepaid.errors.analyzers import AnalyzerError, AnalyzerRefused, AnalyzerUnreachable
from tests.enforcer.polling import site, targets_of, wait_until
from tests.enforcer.scripted import Call, ScriptedAnalyzer, silently

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
