"""An outside witness: mbpoll (libmodbus) reads and switches the simulated devices."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from enforcer.simulator.thread import SimulatorThread
from sql.demo.site import demo_site

MBPOLL = shutil.which("mbpoll")
pytestmark = pytest.mark.skipif(MBPOLL is None, reason="mbpoll is not installed: apt-get install mbpoll")


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(demo_site(2, seed=1)) as running:
        running.set_load(0, 3000.0)
        yield running


def mbpoll(simulator: SimulatorThread, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One call. `-0`: the first offset is 0, `-1`: poll once, `-B`: high word first."""
    host, port = simulator.address(0)
    assert MBPOLL is not None
    words, values = [*arguments], []
    while words and not words[-1].startswith("-") and len(words) > 1 and words[-2].startswith("--"):
        values.append(words.pop())
    return subprocess.run(
        [MBPOLL, "-m", "tcp", "-p", str(port), "-a", "1", "-0", "-1", "-B", *words, host, *values],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def values(polled: subprocess.CompletedProcess[str]) -> dict[int, float]:
    """Offset and value of every line "[1]: 	229.1"."""
    found = re.findall(r"^\[(\d+)\]:\s+(-?[\d.e+]+)", polled.stdout, re.MULTILINE)
    return {int(offset): float(value) for offset, value in found}


@pytest.mark.parametrize("table", ["3", "4"])
def test_mbpoll_reads_floats_with_both_functions(simulator: SimulatorThread, table: str) -> None:
    read = values(mbpoll(simulator, "-t", f"{table}:float", "-r", "1", "-c", "37"))

    assert len(read) == 37
    assert read[65] == pytest.approx(3000, rel=1e-4)
    assert 220 < read[1] < 240
    assert 49.5 < read[55] < 50.5
