"""The enforcer over simulated analyzers: processor time a period as ratios to bare reads of the same run, lateness,
and what broken devices do to the others."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from enforcer.simulator.faults import Fault
from sql.demo.site import DemoSite
from tests.bench.bare import Rounds, asyncio_ms, pymodbus_ms
from tests.bench.fleet import large_site, make_database

ROOT = Path(__file__).parent.parent.parent
PORT_BASE = 24_000
CONTROL_PORT = 23_990
HEALTH_PORT = 23_991
READY_WITHIN_S = 180.0
SETTLED_S = 30.0
"""By then what happens once a start is over: the settings of every device are read (hourly from then on), and the first
forecasts are made."""
STEPS = ("accept", "charge", "decide", "write", "switch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What is measured: `broken` is the share of devices that hang, and the share that swallows connections."""

    analyzers: int
    periods: int
    period_s: float
    delay_ms: float
    rounds: int
    broken: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One enforcer over so many periods."""

    cpu_ms: float
    reads: Mapping[str, int]
    late_median_ms: float
    late_p99_ms: float
    step_ms: Mapping[str, float]
    rss_mb: float


def measure(cycle: Cycle) -> Iterator[str]:
    """Bare clients and the enforcer in turn over the same fleet; lines of figures, medians of all rounds."""
    rounds = Rounds(analyzers=cycle.analyzers, port_base=PORT_BASE, periods=cycle.periods, period_s=cycle.period_s)
    yield (
        f"{cycle.analyzers} analyzers every {cycle.period_s:g} s, {cycle.delay_ms:g} ms answer, "
        f"{cycle.rounds} rounds of {cycle.periods} periods"
    )
    site = large_site(cycle.analyzers, PORT_BASE)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        environment = make_environment(cycle, Path(folder), site)
        stack.enter_context(fleet(cycle))
        found = []
        for number in range(cycle.rounds):
            bare = (pymodbus_ms(rounds), asyncio_ms(rounds))
            whole = _enforced(cycle, environment)
            found.append((bare, whole))
            yield f"round {number + 1}: pymodbus {bare[0]:.0f}, asyncio {bare[1]:.0f}, enforcer {whole.cpu_ms:.0f} ms"
        yield from _ratios(found)
        healthy = median(whole.late_p99_ms for _, whole in found)
        if cycle.broken:
            yield from _broken(cycle, environment, healthy)


def _ratios(found: Sequence[tuple[tuple[float, float], Measured]]) -> Iterator[str]:
    for place, name in enumerate(("pymodbus reads", "asyncio with hand-packed frames")):
        bare_ms = median(bare[place] for bare, _ in found)
        ratio = median(whole.cpu_ms / bare[place] for bare, whole in found)
        yield f"the whole enforcer against bare {name} ({bare_ms:.0f} ms a period): {ratio:.2f} x"
    for name in STEPS:
        step_ms = median(whole.step_ms.get(name, 0.0) for _, whole in found)
        yield f"  {name}: {step_ms:.1f} ms of processor a period"
    rest_ms = median(whole.cpu_ms - sum(whole.step_ms.values()) for _, whole in found)
    yield f"  poll, decode and everything else: {rest_ms:.1f} ms"
    for number, (_, whole) in enumerate(found, start=1):
        late = f"late by {whole.late_median_ms:.0f} ms in the median, {whole.late_p99_ms:.0f} at p99"
        yield f"round {number}: reads {dict(whole.reads)}, {late}, {whole.rss_mb:.0f} MB"


def _broken(cycle: Cycle, environment: Mapping[str, str], healthy_p99_ms: float) -> Iterator[str]:
    """Devices spread over the site hang, others swallow connections; what the rest notices of it."""
    number = max(1, round(cycle.analyzers * cycle.broken))
    step = cycle.analyzers // (2 * number)
    for place in range(2 * number):
        fault = Fault.HALF_OPEN if place % 2 else Fault.BLACKHOLE
        _command(f"fault {PORT_BASE + place * step} {fault}")
    whole = _enforced(cycle, environment, failing=2 * number)
    ratio = whole.late_p99_ms / healthy_p99_ms
    yield (
        f"{number} devices hang and {number} swallow connections: the others are late by {whole.late_median_ms:.0f} ms "
        f"in the median, {whole.late_p99_ms:.0f} at p99: {ratio:.2f} x of the healthy site; reads {dict(whole.reads)}"
    )


def _enforced(cycle: Cycle, environment: Mapping[str, str], failing: int = 0) -> Measured:
    with enforcer(cycle, environment, failing) as process:
        before, spent_s = _health(), _cpu_s(process)
        time.sleep(cycle.periods * cycle.period_s)
        after, spent_s = _health(), _cpu_s(process) - spent_s
        rss_mb = process.memory_info().rss / 1e6
    steps = {name: after["cpu_ms_by_step"][name] - before["cpu_ms_by_step"].get(name, 0) for name in STEPS}
    return Measured(
        cpu_ms=spent_s * 1000 / cycle.periods,
        reads={name: after["reads"][name] - before["reads"][name] for name in after["reads"]},
        late_median_ms=after["late_median_s"] * 1000,
        late_p99_ms=after["late_p99_s"] * 1000,
        step_ms={name: spent_ms / cycle.periods for name, spent_ms in steps.items()},
        rss_mb=rss_mb,
    )


def make_environment(cycle: Cycle, folder: Path, site: DemoSite) -> Mapping[str, str]:
    """The database of the site, and what its enforcer is started with."""
    url = f"sqlite:///{(folder / 'bench.db').as_posix()}"
    make_database(url, site, {"read_interval_s": f"{cycle.period_s:g}"})
    return {**os.environ, "DATABASE_URL": url, "HEALTH_PORT": str(HEALTH_PORT)}


@contextmanager
def fleet(cycle: Cycle) -> Iterator[None]:
    """The simulated devices, until the end of the block."""
    arguments = [
        *("-m", "tests.bench.fleet", str(cycle.analyzers), str(PORT_BASE)),
        *("--control-port", str(CONTROL_PORT), "--delay-ms", str(cycle.delay_ms)),
    ]
    with _child(arguments, os.environ):
        _wait(lambda: _listens(CONTROL_PORT) and _listens(PORT_BASE + cycle.analyzers - 1), "the fleet listens")
        yield


@contextmanager
def enforcer(cycle: Cycle, environment: Mapping[str, str], failing: int) -> Iterator[psutil.Process]:
    """The process of an enforcer that has read everything but so many devices."""
    with _child(["-m", "enforcer", "run", "--stop-with-parent"], environment) as child:
        wanted = cycle.analyzers - failing
        _wait(lambda: _health().get("answering", 0) >= wanted, "the enforcer reads")
        time.sleep(SETTLED_S)
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


def _command(line: str) -> None:
    """One line to the control port of the fleet."""
    with socket.create_connection(("127.0.0.1", CONTROL_PORT), 10) as control:
        control.sendall(f"{line}\n".encode())
        answer = control.makefile().readline()
    assert answer.startswith("ok"), f"{line}: {answer}"


def _health() -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{HEALTH_PORT}/health", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except OSError:
        return {}


def _wait(condition: Callable[[], bool], what: str) -> None:
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
