"""`python -m enforcer`: run, once, doctor, read, commission, kepware, kepware-project, try-message, simulate."""

import argparse
import asyncio
import faulthandler
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from documents.logs import configure
from documents.service_manager import READY, STOPPING, tell
from prepaid.clock import Clock, SystemClock
from prepaid.errors.analyzers import AnalyzerError
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.settings import Environment, environment
from prepaid.site_names import short_name

if TYPE_CHECKING:
    from sql.connection import Database

ENV_FILE = Path(__file__).parent.parent / ".env"
FAILED = 2
INTERRUPTED = 130


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ, env_file: Path = ENV_FILE) -> int:
    """The exit code: 0 done, 2 could not do it and said why."""
    chosen = _parser(arguments).parse_args(arguments)
    try:
        if getattr(chosen, "stop_with_parent", False):
            _stop_with_parent()
        given = {name: value for name, value in environ.items() if value}
        settings = environment({**dotenv_values(env_file, interpolate=False), **given})
        return _COMMANDS[chosen.command](chosen, settings)
    except PrepaidError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m enforcer", description=_("Reads the analyzers, charges, and switches the supply.")
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help=_("work one site until stopped"))
    once = commands.add_parser("once", help=_("read every analyzer once, make one pass, and end"))
    doctor = commands.add_parser(
        "doctor", help=_("check settings, machine, database, analyzers and mail, in sentences")
    )
    doctor.add_argument("--json", action="store_true", help=_("the same for programs"))
    kepware = commands.add_parser("kepware", help=_("look at the log tables of Kepware, in sentences"))
    kepware.add_argument(
        "--check", action="store_true", required=True, help=_("tables, columns, tags, interval, stamps, quality, lag")
    )
    for command in (run, once, doctor, kepware):
        command.add_argument("--site", metavar="NAME", help=_("which site, where there are several"))
    read = commands.add_parser("read", help=_("read one analyzer and print every value"))
    read.add_argument("host", metavar="HOST[:PORT]", help=_("address of the analyzer"))
    read.add_argument("--unit", type=int, default=1, help=_("Modbus unit (%(default)s)"))
    read.add_argument("--timeout-s", type=float, default=1.0, help=_("how long to wait for an answer (%(default)s)"))
    commission = commands.add_parser("commission", help=_("test one analyzer on the spot, and what prevents a cutoff"))
    if "commission" in arguments[:1]:
        from enforcer.commissioning.arguments import add_arguments

        add_arguments(commission)
    trial = commands.add_parser("try-message", help=_("send one test message at once, and say what came back"))
    trial.add_argument("to", metavar="TO", help=_("a mail address, or the URL of a channel"))
    simulate = commands.add_parser("simulate", help=_("run a simulated site on this machine"))
    if "simulate" in arguments[:1]:
        from enforcer.simulator import command as simulator

        simulator.add_arguments(simulate)
    kepserver = commands.add_parser("kepware-project", help=_("write a project for KEPServerEX with all analyzers"))
    if "kepware-project" in arguments[:1]:
        from enforcer.kepserver.command import add_arguments as add_project_arguments

        add_project_arguments(kepserver)
    for command in (run, simulate):
        command.add_argument("--stop-with-parent", action="store_true", help=_("end when standard input ends"))
    return parser


