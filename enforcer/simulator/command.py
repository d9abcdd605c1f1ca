"""`python -m enforcer simulate`: its arguments, and the site until Ctrl+C."""

import argparse
import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from enforcer.simulator.data_logger.arguments import add_kepware_arguments, kepware_of
from enforcer.simulator.data_logger.logger import LogTarget
from enforcer.simulator.faults import Fault, meanings
from enforcer.simulator.people import People
from enforcer.simulator.run import run_simulator
from prepaid.clock import Clock, SystemClock
from prepaid.errors.simulator import ArgumentInvalid
from prepaid.language import _
from sql.connection import Database
from sql.demo.site import DEFAULT_ANALYZERS, MAX_ANALYZERS, MAX_SPEED, PORT_BASE, DemoSite, Start, demo_site
from sql.demo.start import start_counters

CONTROL_PORT = 15019
MEMORY = Path("data/simulator.json")
MAX_DELAY_MS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command, with bounds."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _("kinds of faults:") + "\n" + meanings()
    parser.add_argument(
        "--analyzers", type=int, default=DEFAULT_ANALYZERS, metavar="N", help=_("how many, 1 to 800 (%(default)s)")
    )
    parser.add_argument("--seed", type=int, default=1, help=_("makes the site repeatable (%(default)s)"))
    parser.add_argument(
        "--speed", type=float, default=1.0, help=_("multiplies power, energy and ratings, up to 1000 (%(default)s)")
    )
    parser.add_argument("--delay-ms", type=float, default=0.0, help=_("how long an answer takes (%(default)s)"))
    parser.add_argument("--port-base", type=int, default=PORT_BASE, help=_("port of the first analyzer (%(default)s)"))
    parser.add_argument(
        "--control-port", type=int, default=CONTROL_PORT, help=_("port for commands, 0 for none (%(default)s)")
    )
    parser.add_argument("--memory", type=Path, default=MEMORY, metavar="FILE", help=_("what outlives it (%(default)s)"))
    parser.add_argument(
        "--fault", action="append", default=[], metavar="ANALYZER=KIND", help=_("begins with a fault; may be repeated")
    )
    parser.add_argument("--second", action="store_true", help=_("the second demo site"))
    add_kepware_arguments(parser)
    parser.add_argument("--people", action="store_true", help=_("the tenants recharge in the database now and then"))


def main(
    arguments: argparse.Namespace,
    database: Database | None = None,
    clock: Clock | None = None,
    log_database: Database | None = None,
) -> int:
    """Runs until Ctrl+C or a service stop. Devices without a memory begin where the books of the database end. The log
    of Kepware is in `log_database`, or in the database."""
    clock = clock or SystemClock()
    site = site_of(arguments)
    faults = faults_of(arguments.fault, site)
    if arguments.people and database is None:
        raise ArgumentInvalid(name="--people", value="", why=_("without a database nobody can recharge"))
    starts = {} if database is None else start_counters(database)
    people = _people(database if arguments.people else None, site, clock)
    with people, kepware_of(arguments, log_database or database) as kepware:
        asyncio.run(_run(arguments, site, faults, starts, clock, kepware))
    return 0


def site_of(arguments: argparse.Namespace) -> DemoSite:
    """The site that the arguments describe, or a sentence about the one that is out of bounds."""
    last_port = 65_535 - arguments.analyzers
    for name, value, low, high in (
        ("--analyzers", arguments.analyzers, 1, MAX_ANALYZERS),
        ("--speed", arguments.speed, 0.001, MAX_SPEED),
        ("--delay-ms", arguments.delay_ms, 0, MAX_DELAY_MS),
        ("--port-base", arguments.port_base, 1024, last_port),
        ("--control-port", arguments.control_port, 0, 65_535),
    ):
        if not low <= value <= high:
            why = _("it has to be from {low} to {high}").format(low=low, high=high)
            raise ArgumentInvalid(name=name, value=value, why=why)
    return demo_site(arguments.analyzers, arguments.seed, arguments.speed, arguments.port_base, second=arguments.second)


def faults_of(texts: list[str], site: DemoSite) -> dict[str, Fault]:
    """ANALYZER=KIND, where an analyzer is a serial number or a port."""
    known = {str(device.port): device.serial_number for device in site.devices}
    known |= {device.serial_number: device.serial_number for device in site.devices}
    faults = {}
    for text in texts:
        analyzer, _equals, kind = text.partition("=")
        if analyzer not in known or kind not in set(Fault):
            why = _("it has to be ANALYZER=KIND with a serial number or port, and one of {kinds}").format(
                kinds=", ".join(Fault)
            )
            raise ArgumentInvalid(name="--fault", value=text, why=why)
        faults[known[analyzer]] = Fault(kind)
    return faults


@contextmanager
def _people(database: Database | None, site: DemoSite, clock: Clock) -> Iterator[None]:
    """The tenants go shopping as long as the block lasts; without a database they stay at home."""
    if database is None:
        yield
        return
    people = People(database, site, clock)
    people.start()
    try:
        yield
    finally:
        people.stop()


async def _run(
    arguments: argparse.Namespace,
    site: DemoSite,
    faults: Mapping[str, Fault],
    starts: Mapping[str, Start],
    clock: Clock,
    kepware: LogTarget | None,
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    before = {
        number: signal.signal(number, lambda *_args: loop.call_soon_threadsafe(stop.set)) for number in _stop_signals()
    }
    try:
        await run_simulator(
            site,
            clock=clock,
            stop=stop,
            memory_path=arguments.memory,
            start_counters=starts,
            answer_delay_s=arguments.delay_ms / 1000,
            control_port=arguments.control_port or None,
            kepware=kepware,
            faults=faults,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_signals() -> list[signal.Signals]:
    """Ctrl+C and a service stop, which is SIGBREAK on Windows."""
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    return [signal.Signals[name] for name in names if name in signal.Signals.__members__]
