"""The link against a real socket that misbehaves in every way a device or a network can."""

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import ENERGY, INSTANT, POLL, STATE
from enforcer.pac3220.decode import decode_measures
from prepaid.errors.analyzers import (
    AnalyzerError,
    AnalyzerFull,
    AnalyzerRefused,
    AnalyzerSilent,
    AnalyzerUnreachable,
    FrameHeldBack,
    LinkLost,
    LinkOutOfStep,
)
from tests.enforcer.pac3220.test_decode import ENERGY_DUMP, INSTANT_DUMP, STATE_DUMP
from tests.enforcer.scripted import SERIAL_NUMBER, Call, Script, ScriptedAnalyzer, eventually, honestly, silently

TIMEOUT_S = 0.2
PATIENT_S = 5.0
"""A time-out that must not be waited for."""


@contextlib.asynccontextmanager
async def connected(analyzer: ScriptedAnalyzer, timeout_s: float) -> AsyncIterator[AnalyzerLink]:
    async with analyzer:
        link = link_to(analyzer.port, timeout_s=timeout_s)
        await link.connect()
        try:
            yield link
        finally:
            link.reset()


def link_to(port: int, host: str = "127.0.0.1", timeout_s: float = TIMEOUT_S) -> AnalyzerLink:
    return AnalyzerLink(host, port, 1, timeout_s=timeout_s, write_timeout_s=timeout_s)


def run_with(
    analyzer: ScriptedAnalyzer,
    scenario: Callable[[AnalyzerLink], Awaitable[None]],
    timeout_s: float = PATIENT_S,
) -> None:
    async def run() -> None:
        async with connected(analyzer, timeout_s) as link:
            await scenario(link)

    asyncio.run(run())


# --- what works ---------------------------------------------------------------------------------------------------


def test_blocks_come_back_as_the_bytes_on_the_wire() -> None:
    async def scenario(link: AnalyzerLink) -> None:
        dumps = [await link.read(block) for block in POLL]

        assert dumps == [INSTANT_DUMP, STATE_DUMP, ENERGY_DUMP]

    run_with(ScriptedAnalyzer(), scenario)


def test_an_answer_in_single_bytes_is_put_together() -> None:
    async def byte_by_byte(call: Call) -> None:
        for byte in call.honest():
            call.send(bytes([byte]))
            await call.writer.drain()
            await asyncio.sleep(0)

    async def scenario(link: AnalyzerLink) -> None:
        assert await link.read(STATE) == STATE_DUMP

    run_with(ScriptedAnalyzer(script=byte_by_byte), scenario)


def test_a_foreign_server_understands_our_reads_and_writes() -> None:
    async def scenario() -> None:
        values = [int.from_bytes(INSTANT_DUMP[i : i + 2], "big") for i in range(0, 148, 2)]
        identity = [42] + 26 * [0x2020]
        device = SimDevice(
            1,
            simdata=[
                SimData(1, values=values, datatype=DataType.REGISTERS),
                SimData(60006, values=[0, 0, 0, 0], datatype=DataType.REGISTERS),
                SimData(64001, values=identity, datatype=DataType.REGISTERS),
            ],
        )
        server = ModbusTcpServer(device, address=("127.0.0.1", 0))
        assert await server.listen()
        assert isinstance(server.transport, asyncio.Server)
        port = server.transport.sockets[0].getsockname()[1]
        link = link_to(port)
        try:
            await link.connect()
            identification = await link.identify()
            measures = decode_measures(await link.read(INSTANT))
            await link.write_register(60008, 0x0101)
            await link.write_registers(60006, [1, 2])

            assert identification.manufacturer_id == 42
            assert measures.frequency_hz == 50.0
            with pytest.raises(AnalyzerRefused):
                await link.read(ENERGY)
            assert link.connected
        finally:
            link.close()
            server.close()

    asyncio.run(scenario())


def test_a_write_goes_out_as_function_six_and_a_setting_as_function_sixteen() -> None:
    analyzer = ScriptedAnalyzer()

    async def scenario(link: AnalyzerLink) -> None:
        await link.identify()
        await link.write_register(60008, 0x0100)
        await link.write_registers(50025, [0, 2])

    run_with(analyzer, scenario)

    assert analyzer.calls[1].frame[6:] == bytes.fromhex("01 06 ea68 0100")
    assert analyzer.calls[2].frame[6:] == bytes.fromhex("01 10 c369 0002 04 0000 0002")


def test_nothing_is_written_when_the_last_question_is_answered_by_no() -> None:
    analyzer = ScriptedAnalyzer()
    answers = [True, False]

    async def run() -> None:
        async with analyzer:
            link = AnalyzerLink("127.0.0.1", analyzer.port, 1, may_write=lambda: answers.pop(0))
            await link.connect()
            await link.identify()
            await link.write_register(60008, 0x0101)
            with pytest.raises(FrameHeldBack):
                await link.write_register(60008, 0x0100)
            assert await link.read(STATE) == STATE_DUMP
            link.reset()

    asyncio.run(run())

    assert [call.address for call in analyzer.calls][1:] == [60008, 203]


