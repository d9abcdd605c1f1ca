"""Signs of life reach the socket of the service manager, and cost nothing where there is none."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from documents.service_manager import READY, STUCK_AFTER_S, SignOfLife, tell
from prepaid.clock import ManualClock

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is of Linux")


def test_a_state_is_one_datagram(tmp_path: Path) -> None:
    with manager(str(tmp_path / "notify")) as heard:
        tell(READY, {"NOTIFY_SOCKET": str(tmp_path / "notify")})

        assert heard.recv(100) == b"READY=1"


def test_an_address_in_the_abstract_namespace_is_understood() -> None:
    name = f"prepaid-test-{os.getpid()}"

    with manager(f"\0{name}") as heard:
        tell(READY, {"NOTIFY_SOCKET": f"@{name}"})

        assert heard.recv(100) == b"READY=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_where_nobody_listens_nothing_happens(environ: dict[str, str]) -> None:
    tell(READY, environ)


def test_a_loop_that_turns_often_tells_once_a_second(tmp_path: Path) -> None:
    clock = ManualClock()

    with manager(str(tmp_path / "notify")) as heard:
        life = SignOfLife(clock, {"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _turn in range(30):
            clock.advance(0.1)
            life.mark()

        assert [heard.recv(100) for _sign in range(2)] == [b"WATCHDOG=1"] * 2
        assert not waiting(heard, more_than=1)


def test_a_loop_that_does_not_come_round_is_stuck_until_it_does() -> None:
    clock = ManualClock()
    life = SignOfLife(clock, {})

    clock.advance(STUCK_AFTER_S)
    before = life.stuck
    clock.advance(1)
    after = life.stuck
    life.mark()

    assert (before, after, life.stuck) == (False, True, False)


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(5)
        yield listening


def waiting(heard: socket.socket, *, more_than: int) -> bool:
    """Whether more datagrams than that wait to be read."""
    heard.setblocking(False)
    try:
        for _each in range(more_than + 1):
            heard.recv(100)
    except BlockingIOError:
        return False
    return True
