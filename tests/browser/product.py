"""The whole product for a browser to look at: simulated analyzers, enforcer and dashboard, as run_all starts them."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dashboard.server.cookie import name_at
from launcher.children import Child, children_of
from launcher.content import prepare, sites_in
from launcher.plan import Content, Plan
from launcher.supervisor import Supervisor
from prepaid.clock import SystemClock
from sql.connection import Database
from tests.house.lock import ROOT
from tests.launcher.site import silent_console

ANALYZERS = 14
OFFSETS = range(16_000, 17_400, 50)
"""Below the ports that systems give to clients."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """A running product: where its pages are, its database for what a test wants to know, and the port at which its
    simulated devices take commands."""

    address: str
    database: Database
    folder: Path
    control_port: int

    def command(self, line: str) -> None:
        """Something happens at a simulated device."""
        with socket.create_connection(("127.0.0.1", self.control_port), 10) as control:
            control.sendall(f"{line}\n".encode())
            answer = control.makefile().readline()
        assert answer.startswith("ok"), f"{line}: {answer}"

    @property
    def cookie(self) -> str:
        """The name of its cookie."""
        return name_at(int(self.address.rpartition(":")[2]))


@contextmanager
def running(folder: Path, analyzers: int = ANALYZERS, sites: int = 1) -> Iterator[Product]:
    """A demo site of so many analyzers (or two) until the block ends. Nobody in it recharges by himself."""
    console, said = silent_console()
    plan = replace(_plan(folder, analyzers), sites=sites, port_offset=_free_offset(folder, analyzers, sites))
    python = Path(sys.executable)
    prepared = prepare(plan, python, console)
    children = tuple(_without_people(child) for child in children_of(plan, prepared, sites_in(plan, python)))
    supervisor = Supervisor(
        python=python,
        root=ROOT,
        logs=plan.logs,
        environ={**plan.child_environment(), "JWT_SECRET": "only for this test, and long enough for it"},
        console=console,
        clock=SystemClock(),
    )
    database = Database(plan.database_url)
    try:
        supervisor.start(children)
        yield Product(
            address=f"http://localhost:{plan.dashboard_port}",
            database=database,
            folder=folder,
            control_port=plan.control_port,
        )
    finally:
        supervisor.stop()
        database.close()
        (folder / "console.txt").write_text(said.getvalue())


def _plan(folder: Path, analyzers: int) -> Plan:
    return Plan(
        root=ROOT,
        data=folder,
        logs=folder / "logs",
        spool=folder / "spool",
        database_url=f"sqlite:///{(folder / 'prepaid.db').as_posix()}",
        content=Content.DEMO,
        analyzers=analyzers,
    )


def _without_people(child: Child) -> Child:
    return replace(child, arguments=tuple(each for each in child.arguments if each != "--people"))


def _free_offset(folder: Path, analyzers: int, sites: int) -> int:
    first = os.getpid() % len(OFFSETS)
    candidates: list[int] = [*OFFSETS[first:], *OFFSETS[:first]]
    for offset in candidates:
        plan = replace(_plan(folder, analyzers), port_offset=offset)
        devices = range(plan.first_analyzer_port, plan.first_analyzer_port + analyzers * sites)
        beside = [port + number for port in (plan.health_port, plan.control_port) for number in range(sites)]
        if all(_is_free(port) for port in (plan.dashboard_port, *beside, *devices)):
            return offset
    raise AssertionError("no free ports for a product")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