def test_it_is_asked_last_when_nothing_more_is_to_be_waited_for() -> None:
    """A read that is under way may take its whole time-out: what was right before it need not be right behind it."""
    happened: list[str] = []

    async def slowly(call: Call) -> None:
        await asyncio.sleep(0.05)
        happened.append(f"answered {call.address}")
        call.send(call.honest())

    def may_write() -> bool:
        happened.append("asked")
        return True

    async def run() -> None:
        async with ScriptedAnalyzer(script=slowly) as analyzer:
            link = AnalyzerLink("127.0.0.1", analyzer.port, 1, may_write=may_write)
            await link.connect()
            await link.identify()
            reading = asyncio.create_task(link.read(STATE))
            await asyncio.sleep(0)
            await link.write_register(60008, 0x0101)
            await reading
            link.reset()

    asyncio.run(run())

    assert happened == ["answered 64001", "answered 203", "asked", "answered 60008"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives up by itself what is not received")
def test_the_system_gives_up_what_was_not_received_within_the_time_out_of_a_write() -> None:
    """So that no frame of a process that stands still arrives long afterwards."""

    analyzer = ScriptedAnalyzer()

    async def scenario(_link: AnalyzerLink) -> None:
        with socket_to(analyzer.port) as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * PATIENT_S

    run_with(analyzer, scenario)


def socket_to(port: int) -> socket.socket:
    """The connection that this process has to that port."""
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(int(entry.name)))
            with contextlib.suppress(OSError):
                if found.getpeername()[1:] == (port,):
                    return found
            found.close()
    raise AssertionError("there is no such connection")


