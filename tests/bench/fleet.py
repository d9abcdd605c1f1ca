"""A site larger than the demo's: its simulated devices as a process of their own, and its rows in a database.

`python -m tests.bench.fleet 3200 24000 --control-port 23990 --delay-ms 20` serves until its standard input ends.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from enforcer.simulator.run import run_simulator
from prepaid.clock import SystemClock
from prepaid.records import Purpose, Wiring
from sql import schema
from sql.connection import Database
from sql.demo.profiles import Profile
from sql.demo.site import DemoDevice, DemoSite
from tests.building import Building

PER_TENANT = 8
MEAN_POWER_W = 1_000.0
RATED_POWER_W = 20_000
CT_PRIMARY_A = 50


def large_site(analyzers: int, port_base: int) -> DemoSite:
    """Shops with eight analyzers each, one port an analyzer."""
    devices = tuple(
        DemoDevice(
            serial_number=f"LQ{number:08}",
            name=f"Meter {number}",
            purpose=Purpose.TENANT,
            tenant=None,
            host="127.0.0.1",
            port=port_base + number,
            ct_primary_a=CT_PRIMARY_A,
            rated_power_w=RATED_POWER_W,
            wiring=Wiring.HELD_ON_SUPPLY,
            profile=Profile.SHOPS,
            mean_power_w=MEAN_POWER_W,
        )
        for number in range(analyzers)
    )
    return DemoSite(
        seed=1,
        speed=1.0,
        name="Large mall",
        time_zone="Asia/Baghdad",
        country="IQ",
        currency="IQD",
        grid_price=Decimal(150),
        generator_price=Decimal(450),
        mark="",
        tenants=(),
        devices=devices,
    )


def make_database(url: str, site: DemoSite, settings: Mapping[str, str]) -> None:
    """The rows of the site in an empty database, all commissioned, each tenant with credit for years."""
    with closing(Database(url)) as database:
        sa.event.listen(database.engine, "connect", _hurry)
        schema.create(database)
        building = Building(database, at=SystemClock().now(), values=settings)
        for first in range(0, len(site.devices), PER_TENANT):
            tenant = building.tenant(f"Shop {first}", opening="900000000")
            for device in site.devices[first : first + PER_TENANT]:
                building.analyzer(
                    device.name,
                    tenant,
                    port=device.port,
                    serial_number=device.serial_number,
                    rated_power_w=device.rated_power_w,
                    ct_primary_a=device.ct_primary_a,
                )


def _hurry(connection: Any, _entry: object) -> None:
    """What is made here need not survive anything."""
    connection.cursor().execute("PRAGMA synchronous=OFF")


async def _serve(site: DemoSite, control_port: int, delay_s: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.buffer.read)
    ended.add_done_callback(lambda _done: stop.set())
    await run_simulator(site, clock=SystemClock(), stop=stop, answer_delay_s=delay_s, control_port=control_port)


def main(arguments: list[str]) -> int:
    """Serves until the standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet")
    parser.add_argument("analyzers", type=int)
    parser.add_argument("port_base", type=int)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    chosen = parser.parse_args(arguments)
    site = large_site(chosen.analyzers, chosen.port_base)
    asyncio.run(_serve(site, chosen.control_port, chosen.delay_ms / 1000))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
