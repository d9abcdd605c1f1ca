"""Ports: a taken one is named together with who has it."""

import os
import socket
import sys
from pathlib import Path

import pytest

from launcher.ports import is_free, require_free
from prepaid.errors.launch import PortInUse
from tests.launcher.site import free_ports

PYTHON = Path(sys.executable)


def test_free_ports_are_free() -> None:
    require_free(free_ports(3), PYTHON, pause=lambda: False)


def test_a_taken_port_is_named_with_its_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(PortInUse) as raised:
            require_free([port], PYTHON, pause=lambda: False)

    assert f"Port {port}" in str(raised.value)
    assert f"process {os.getpid()}" in str(raised.value)
    assert "--port-offset" in str(raised.value)


def test_a_port_that_is_let_go_meanwhile_is_no_trouble() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def let_go() -> bool:
        server.close()
        return True

    require_free([port], PYTHON, pause=let_go)

    assert is_free(port)


def test_a_connection_that_was_closed_just_now_does_not_hold_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _address = server.accept()
        accepted.close()
        client.close()

    assert is_free(port)


def test_without_a_python_that_knows_processes_the_holder_stays_unnamed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(PortInUse, match="another program"):
            require_free([port], tmp_path / "no-python", pause=lambda: False)
