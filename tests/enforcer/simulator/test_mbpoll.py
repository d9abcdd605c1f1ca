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
    with SimulatorThread(demo_site(2, seed=2)) as running:
        running.set_load(0, 3000.0)
        yield running


def mbpoll(simulator: SimulatorThread, kind: str, offset: int, *, count: int = 1, write: int | None = None) -> str:
    """One call and what it prints. `-0`: offsets as on the wire, `-1`: poll once, `-B`: high word first."""
    host, port = simulator.address(0)
    target = ["-m", "tcp", "-p", str(port), "-a", "1", "-0", "-1", "-B", "-t", kind, "-r", str(offset)]
    values = ["-c", str(count), host] if write is None else [host, str(write)]
    assert MBPOLL is not None
    called = subprocess.run([MBPOLL, *target, *values], capture_output=True, text=True, timeout=10, check=False)
    return called.stdout + called.stderr


def values(printed: str) -> dict[int, float]:
    """Offset and value of every line like "[1]:  229.1"."""
    found = re.findall(r"^\[(\d+)\]:\s+(\S+)", printed, re.MULTILINE)
    return {int(offset): float(int(value, 16) if value.startswith("0x") else value) for offset, value in found}


@pytest.mark.parametrize("table", ["3", "4"])
def test_mbpoll_reads_floats_with_both_functions(simulator: SimulatorThread, table: str) -> None:
    read = values(mbpoll(simulator, f"{table}:float", 1, count=37))

    assert len(read) == 37
    assert read[65] == pytest.approx(3000, rel=1e-4)
    assert 220 < read[1] < 240
    assert 49.5 < read[55] < 50.5


def test_mbpoll_reads_status_words(simulator: SimulatorThread) -> None:
    read = values(mbpoll(simulator, "4:int", 203, count=10))

    assert (read[205], read[207], read[211]) == (0, 1, 0)


def test_mbpoll_reads_the_words_of_the_serial_number(simulator: SimulatorThread) -> None:
    read = values(mbpoll(simulator, "4:hex", 64001, count=27))

    text = b"".join(int(word).to_bytes(2, "big") for word in read.values())
    assert text[:2] == b"\x00\x2a"
    assert text[22:38].decode().strip() == simulator.serial_number(0)


def test_mbpoll_switches_the_supply_off_and_on(simulator: SimulatorThread) -> None:
    cut = mbpoll(simulator, "4", 60008, write=0x0000)
    cut_outputs, cut_connected = simulator.outputs(0), simulator.connected(0)
    mbpoll(simulator, "4", 60008, write=0x0100)

    assert "Written 1 references" in cut
    assert cut_outputs == 0
    assert isinstance(cut_connected, bool)
    assert simulator.outputs(0) == 1


def test_mbpoll_is_refused_inside_a_value(simulator: SimulatorThread) -> None:
    assert "Illegal data address" in mbpoll(simulator, "4", 2, count=2)
