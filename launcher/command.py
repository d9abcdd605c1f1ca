"""The command line of run_all: reads the choices, does the steps in order, says what to do when one fails."""

import argparse
import errno
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from launcher.alone import alone
from launcher.background.command import host_service
from launcher.background.command import main as services
from launcher.checks import run_checks, soak
from launcher.children import Child, children_of
from launcher.console import Console, system_console
from launcher.content import MOST_DEMO_SITES, prepare, sites_in
from launcher.env_file import ensure_env_file
from launcher.environment import DEVELOPMENT_LOCK, ensure_environment
from launcher.plan import Content, Plan, plan_of
from launcher.ports import require_free
from launcher.status import status_line
from launcher.supervisor import Supervisor
from launcher.welcome import welcome
from prepaid.clock import Clock, SystemClock
from prepaid.errors.base import PrepaidError
from prepaid.errors.launch import DiskFull, FileRefused
from prepaid.language import _
from sql.demo.site import MAX_ANALYZERS

ROOT = Path(__file__).resolve().parent.parent
LOOK_EVERY_S = 1.0
PORTS_PATIENCE_S = 4.0
MAX_PORT_OFFSET = 40_000


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """The exit code: 0 after a wanted stop, 1 with a sentence otherwise."""
    if arguments[:2] == ["service", "host"]:
        return host_service(arguments[2:], root)  # started by Windows, without any console
    console = system_console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in ("SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        if arguments[:1] == ["test"]:
            python = ensure_environment(root, console, lock=DEVELOPMENT_LOCK)
            return run_checks(root, python, arguments[1:], console)
        if arguments[:1] == ["soak"]:
            python = ensure_environment(root, console, lock=DEVELOPMENT_LOCK)
            return soak(root, python, arguments[1:])
        if arguments[:1] == ["service"]:
            return services(arguments[1:], root, console)
        choices = _parser().parse_args(arguments)
        return _bring_up(root, choices, console)
    except KeyboardInterrupt:
        return 130
    except PrepaidError as error:
        sentence = str(error)
    except OSError as error:
        sentence = _sentence(error, root)
    console.clear()
    sys.stderr.write(f"{sentence}\n")
    return 1


def run_children(
    plan: Plan, content: Content, children: Sequence[Child], python: Path, console: Console, clock: Clock
) -> None:
    """Starts the children and watches them until somebody stops it (KeyboardInterrupt); then stops them, always."""
    pause = threading.Event()
    begun_s = clock.monotonic()

    def wait_for_ports() -> bool:
        return not pause.wait(0.1) and clock.monotonic() - begun_s < PORTS_PATIENCE_S

    require_free([port for child in children for port in child.ports], python, wait_for_ports)
    supervisor = Supervisor(
        python=python,
        root=plan.root,
        logs=plan.logs,
        environ=plan.child_environment(),
        console=console,
        clock=clock,
    )
    try:
        supervisor.start(children)
        for line in welcome(plan, content):
            console.say(line)
        console.say(_("All is running. Ctrl+C stops it. Logs are in {logs}.").format(logs=plan.logs))
        while not pause.wait(LOOK_EVERY_S):
            healths = supervisor.look()
            now_s = clock.monotonic()
            console.live(status_line(healths, now_s - begun_s), at_s=now_s)
    finally:
        console.say(_("Stopping..."))
        supervisor.stop()


def _bring_up(root: Path, choices: argparse.Namespace, console: Console) -> int:
    python = ensure_environment(root, console)
    if ensure_env_file(root):
        console.say(_("Settings: .env is new, with fresh secrets; the mail server and the database are set there"))
    plan = plan_of(
        root,
        os.environ,
        data=choices.data,
        content=_content(choices),
        analyzers=choices.analyzers,
        sites=choices.sites,
        site_file=choices.site,
        port_offset=choices.port_offset,
    )
    with alone(plan.data):
        prepared = prepare(plan, python, console)
        try:
            run_children(
                plan,
                prepared.content,
                children_of(plan, prepared, sites_in(plan, python)),
                python,
                console,
                SystemClock(),
            )
        except KeyboardInterrupt:
            console.say(_("Stopped."))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_all.py",
        description=_("Brings up a whole site: installs, creates the database, starts everything, stops on Ctrl+C."),
        epilog=_(
            "run_all.py test [arguments of pytest] runs ruff, mypy and the tests. run_all.py soak --minutes N runs "
            "simulated sites with new faults until the time is over. run_all.py service install makes services of it "
            "that start with the machine."
        ),
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--analyzers",
        type=_whole(1, MAX_ANALYZERS),
        metavar="N",
        help=_("size of the demo site, 1 to {most} (a small mall)").format(most=MAX_ANALYZERS),
    )
    what.add_argument("--no-demo", action="store_true", help=_("an empty database and no simulator"))
    what.add_argument("--site", type=Path, metavar="FILE", help=_("a real site, described in a TOML file"))
    parser.add_argument(
        "--sites",
        type=_whole(1, MOST_DEMO_SITES),
        metavar="N",
        help=_("how many demo sites, 1 to {most}: with two there is a portfolio").format(most=MOST_DEMO_SITES),
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help=_("folder of the database and the logs of this run"))
    parser.add_argument(
        "--port-offset",
        type=_whole(0, MAX_PORT_OFFSET),
        default=0,
        metavar="N",
        help=_("added to every port, so that two sites can run beside each other"),
    )
    return parser


def _content(choices: argparse.Namespace) -> Content | None:
    if choices.site is not None:
        return Content.SITE
    if choices.no_demo:
        return Content.EMPTY
    return None if choices.analyzers is None and choices.sites is None else Content.DEMO


class _whole:
    """An argument that is a whole number within bounds."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or not self.least <= int(text) <= self.most:
            raise argparse.ArgumentTypeError(
                _("{text} is not a whole number from {least} to {most}").format(
                    text=text, least=self.least, most=self.most
                )
            )
        return int(text)


def _sentence(error: OSError, root: Path) -> str:
    where = error.filename or root
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return str(DiskFull(where=where, needed_mb=200))
    return str(FileRefused(where=where, why=error.strerror or error))
