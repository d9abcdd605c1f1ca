"""The command: its arguments, its life as a process, and what a kill costs."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from enforcer.simulator.command import add_arguments, faults_of, site_of
from enforcer.simulator.faults import Fault
from enforcer.simulator.limits import allow_files
from prepaid.errors.simulator import ArgumentInvalid, FilesLimited
from tests.enforcer.simulator.raw import Raw

ROOT = Path(__file__).parents[3]
START = """
import argparse
from enforcer.simulator.command import add_arguments, main
parser = argparse.ArgumentParser()
add_arguments(parser)
raise SystemExit(main(parser.parse_args()))
"""


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def free_ports(count: int) -> int:
    """The first of some ports that are free one after the other."""
    for base in range(21_000 + os.getpid() % 9_000, 60_000, count):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for number, each in enumerate(sockets):
                each.bind(("127.0.0.1", base + number))
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
        return base
    raise AssertionError("no free ports")


def started(memory: Path, base: int) -> subprocess.Popen[bytes]:
    """The command as a process; it answers when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--analyzers", "2", "--seed", "2", "--port-base", str(base),
         "--control-port", str(base + 2), "--memory", str(memory), "--fault", f"{base + 1}=dead"],
        cwd=ROOT,
    )  # fmt: skip
    for _attempt in range(300):
        assert process.poll() is None, "the simulator ended by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", base + 2)) == 0:
                return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the simulator did not begin to listen")


def counter_and_bits(base: int) -> tuple[float, int]:
    with Raw(("127.0.0.1", base)) as client:
        return client.doubles(801, 1)[0], client.longs(205, 1)[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks a child to stop")
def test_a_stop_saves_everything_and_a_kill_is_a_power_failure(tmp_path: Path) -> None:
    base = free_ports(3)
    memory = tmp_path / "data" / "memory.json"

    first = started(memory, base)
    # At some hours the demo site is in an outage, and the generator's counter runs instead of the one looked at.
    for line in ("outage off", f"load {base} 360000"):
        with socket.create_connection(("127.0.0.1", base + 2)) as control:
            control.sendall(f"{line}\n".encode())
            control.recv(100)
    with pytest.raises(ConnectionRefusedError):
        Raw(("127.0.0.1", base + 1))
    while counter_and_bits(base)[0] < 20:
        time.sleep(0.05)
    at_stop_wh, _ = counter_and_bits(base)
    first.send_signal(signal.SIGTERM)
    stopped = first.wait(10)
    clean = json.loads(memory.read_text())["clean"]
    second = started(memory, base)
    after_stop_wh, after_stop_bits = counter_and_bits(base)
    second.kill()
    second.wait(10)
    third = started(memory, base)
    after_kill_wh, after_kill_bits = counter_and_bits(base)
    third.send_signal(signal.SIGINT)

    assert third.wait(10) == stopped == 0
    assert clean
    assert after_stop_wh >= at_stop_wh
    assert after_stop_bits == 0
    assert after_kill_wh == pytest.approx(after_stop_wh, abs=20)
    assert after_kill_bits == 0x800


def test_the_arguments_describe_the_site() -> None:
    site = site_of(parsed("--analyzers", "40", "--seed", "7", "--speed", "60", "--port-base", "20000"))

    assert (len(site.devices), site.seed, site.speed, site.devices[0].port) == (40, 7, 60.0, 20000)


@pytest.mark.parametrize(
    "words",
    [("--analyzers", "0"), ("--analyzers", "801"), ("--speed", "0"), ("--speed", "nan"), ("--delay-ms", "-1"),
     ("--port-base", "80"), ("--port-base", "65530"), ("--control-port", "70000")],
)  # fmt: skip
def test_an_argument_out_of_bounds_is_said_in_a_sentence(words: tuple[str, str]) -> None:
    with pytest.raises(ArgumentInvalid, match=words[0]):
        site_of(parsed(*words))


def test_a_fault_is_given_by_port_or_serial_number() -> None:
    site = site_of(parsed("--analyzers", "3"))
    serial_number = site.devices[1].serial_number

    faults = faults_of(["15020=dead", f"{serial_number}=slow"], site)

    assert faults == {site.devices[0].serial_number: Fault.DEAD, serial_number: Fault.SLOW}


@pytest.mark.parametrize("text", ["dead", "15020", "15020=tired", "99=dead", "=dead"])
def test_a_wrong_fault_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(ArgumentInvalid, match="ANALYZER=KIND"):
        faults_of([text], site_of(parsed("--analyzers", "3")))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_too_few_files_are_said_in_a_sentence() -> None:
    with pytest.raises(FilesLimited, match="LimitNOFILE"):
        allow_files(10**7, 3)
