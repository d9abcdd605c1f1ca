"""The enforcer's processor time per period of 5 s, as a ratio to bare pymodbus reads of the same blocks in one run."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pymodbus.client import AsyncModbusTcpClient

from enforcer.pac3220.blocks import ENERGY, INSTANT, STATE

ROOT = Path(__file__).parent.parent.parent
PORT_BASE = 24_000
CONTROL_PORT = 23_990
HEALTH_PORT = 23_991
PERIOD_S = 5.0
READY_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Cycle:
    """What is measured."""

    analyzers: int
    periods: int
    delay_ms: float


def measure(cycle: Cycle) -> Iterator[str]:
    """Measures both over the same fleet, one after the other; lines of figures."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/bench.db"
        environment = {**os.environ, "DATABASE_URL": url, "HEALTH_PORT": str(HEALTH_PORT)}
        _run(["-m", "sql", "create"], environment)
        _run(
            ["-m", "sql", "demo", "--analyzers", str(cycle.analyzers), "--days", "2", "--port-base", str(PORT_BASE)],
            environment,
        )
        stack.enter_context(_fleet(cycle, Path(folder), environment))
        yield f"{cycle.analyzers} analyzers, {cycle.delay_ms:g} ms answer, {cycle.periods} periods of {PERIOD_S:g} s"
        bare_ms = asyncio.run(_bare(cycle))
        yield f"bare pymodbus reads of the same three blocks: {bare_ms:.0f} ms of processor time a period"
        with _enforcer(environment) as process:
            before, began = _health(), _cpu_s(process)
            time.sleep(cycle.periods * PERIOD_S)
            after, spent_s = _health(), _cpu_s(process) - began
        whole_ms = spent_s * 1000 / cycle.periods
        yield f"the whole enforcer: {whole_ms:.0f} ms a period, {whole_ms / bare_ms:.2f} x bare"
        yield _reads(before, after)
        yield f"lateness: median {after['late_median_s']} s, p99 {after['late_p99_s']} s"
        yield f"one pass: {after['pass_ms']} ms, by step {after['step_ms']}"


def _reads(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    reads = {name: after["reads"][name] - before["reads"][name] for name in after["reads"]}
    return f"reads while measured: {reads}"


async def _bare(cycle: Cycle) -> float:
    """One task an analyzer at its own phase, as the poller has them, and nothing else: ms of processor a period."""
    bytearray(1 << 20)
    loop = asyncio.get_running_loop()
    began = loop.time() + 1.0

    async def poll(number: int) -> None:
        client = AsyncModbusTcpClient("127.0.0.1", port=PORT_BASE + number, timeout=1.0, retries=0, reconnect_delay=0)
        await client.connect()
        for period in range(cycle.periods + 2):
            await asyncio.sleep(max(0.0, began + (period + number / cycle.analyzers) * PERIOD_S - loop.time()))
            for block in (INSTANT, STATE, ENERGY):
                await client.read_holding_registers(block.first, count=block.count)
        client.close()

    tasks = [asyncio.create_task(poll(number)) for number in range(cycle.analyzers)]
    await asyncio.sleep(1.0 + PERIOD_S)
    spent_s = time.process_time()
    await asyncio.sleep(cycle.periods * PERIOD_S)
    spent_s = time.process_time() - spent_s
    await asyncio.gather(*tasks)
    return spent_s * 1000 / cycle.periods


@contextmanager
def _fleet(cycle: Cycle, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    arguments = [
        *("-m", "enforcer", "simulate", "--stop-with-parent", "--analyzers", str(cycle.analyzers)),
        *("--port-base", str(PORT_BASE), "--control-port", str(CONTROL_PORT), "--delay-ms", str(cycle.delay_ms)),
        *("--memory", str(folder / "memory.json")),
    ]
    with _child(arguments, environment):
        _wait(lambda: _listens(CONTROL_PORT) and _listens(PORT_BASE + cycle.analyzers - 1), "the fleet listens")
        yield


@contextmanager
def _enforcer(environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    with _child(["-m", "enforcer", "run", "--stop-with-parent"], environment) as child:
        _wait(lambda: _health().get("failing", 1) == 0 and _health()["reads"]["on_time"] > 0, "the enforcer reads")
        time.sleep(2 * PERIOD_S)
        yield psutil.Process(child.pid)


@contextmanager
def _child(arguments: list[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.communicate(timeout=60)


def _run(arguments: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.DEVNULL)


def _health() -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{HEALTH_PORT}/health", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except OSError:
        return {}


def _wait(condition: Any, what: str) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while not condition():
        assert time.monotonic() < until, f"waited in vain until {what}"
        time.sleep(0.2)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
