"""Analyzers that are not polled: who answers is seen now and then, and a command opens its own connection."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from enforcer.link import Target
from enforcer.poll import Poller
from enforcer.relay import look
from prepaid.clock import SystemClock
from prepaid.errors.analyzers import AnalyzerUnreachable
from prepaid.records import Feed
from tests.enforcer.polling import leave, wait_until
from tests.enforcer.scripted import SERIAL_NUMBER, LoopThread, ScriptedAnalyzer

PATIENCE_S = 10.0


@contextmanager
def visited() -> Iterator[tuple[ScriptedAnalyzer, Poller]]:
    """An analyzer that Kepware reads, behind its first visit; no connection is left."""
    with LoopThread() as loop:
        analyzer = ScriptedAnalyzer()
        loop.run(analyzer.__aenter__())
        target = Target(analyzer_id=1, host="127.0.0.1", port=analyzer.port, feed=Feed.KEPWARE)
        poller = Poller([target], SystemClock(), period_s=0.1, timeout_s=1.0)
        poller.start()
        try:
            wait_until(lambda: 1 in poller.visited())
            wait_until(lambda: analyzer.open_now == 0)
            yield analyzer, poller
        finally:
            poller.stop()
            leave(loop, analyzer)


def test_it_is_visited_and_not_polled() -> None:
    with visited() as (analyzer, poller):
        found = poller.visited()[1]

        assert found.serial_number == SERIAL_NUMBER
        assert found.settings is not None
        assert analyzer.connections == 1
        assert poller.take() == []
        assert poller.links() == {}


def test_a_command_opens_a_connection_and_leaves_none() -> None:
    with visited() as (analyzer, poller):
        shown = poller.submit(1, look).result(PATIENCE_S)

        assert shown.voltages_v[0] > 100
        assert analyzer.connections == 2
        wait_until(lambda: analyzer.open_now == 0)


def test_commands_at_once_share_one_connection() -> None:
    async def wait(_link: object) -> None:
        await asyncio.sleep(0.1)

    with visited() as (analyzer, poller):
        found = [poller.submit(1, wait) for _command in range(3)]
        for future in found:
            future.result(PATIENCE_S)

        assert analyzer.connections == 2
        assert analyzer.open_at_most == 1


def test_a_device_that_is_away_is_an_error_of_the_command() -> None:
    poller = Poller([Target(analyzer_id=1, host="127.0.0.1", port=9, feed=Feed.KEPWARE)], SystemClock(), timeout_s=0.5)
    poller.start()
    try:
        with pytest.raises(AnalyzerUnreachable):
            poller.submit(1, look).result(PATIENCE_S)
    finally:
        poller.stop()