KILLED = """
import asyncio, os, signal, sys
from enforcer.modbus_link import AnalyzerLink

async def run():
    link = AnalyzerLink("127.0.0.1", int(sys.argv[1]), 1)
    await link.connect()
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(run())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_the_connection_of_a_process_that_is_killed_is_reset_not_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        killed = subprocess.Popen([sys.executable, "-c", KILLED, str(listening.getsockname()[1])])
        caller, _address = listening.accept()
        with caller, pytest.raises(ConnectionResetError):
            caller.settimeout(30)
            caller.recv(1)
        killed.wait(30)


def test_nothing_is_written_before_the_serial_number_is_read_on_this_very_connection() -> None:
    analyzer = ScriptedAnalyzer()

    async def scenario(link: AnalyzerLink) -> None:
        with pytest.raises(AnalyzerUnreachable, match="serial number"):
            await link.write_register(60008, 0x0100)
        assert (await link.identify()).serial_number == SERIAL_NUMBER
        await link.write_register(60008, 0x0100)
        await link.connect()
        assert link.identification is None
        with pytest.raises(AnalyzerUnreachable, match="serial number"):
            await link.write_register(60008, 0x0000)

    run_with(analyzer, scenario)

    assert analyzer.addresses == [64001, 60008]


def test_a_refusal_names_the_code_and_leaves_the_link_open() -> None:
    for code in (1, 2, 3, 4, 6, 11, 0xF0):
        analyzer = ScriptedAnalyzer(script=refusing(code))

        async def scenario(link: AnalyzerLink, code: int = code) -> None:
            with pytest.raises(AnalyzerRefused, match=f"register 203 with exception {code}"):
                await link.read(STATE)
            assert link.connected

        run_with(analyzer, scenario)


def refusing(code: int) -> Script:
    async def refuse(call: Call) -> None:
        call.send(call.exception(code))

    return refuse


# --- what breaks --------------------------------------------------------------------------------------------------


def test_a_silent_device_is_given_up_after_the_time_out_and_the_connection_is_reset() -> None:
    analyzer = ScriptedAnalyzer(script=silently)

    async def scenario(link: AnalyzerLink) -> None:
        began = asyncio.get_running_loop().time()
        with pytest.raises(AnalyzerSilent, match=r"0\.2 s"):
            await link.read(STATE)
        assert asyncio.get_running_loop().time() - began >= TIMEOUT_S
        assert not link.connected
        await eventually(lambda: analyzer.resets == 1)

    run_with(analyzer, scenario, TIMEOUT_S)

    assert analyzer.addresses == [203]


def test_a_late_answer_never_meets_the_next_question() -> None:
    async def late_once(call: Call) -> None:
        if call.connection == 1:
            await asyncio.sleep(2 * TIMEOUT_S)
            call.send(call.honest().replace(b"\x43\x66", b"\x00\x00"))
        else:
            call.send(call.honest())

    async def scenario(link: AnalyzerLink) -> None:
        with pytest.raises(AnalyzerSilent):
            await link.read(INSTANT)
        await link.connect()
        assert await link.read(INSTANT) == INSTANT_DUMP
        await asyncio.sleep(2 * TIMEOUT_S)
        assert await link.read(INSTANT) == INSTANT_DUMP

    run_with(ScriptedAnalyzer(script=late_once), scenario, TIMEOUT_S)


async def another_transaction(call: Call) -> None:
    call.send(bytes([call.frame[0], call.frame[1] ^ 1]) + call.honest()[2:])


async def another_unit(call: Call) -> None:
    answer = call.honest()
    call.send(answer[:6] + b"\x02" + answer[7:])


async def fewer_registers(call: Call) -> None:
    answer = call.honest()
    call.send(answer[:4] + bytes([0, 7, 1, 3, 4]) + answer[9:13])


async def a_web_page(call: Call) -> None:
    call.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def the_answer_twice(call: Call) -> None:
    call.send(2 * call.honest())


@pytest.mark.parametrize("script", [another_transaction, another_unit, fewer_registers, a_web_page, the_answer_twice])
def test_an_answer_that_does_not_fit_resets_the_link_at_once(script: Script) -> None:
    async def scenario(link: AnalyzerLink) -> None:
        began = asyncio.get_running_loop().time()
        with pytest.raises(LinkOutOfStep):
            await link.read(INSTANT)
        assert asyncio.get_running_loop().time() - began < PATIENT_S / 2
        assert not link.connected

    run_with(ScriptedAnalyzer(script=script), scenario)


def test_half_an_answer_resets_the_link() -> None:
    async def half(call: Call) -> None:
        call.send(call.honest()[:40])

    async def scenario(link: AnalyzerLink) -> None:
        with pytest.raises(LinkOutOfStep, match="middle"):
            await link.read(INSTANT)
        assert not link.connected

    run_with(ScriptedAnalyzer(script=half), scenario, TIMEOUT_S)


def test_a_reset_in_the_middle_of_an_answer_ends_the_wait_at_once() -> None:
    async def reset(call: Call) -> None:
        if call.number == 2:
            call.send(call.honest()[:40])
            await call.writer.drain()
            call.reset()
        else:
            call.send(call.honest())

    async def scenario(link: AnalyzerLink) -> None:
        await link.identify()
        began = asyncio.get_running_loop().time()
        with pytest.raises(LinkLost):
            await link.read(INSTANT)
        assert asyncio.get_running_loop().time() - began < PATIENT_S / 2
        assert not link.connected
        assert link.identification is None

    run_with(ScriptedAnalyzer(script=reset), scenario)


def test_an_answer_that_nobody_asked_for_resets_the_link() -> None:
    async def again_later(call: Call) -> None:
        call.send(call.honest())
        await asyncio.sleep(0.05)
        call.send(call.honest())

    async def scenario(link: AnalyzerLink) -> None:
        assert await link.read(STATE) == STATE_DUMP
        await eventually(lambda: not link.connected)
        with pytest.raises(LinkOutOfStep, match="nobody asked"):
            await link.read(STATE)

    run_with(ScriptedAnalyzer(script=again_later), scenario)


def test_a_write_that_is_confirmed_with_another_value_resets_the_link() -> None:
    async def other_value(call: Call) -> None:
        call.send(call.honest() if call.number == 1 else call.honest()[:-1] + b"\x77")

    async def scenario(link: AnalyzerLink) -> None:
        await link.identify()
        with pytest.raises(LinkOutOfStep, match="another write"):
            await link.write_register(60008, 0x0100)
        assert not link.connected

    run_with(ScriptedAnalyzer(script=other_value), scenario)


def test_a_request_that_is_given_up_resets_the_link() -> None:
    analyzer = ScriptedAnalyzer(script=silently)

    async def scenario(link: AnalyzerLink) -> None:
        request = asyncio.create_task(link.read(STATE))
        await eventually(lambda: len(analyzer.calls) == 1)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        assert not link.connected
        with pytest.raises(LinkLost, match="given up"):
            await link.read(STATE)

    run_with(analyzer, scenario)


# --- connecting ---------------------------------------------------------------------------------------------------


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


# --- order and quiet ----------------------------------------------------------------------------------------------


def test_a_command_waits_for_the_running_request_only_and_goes_before_polls() -> None:
    analyzer = ScriptedAnalyzer()

    async def scenario(link: AnalyzerLink) -> None:
        await link.identify()

        async def poll() -> None:
            for block in POLL:
                await link.read(block, polling=True)

        running = asyncio.create_task(poll())
        await asyncio.sleep(0)
        await asyncio.gather(link.write_register(60008, 0x0100), link.read(STATE))
        await running

    run_with(analyzer, scenario)

    assert analyzer.addresses == [64001, 1, 60008, 203, 203, 801]


def test_the_library_prints_no_frames(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario(link: AnalyzerLink) -> None:
        for _ in range(2):
            with pytest.raises(AnalyzerError):
                await link.read(INSTANT)

    with caplog.at_level(logging.DEBUG):
        run_with(ScriptedAnalyzer(script=another_transaction), scenario, TIMEOUT_S)
        run_with(ScriptedAnalyzer(script=silently), scenario, TIMEOUT_S)

    assert not [record for record in caplog.records if record.name.startswith("pymodbus")]
    assert capfd.readouterr().err == ""
