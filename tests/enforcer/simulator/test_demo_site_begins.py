"""The demo site begins quietly: simulated devices go on where its books end, and the enforcer finds nothing to tell."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from enforcer.once import run_once
from enforcer.simulator.thread import SimulatorThread
from prepaid.clock import SystemClock
from prepaid.records import Wiring
from prepaid.settings import Smtp, SmtpSecurity
from sql.connection import Database
from sql.demo.load import load
from sql.demo.site import DemoSite, Start
from sql.demo.start import start_counters
from sql.sites import find_site
from sql.supply import load_supply
from sql.tables import alerts, analyzers, bases, events, holds, messages, quarantined_readings, settings, supply_changes

PACE = ("read_interval_s", "pass_interval_s")
NO_MAIL = Smtp(server=None, port=25, username=None, password=None, security=SmtpSecurity.NONE, sender="a@example.com")


def test_the_first_passes_take_the_counters_up_and_send_and_switch_nothing(database: Database, mall: DemoSite) -> None:
    clock = SystemClock()
    with database.writing() as conn:
        load(conn, mall, 2, clock.now())
        quick = {"site_id": find_site(conn), "set_at": clock.now(), "set_by": "test"}
        conn.execute(settings.insert(), [{**quick, "name": name, "value": "0.3"} for name in PACE])
    starts = start_counters(database)

    with SimulatorThread(mall, start_counters=starts) as simulator:
        with database.writing() as conn:
            for device in mall.devices:
                host, port = simulator.address(device.serial_number)
                own = analyzers.c.serial_number == device.serial_number
                conn.execute(analyzers.update().where(own).values(host=host, port=port))
        before = _told(database)
        said = [line for _ in range(2) for line in run_once(database, clock, NO_MAIL, mall.name)]
        dark = {device.serial_number for device in mall.devices if not simulator.connected(device.serial_number)}

    assert len(said) == 2
    assert all(line.endswith("0 alerts, 0 supplies to switch.") for line in said)
    assert min(int(line.split()[0]) for line in said) >= len(mall.devices)
    assert _told(database) == before
    assert dark == {serial_number for serial_number, start in starts.items() if not start.connected}
    with database.reading() as conn:
        assert {state.cut_for_credit for state in load_supply(conn, find_site(conn)).values()} == {True, False}
        counted = {row.serial_number: row for row in conn.execute(sa.select(bases).where(bases.c.source == "grid"))}
    for device in mall.devices:
        counter = counted[device.serial_number]
        assert counter.counter_wh >= starts[device.serial_number].tariff_1_wh
        assert counter.serial_number == device.serial_number


@pytest.mark.parametrize("wiring", [Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT])
def test_a_device_whose_tenant_was_cut_begins_with_its_relay_cut(
    mall: DemoSite, wiring: Wiring, tmp_path: Path
) -> None:
    device = next(device for device in mall.devices if device.wiring is wiring)
    starts = {device.serial_number: Start(5_000.0, 60.0, connected=False)}

    for _start in range(2):  # the second time by its own memory
        with SimulatorThread(mall, start_counters=starts, memory_path=tmp_path / "memory.json") as simulator:
            assert not simulator.connected(device.serial_number)
            assert simulator.power_w(device.serial_number) == 0
            assert simulator.registers_wh(device.serial_number) == (5_000.0, 60.0)
            assert simulator.outputs(device.serial_number) == (1 if wiring is Wiring.HELD_ON_CUT else 0)


def test_without_a_database_or_tables_every_device_begins_as_delivered(tmp_path: Path) -> None:
    absent, empty = tmp_path / "none.db", tmp_path / "empty.db"
    empty.touch()

    assert start_counters(Database(f"sqlite:///{absent.as_posix()}")) == {}
    assert start_counters(Database(f"sqlite:///{empty.as_posix()}")) == {}
    assert not absent.exists()


def _told(database: Database) -> dict[str, int]:
    """How many rows there are that somebody would hear of."""
    with database.reading() as conn:
        return {
            table.name: conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (alerts, messages, holds, quarantined_readings, supply_changes)
        } | {
            "new bases": conn.scalar(sa.select(sa.func.count()).where(events.c.action.like("metering.%"))) or 0,
            "adopted": conn.scalar(sa.select(sa.func.count()).where(events.c.action.like("supply.adopted"))) or 0,
        }
