"""The link against a real socket whose device answers nothing, half, twice, late or something else."""

import asyncio

import pytest

from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import INSTANT, STATE
from prepaid.errors.analyzers import (
    AnalyzerSilent,
    LinkLost,
    LinkOutOfStep,
)
from tests.enforcer.links import PATIENT_S, TIMEOUT_S, another_transaction, run_with
from tests.enforcer.pac3220.test_decode import INSTANT_DUMP, STATE_DUMP
from tests.enforcer.scripted import Call, Script, ScriptedAnalyzer, eventually, silently


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
