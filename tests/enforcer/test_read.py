"""Reading one device by hand."""

import asyncio
import struct

import pytest

from enforcer.pac3220.registers import PARAMETERS, SETTINGS
from enforcer.read import AnalyzerDump, read_analyzer, render
from prepaid.errors.analyzers import AnalyzerUnreachable
from tests.enforcer.pac3220.test_decode import INSTANT_DUMP
from tests.enforcer.scripted import SERIAL_NUMBER, Call, ScriptedAnalyzer, eventually


def read(analyzer: ScriptedAnalyzer) -> AnalyzerDump:
    async def scenario() -> AnalyzerDump:
        async with analyzer:
            dump = await read_analyzer("127.0.0.1", analyzer.port, 1, 1.0)
            await eventually(lambda: analyzer.open_now == 0)
            return dump

    return asyncio.run(scenario())


def line_of(lines: list[str], title: str) -> list[str]:
    return next(line for line in lines if line.startswith(title))[len(title) :].split()


def test_every_parameter_is_shown_with_its_value_and_unit() -> None:
    analyzer = ScriptedAnalyzer()

    lines = render(read(analyzer))

    assert len(lines) == 7 + len(PARAMETERS) + len(SETTINGS)
    assert line_of(lines, "Serial number") == [SERIAL_NUMBER]
    assert line_of(lines, "Firmware") == ["V2.1.10"]
    assert line_of(lines, "Manufacturer") == ["42", "(Siemens)"]
    assert line_of(lines, "Voltage L1-N") == ["230.000", "V"]
    assert line_of(lines, "Frequency") == ["50.000", "Hz"]
    assert line_of(lines, "Diagnostics and status") == [
        "0x48000900",
        "parameters_changed",
        "restarted",
        "current_overload",
        "hardware_write_protected",
    ]
    assert line_of(lines, "Digital outputs") == ["0b10"]
    assert line_of(lines, "Active energy import, tariff 1") == ["123456", "Wh"]
    assert line_of(lines, "Reactive energy export, tariff 2") == ["no", "number", "varh"]
    assert line_of(lines, "DO 0.0 use (2 = switching output)") == ["2"]
    assert line_of(lines, "Current transformer, primary") == ["250", "A"]


def test_nothing_is_written_and_one_connection_is_taken() -> None:
    analyzer = ScriptedAnalyzer()

    read(analyzer)

    assert {call.frame[7] for call in analyzer.calls} == {3}
    assert analyzer.connections == 1


def test_what_a_device_refuses_is_said_and_the_rest_is_shown() -> None:
    async def no_phases_and_settings(call: Call) -> None:
        call.send(call.exception(2) if call.address in (841, 50001) else call.honest())

    dump = read(ScriptedAnalyzer(script=no_phases_and_settings))
    lines = render(dump)

    assert "import_l1_tariff_1_wh" not in dump.values
    assert dump.values["frequency_hz"] == 50.0
    assert len(lines) == 7 + len(PARAMETERS) - 6 + 2
    assert "refused register 841 with exception 2" in lines[-2]
    assert "refused register 50001 with exception 2" in lines[-1]


def test_swapped_words_are_warned_of() -> None:
    analyzer = ScriptedAnalyzer()
    words = struct.unpack(">74H", INSTANT_DUMP)
    for i in range(0, 74, 2):
        analyzer.registers[1 + i], analyzer.registers[2 + i] = words[i + 1], words[i]

    lines = render(read(analyzer))

    assert "words of the values are swapped" in lines[-1]


def test_nobody_there_is_an_error_in_words() -> None:
    async def scenario() -> None:
        async with ScriptedAnalyzer() as analyzer:
            pass
        await read_analyzer("127.0.0.1", analyzer.port, 1, 1.0)

    with pytest.raises(AnalyzerUnreachable, match="refuses connections"):
        asyncio.run(scenario())
