"""Helpers for tests of run_all: a plan in a temporary folder, stand-in children, free ports, waiting with a bound."""

import io
import socket
import time
from collections.abc import Callable
from pathlib import Path

from launcher.children import Child
from launcher.console import Console
from launcher.health import PageProbe
from launcher.plan import Plan

PATIENCE_S = 20.0
STAND_IN = Path(__file__).with_name("stand_in.py")


def plan_in(folder: Path) -> Plan:
    """A plan whose everything is in the folder."""
    data = folder / "data"
    return Plan(
        root=folder, data=data, logs=folder / "logs", spool=data / "spool", database_url="sqlite:///data/prepaid.db"
    )


def stand_in(folder: Path, *, port: int, mood: str = "well", patience_s: float = PATIENCE_S) -> Child:
    """A child that writes into the folder's diary."""
    return Child(
        name=f"child-{port}",
        arguments=(str(STAND_IN), str(port), str(diary_of(folder)), mood),
        probe=PageProbe(port=port),
        ports=(port,),
        patience_s=patience_s,
    )


def diary_of(folder: Path) -> Path:
    """Where the stand-ins write what they did."""
    return folder / "diary.txt"


def diary_lines(folder: Path) -> list[list[str]]:
    """[what, port, process] for each line of the diary."""
    path = diary_of(folder)
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def silent_console() -> tuple[Console, io.StringIO]:
    """A console and what it wrote."""
    stream = io.StringIO()
    return Console(stream), stream


def wait_until(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Returns as soon as the condition holds; fails if it never does."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.02)
