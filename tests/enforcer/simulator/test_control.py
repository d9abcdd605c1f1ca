"""The control port and its commands."""

import json
import socket
from collections.abc import Iterator

import pytest

from enforcer.simulator.faults import Fault
from enforcer.simulator.thread import SimulatorThread
from prepaid.errors.simulator import PortTaken
from sql.demo.site import demo_site


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(demo_site(6, seed=1), control_port=0) as running:
        yield running


TENANT = "LQ0001000003"


def control_port(simulator: SimulatorThread) -> int:
    control = simulator.simulator.control
    assert control is not None
    return control.port


def test_lines_are_answered_over_the_port(simulator: SimulatorThread) -> None:
    with socket.create_connection(("127.0.0.1", control_port(simulator)), 5) as connected:
        lines = connected.makefile("rw", newline="\n")
        lines.write(f"load {TENANT} 1500\nstate {TENANT}\nsave\n")
        lines.flush()

        answers = [lines.readline().strip() for _ in range(4)]

    assert answers[0] == f"ok {TENANT} 1500"
    assert json.loads(answers[1])["power_w"] == pytest.approx(1500)
    assert answers[2:] == ["ok", "ok"]


def test_a_line_without_end_ends_the_conversation(simulator: SimulatorThread) -> None:
    with socket.create_connection(("127.0.0.1", control_port(simulator)), 5) as connected:
        connected.sendall(b"x" * 5000)

        with pytest.raises(ConnectionResetError):
            assert connected.recv(10) == b""
            raise ConnectionResetError


def test_a_taken_control_port_is_said_and_the_analyzers_are_given_back() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(PortTaken, match="--control-port"):
            SimulatorThread(demo_site(2, seed=1), control_port=taken.getsockname()[1]).start()


def test_an_outage_is_commanded(simulator: SimulatorThread) -> None:
    assert simulator.obey("outage on") == "ok generator runs"
    assert simulator.obey("outage off") == "ok grid supplies"
    assert simulator.obey("outage auto").startswith("ok ")


def test_an_analyzer_is_named_by_serial_number_or_port(simulator: SimulatorThread) -> None:
    _host, port = simulator.address(TENANT)

    assert simulator.obey(f"fault {port} {Fault.WELDED}") == f"ok {TENANT} welded"
    assert simulator.state(TENANT)["faults"] == ["welded"]
    assert simulator.obey(f"fault {TENANT} ok") == f"ok {TENANT} ok"
    assert simulator.state(TENANT)["faults"] == []


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_can_be_begun_and_ended(simulator: SimulatorThread, fault: Fault) -> None:
    assert simulator.obey(f"fault {TENANT} {fault}") == f"ok {TENANT} {fault}"
    assert simulator.obey(f"fault {TENANT} ok") == f"ok {TENANT} ok"


def test_a_power_failure_and_a_breaker_closed_by_hand_are_commanded(simulator: SimulatorThread) -> None:
    assert simulator.obey(f"power-failure {TENANT}") == f"ok {TENANT}"
    assert simulator.obey(f"close {TENANT}") == f"ok {TENANT}"
    assert simulator.state(TENANT)["diagnostics"] == 0x800


def test_help_names_every_command_and_fault(simulator: SimulatorThread) -> None:
    text = simulator.obey("help")

    assert all(fault in text for fault in Fault)
    assert all(name in text for name in ("outage", "fault", "load", "power-failure", "close", "state", "save"))
    assert text.endswith("\nok")


@pytest.mark.parametrize(
    "line",
    ["", "dance", "load", f"load {TENANT}", f"load {TENANT} much", f"load {TENANT} -1", f"load {TENANT} nan",
     f"load {TENANT} 1e10", "load nobody 5", f"fault {TENANT} tired", "outage maybe", "save now", "state nobody",
     "load LQ0001000000 5"],
)  # fmt: skip
def test_a_wrong_line_is_answered_in_one_sentence(simulator: SimulatorThread, line: str) -> None:
    answered = simulator.obey(line)

    assert answered.startswith("error ")
    assert "\n" not in answered
    assert answered.endswith((".", "help"))
