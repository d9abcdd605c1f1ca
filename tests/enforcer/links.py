"""Links to scripted devices, for tests of what a device or a network does to them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from enforcer.modbus_link import AnalyzerLink
from tests.enforcer.scripted import Call, ScriptedAnalyzer

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


async def another_transaction(call: Call) -> None:
    call.send(bytes([call.frame[0], call.frame[1] ^ 1]) + call.honest()[2:])