def _run(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.collector import look_seldom
    from enforcer.health import HealthServer, health_page
    from enforcer.metrics.pages import pages
    from enforcer.metrics.pass_times import PassTimes
    from enforcer.standby import Standby
    from sql.connection import Database
    from sql.schema import require_current

    configure(_log_name(chosen.site), folder=Path(settings.log_folder))
    # Where all threads stand is written to stderr when the service manager gives up on this process by SIGABRT.
    faulthandler.enable()
    stop = threading.Event()
    _stop_on_signals(stop)
    clock = SystemClock()
    database = Database(settings.database_url, clock)
    require_current(database)
    log_database = _log_database(settings, clock)
    standby = Standby(
        database,
        clock,
        settings.smtp,
        chosen.site,
        settings.backup_folder,
        settings.spooling,
        settings.archive_folder,
        log_database,
    )
    times = PassTimes()
    health = HealthServer(
        settings.health_port,
        {
            "/health": health_page(standby.health),
            **pages(database, Path(settings.log_folder), standby, standby.health, times),
        },
    )
    health.start()
    tell(READY)
    try:
        enforcer = standby.wait_for_site(stop)
        if enforcer is not None:
            look_seldom()
            enforcer.serve(stop, times.add)
    finally:
        tell(STOPPING)
        health.stop()
        database.close()
        if log_database is not None:
            log_database.close()
    return 0


def _once(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.once import run_once
    from sql.connection import Database
    from sql.schema import require_current

    configure(_log_name(chosen.site), folder=Path(settings.log_folder))
    database = Database(settings.database_url)
    require_current(database)
    clock = SystemClock()
    log_database = _log_database(settings, clock)
    for line in run_once(database, clock, settings.smtp, chosen.site, settings.spooling, log_database):
        print(line)
    database.close()
    return 0


def _doctor(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.doctor.examine import examine
    from enforcer.doctor.settings import dashboard_port

    good, told = True, []
    for finding in examine(settings, SystemClock(), chosen.site, dashboard_port=dashboard_port(ENV_FILE, os.environ)):
        good = good and finding.good
        told.append(asdict(finding))
        if not chosen.json:
            print(finding, flush=True)
    if chosen.json:
        print(json.dumps({"good": good, "findings": told}, indent=1, ensure_ascii=False))
    return 0 if good else 1


def _read(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.read import read_analyzer, render
    from enforcer.read_lease import leased

    host, _colon, port = chosen.host.partition(":")
    if port and not port.isdigit():
        raise AnalyzerError(address=chosen.host, why=_("a port is a number"))
    number = int(port or 502)
    with leased(settings, host, number):
        dump = asyncio.run(read_analyzer(host, number, chosen.unit, chosen.timeout_s))
    for line in render(dump):
        print(line)
    return 0


def _commission(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.commissioning.command import main as test

    return test(chosen, settings)


def _kepware(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.kepware.check import check
    from sql.connection import Database
    from sql.schema import require_current

    clock = SystemClock()
    database = Database(settings.database_url, clock)
    log_database = _log_database(settings, clock) or database
    good = True
    try:
        require_current(database)
        for finding in check(database, log_database, clock, chosen.site):
            good = good and finding.good
            print(finding, flush=True)
    finally:
        log_database.close()
        database.close()
    return 0 if good else 1


def _try_message(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.try_message import try_message

    print(try_message(settings.smtp, chosen.to, SystemClock()))
    return 0


def _simulate(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.simulator import command as simulator
    from sql.connection import Database

    configure("simulator-2" if chosen.second else "simulator", folder=Path(settings.log_folder))
    clock = SystemClock()
    database = Database(settings.database_url, clock)
    log_database = _log_database(settings, clock)
    try:
        return simulator.main(chosen, database, clock, log_database)
    finally:
        database.close()
        if log_database is not None:
            log_database.close()


def _kepware_project(chosen: argparse.Namespace, settings: Environment) -> int:
    from enforcer.kepserver.command import main as write
    from sql.connection import Database

    database = Database(settings.database_url)
    try:
        for line in write(chosen, database):
            print(line)
    finally:
        database.close()
    return 0


def _log_database(settings: Environment, clock: Clock) -> "Database | None":
    """Where Kepware logs, if that is not the product's own database."""
    from sql.connection import Database

    url = settings.kepware_database_url
    return None if url is None else Database(url, clock, setting="KEPWARE_DATABASE_URL")


def _log_name(site: str | None) -> str:
    """Enforcers of several sites on one machine have a log file each."""
    return "enforcer" if site is None else f"enforcer-{short_name(site)}"


def _stop_on_signals(stop: threading.Event) -> None:
    """Ctrl+C and a service stop end the program cleanly."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if name in signal.Signals.__members__:
            signal.signal(signal.Signals[name], lambda *_arguments: stop.set())


def _stop_with_parent() -> None:
    """Ends this process cleanly when its standard input ends: whoever started it is gone, however it went."""

    def watch() -> None:
        # Not through sys.stdin: a thread that waits inside its buffer aborts the process when it ends by itself.
        while os.read(0, 1):
            pass
        if os.name == "posix":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


_COMMANDS = {
    "run": _run,
    "once": _once,
    "doctor": _doctor,
    "read": _read,
    "commission": _commission,
    "kepware": _kepware,
    "try-message": _try_message,
    "simulate": _simulate,
    "kepware-project": _kepware_project,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
