"""The link against a real socket: what goes over it, in which order, and what may stop it."""

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import ENERGY, INSTANT, POLL, STATE
from enforcer.pac3220.decode import decode_measures
from prepaid.errors.analyzers import (
    AnalyzerError,
    AnalyzerRefused,
    AnalyzerUnreachable,
    FrameHeldBack,
)
from tests.enforcer.links import PATIENT_S, TIMEOUT_S, another_transaction, link_to, run_with
from tests.enforcer.pac3220.test_decode import ENERGY_DUMP, INSTANT_DUMP, STATE_DUMP
from tests.enforcer.scripted import SERIAL_NUMBER, Call, Script, ScriptedAnalyzer, silently


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
        identity = [42] + 26 * [0x4C51]
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
