"""The story on a site that Kepware reads: the log is charged, the cut goes over Modbus and is proven."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from enforcer.simulator.data_logger.fate import LogFate
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.logger import DataLogger, LogTarget
from enforcer.simulator.site import SimulatedSite
from prepaid.clock import SystemClock
from prepaid.records import SOURCES
from sql.accounts import live_balances
from sql.check import check
from sql.connection import Database
from sql.demo.site import DemoSite, demo_site
from tests.building import Building
from tests.enforcer.simulator.test_simulate_command import free_ports
from tests.mapping import map_log
from tests.story.processes import ROOT
from tests.story.rows import changes_of, registered_wh, used_wh
from tests.story.telling import FIRST_CREDIT, assert_told_once, tell
from tests.story.world import SETTINGS, until, world

QUICK = LogForm(interval_s=0.5)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("form", "fate"),
    [
        (QUICK, LogFate()),
        (LogForm(interval_s=0.5, zone=ZoneInfo("Asia/Kathmandu")), LogFate()),
        (QUICK, LogFate(seed=1, repeats=0.3)),
        (QUICK, LogFate(seed=2, late=0.2)),
        (QUICK, LogFate(seed=3, poor=0.02, zeros=0.01, dips=0.02, rubbish=0.02)),
        (QUICK, LogFate(seed=4, away=0.01)),
    ],
    ids=["calm", "local stamps", "repeated", "late", "poor, zeros, dips, rubbish", "stored and forwarded"],
)
def test_a_tenant_is_cut_with_proof_whatever_happens_to_the_log(
    database: Database, form: LogForm, fate: LogFate
) -> None:
    with world(database, credit=FIRST_CREDIT, kepware=form, fate=fate) as w, w.enforcer():
        tell(w, patience_s=120)

        assert_told_once(w)
        assert sorted(w.mails()) == sorted(w.sent_ids())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks a child to stop")
@pytest.mark.timeout(300)
def test_two_processes_tell_it_the_simulator_that_logs_and_the_enforcer_that_reads(
    database: Database, tmp_path: Path
) -> None:
    base = free_ports(4)
    site = demo_site(1, seed=7, port_base=base)
    (device,) = site.devices
    building = Building(
        database, at=SystemClock().now() - timedelta(minutes=1), grid_price=Decimal(150), values=SETTINGS
    )
    tenant = building.tenant("Bookshop")
    building.recharge(tenant, "60", "first")
    analyzer_id = building.analyzer(
        "Bookshop",
        tenant,
        host=device.host,
        port=device.port,
        serial_number=device.serial_number,
        rated_power_w=250_000,
        ct_primary_a=device.ct_primary_a,
        wiring=device.wiring,
    )
    map_log(database, building.site_id, items_of(database, site), interval_s=0.5)

    def changes() -> list[tuple[str, str, str]]:
        with database.reading() as conn:
            return changes_of(conn, analyzer_id)

    def used() -> list[int]:
        with database.reading() as conn:
            return [used_wh(conn, analyzer_id, source) for source in SOURCES]

    def registered() -> list[int]:
        found = state(base)
        counters = (found["import_tariff_1_wh"], found["import_tariff_2_wh"])
        with database.reading() as conn:
            return [registered_wh(conn, analyzer_id, source, counters) for source in SOURCES]

    def live() -> Decimal:
        with database.reading() as conn:
            return live_balances(conn, building.site_id)[tenant.account_id].live

    simulator = (
        *("simulate", "--analyzers", "1", "--seed", "7", "--port-base", str(base), "--control-port", str(base + 1)),
        *("--memory", str(tmp_path / "memory.json"), "--kepware", "--kepware-interval-s", "0.5"),
    )
    with process(database, base + 2, tmp_path, *simulator), process(database, base + 3, tmp_path, "run"):
        until(lambda: answers(base + 1), "the simulator answers")
        assert told(base + 1, "outage off") == "ok grid supplies"
        told(base + 1, f"load {base} 100000")
        until(lambda: live() < Decimal(45), "credit is used by what the log says", 60)
        assert told(base + 1, "kepware away") == "ok away"
        stopped = used()
        assert told(base + 1, "kepware back") == "ok back"
        until(lambda: used() > stopped, "what was stored is charged", 60)
        until(lambda: ("cut", "proven", "current") in changes(), "the cut is recorded as proven", 60)
        assert state(base)["connected"] is False
        assert state(base)["power_w"] == 0.0

        building.recharge(tenant, "500", "second")
        until(lambda: bool(state(base)["connected"]), "the contactor has closed", 60)
        told(base + 1, f"load {base} 0")
        until(lambda: used() == registered(), "the books have caught up with the device", 60)

    assert used()[0] > 0
    assert check(database, everything=True) == []


def items_of(database: Database, site: DemoSite) -> list[str]:
    """The names under which the simulator will log."""
    clock = SystemClock()
    return DataLogger(SimulatedSite(site, clock).analyzers, clock, LogTarget(database=database)).items


@contextmanager
def process(database: Database, health_port: int, folder: Path, *arguments: str) -> Iterator[None]:
    """`python -m enforcer` as long as the block lasts."""
    environ = {
        **os.environ,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "HEALTH_PORT": str(health_port),
        "LOG_FOLDER": str(folder / "logs"),
        "SPOOL_FOLDER": str(folder / "spool"),
        "SMTP_SERVER": "",
    }
    started = subprocess.Popen([sys.executable, "-m", "enforcer", *arguments], cwd=ROOT, env=environ)
    try:
        yield
        assert started.poll() is None, f"{arguments[0]} ended by itself"
    finally:
        started.terminate()
        started.wait(30)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def told(control_port: int, line: str) -> str:
    """The answer of the simulator to a line."""
    with socket.create_connection(("127.0.0.1", control_port), 10) as control:
        control.sendall(f"{line}\n".encode())
        control.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: control.recv(4096), b"")).decode().strip()


def state(base: int) -> dict[str, Any]:
    found, _ok = told(base + 1, f"state {base}").rsplit("\n", 1)
    return dict(json.loads(found))
