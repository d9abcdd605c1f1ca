"""The link against a real socket that cannot be reached, or closes at once."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator

import pytest

from enforcer.modbus_link import AnalyzerLink
from prepaid.errors.analyzers import (
    AnalyzerError,
    AnalyzerFull,
    AnalyzerUnreachable,
    LinkLost,
)
from tests.enforcer.links import PATIENT_S, link_to
from tests.enforcer.scripted import SERIAL_NUMBER, Call, ScriptedAnalyzer, honestly


def test_a_closed_port_a_wrong_name_and_a_blackhole_are_told_apart() -> None:
    async def scenario() -> None:
        async with ScriptedAnalyzer() as analyzer:
            pass
        reasons: list[str] = []
        for link in (link_to(analyzer.port), link_to(502, host="a" * 64 + ".invalid")):
            with pytest.raises(AnalyzerUnreachable) as caught:
                await link.connect()
            reasons.append(str(caught.value))
            assert not link.connected

        assert "refuses connections" in reasons[0]
        assert "no such host name" in reasons[1]

    asyncio.run(scenario())


def test_a_connect_that_nobody_answers_ends_with_the_time_out() -> None:
    async def scenario() -> None:
        async with full_queue() as port:
            link = link_to(port)
            with pytest.raises(AnalyzerUnreachable, match=r"no answer within 0\.2 s"):
                await link.connect()
            assert not link.connected

    asyncio.run(scenario())


@contextlib.asynccontextmanager
async def full_queue() -> AsyncIterator[int]:
    """A listening port whose queue is full: further connects are dropped, as by a host that is switched off."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_device_that_closes_at_once_several_times_has_no_place_free() -> None:
    analyzer = ScriptedAnalyzer(accepts=lambda _connection: False)

    async def scenario() -> None:
        errors: list[type[AnalyzerError]] = []
        async with analyzer:
            link = link_to(analyzer.port)
            for _ in range(4):
                with pytest.raises(AnalyzerError) as caught:
                    await link.connect()
                    await link.identify()
                errors.append(caught.type)
        assert errors == [LinkLost, LinkLost, AnalyzerFull, AnalyzerFull]

    asyncio.run(scenario())


def test_a_connection_that_ends_while_it_begins_is_never_waited_for() -> None:
    async def connect_and_identify(link: AnalyzerLink) -> None:
        await link.connect()
        await link.identify()

    async def scenario(port: int) -> None:
        links = [link_to(port, timeout_s=PATIENT_S) for _ in range(100)]
        began = asyncio.get_running_loop().time()
        errors = await asyncio.gather(*(connect_and_identify(link) for link in links), return_exceptions=True)
        assert {type(error) for error in errors} == {LinkLost}
        assert asyncio.get_running_loop().time() - began < PATIENT_S

    def accept_and_close() -> None:
        for _ in range(100):
            listener.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        device = threading.Thread(target=accept_and_close)
        device.start()
        asyncio.run(scenario(listener.getsockname()[1]))
        device.join(PATIENT_S)


def test_a_device_that_breaks_every_answer_off_is_not_taken_for_one_without_a_free_place() -> None:
    async def break_off(call: Call) -> None:
        call.send(call.honest()[:20])
        await call.writer.drain()
        call.end()

    async def scenario() -> None:
        async with ScriptedAnalyzer(script=break_off) as analyzer:
            link = link_to(analyzer.port)
            for _ in range(4):
                await link.connect()
                with pytest.raises(LinkLost, match="in the middle"):
                    await link.identify()

    asyncio.run(scenario())


def test_closing_after_the_first_request_means_the_same_and_an_answer_ends_the_suspicion() -> None:
    async def full_until_the_fourth(call: Call) -> None:
        if call.connection in (1, 2, 4):
            call.end()
        else:
            await honestly(call)

    async def scenario() -> None:
        async with ScriptedAnalyzer(script=full_until_the_fourth) as analyzer:
            link = link_to(analyzer.port)
            outcomes: list[str] = []
            for _ in range(4):
                await link.connect()
                try:
                    outcomes.append((await link.identify()).serial_number)
                except AnalyzerError as error:
                    outcomes.append(type(error).__name__)
            link.close()
        assert outcomes == ["LinkLost", "LinkLost", SERIAL_NUMBER, "LinkLost"]

    asyncio.run(scenario())
