"""`run_all.py service install | uninstall | start | stop | status`: the product as services of this system."""

import argparse
import json
import os
import shlex
import site
from collections.abc import Sequence
from pathlib import Path

from launcher.background.host import host_named
from launcher.background.manager_protocol import Manager, State
from launcher.background.roster import Service, is_remembered, remember, remembered, services_of
from launcher.background.systemd import ALIVE, UNITS, Systemd, owner_of
from launcher.background.unit import unit_of
from launcher.console import Console
from launcher.content import STAMP, run_command
from launcher.env_file import ensure_env_file
from launcher.environment import ensure_environment, interpreter
from launcher.plan import Content, Plan, plan_of
from prepaid.clock import SystemClock
from prepaid.errors.launch import CommandFailed, NoServiceManager, RightsMissing, ServiceRefused
from prepaid.language import _, later

WORDS = {
    State.RUNNING: later("runs"),
    State.CHANGING: later("starts or stops"),
    State.STOPPED: later("is stopped"),
    State.FAILED: later("failed, and is started again"),
    State.ABSENT: later("is not installed"),
}


def main(arguments: Sequence[str], root: Path, console: Console, manager: Manager | None = None) -> int:
    """The exit code: 0 done (of status: all run and are well), 1 otherwise. Raises PrepaidError."""
    chosen = _parser().parse_args(arguments)
    plan = plan_of(root, {})  # by .env alone, like the services
    if chosen.command == "install":
        return _install(plan, chosen, console, manager)
    manager = manager or system_manager(root)
    services = services_of(root, remembered(plan.data))
    if chosen.command == "status":
        return _status(services, manager, console)
    manager.require_rights()
    if chosen.command == "start":
        return _start(services, manager, console)
    act = {"stop": manager.stop, "uninstall": manager.remove}[chosen.command]
    for service in reversed(services):
        act(service.name)
        console.say(f"{service.name}: {_(WORDS[manager.state(service.name)])}")
    return 0


def host_service(arguments: Sequence[str], root: Path) -> int:
    """The process that the service control manager of Windows starts, with the name of a service."""
    if os.name != "nt":
        raise NoServiceManager
    see_packages(root)
    from launcher.background.windows import serve

    name = arguments[0] if arguments else ""
    serve(name, lambda stop: host_named(name, root, stop, SystemClock()))
    return 0


def see_packages(root: Path) -> None:
    """Lets this Python, the one without packages, import those of the virtual environment."""
    site.addsitedir(str(root / ".venv" / "Lib" / "site-packages"))


def system_manager(root: Path) -> Manager:
    """The service manager of this system. Raises NoServiceManager."""
    if os.name == "nt":
        see_packages(root)
        from launcher.background.windows import manager

        return manager()
    if not ALIVE.is_dir():
        raise NoServiceManager
    return Systemd()


def _install(plan: Plan, chosen: argparse.Namespace, console: Console, manager: Manager | None) -> int:
    """Also the way to bring an installation up to date.

    1. What runs is stopped, so that files and tables may change.
    2. Packages, settings and tables are brought up to what this version needs.
    3. The account may read and write what it must, each service is made or changed, and started.
    4. Services of before that are no longer wanted go.
    """
    root = plan.root
    before = services_of(root, remembered(plan.data)) if is_remembered(plan.data) else ()
    if not before:
        ensure_environment(root, console)  # without it there is no way yet to ask the service manager of Windows
    ensure_env_file(root)
    services = services_of(root, chosen.site)
    try:
        manager = manager or system_manager(root)
        manager.require_rights()
    except (NoServiceManager, RightsMissing):
        if os.name == "nt":
            raise
        return _write_down(services, chosen.user, root, console)
    account = manager.account_for(chosen.user, root)
    for service in reversed(before):
        manager.stop(service.name)
    _bring_up_to_date(plan, ensure_environment(root, console), console)
    _give(services[0].writes, manager, account, root, console)
    for service in services:
        manager.install(service, account)
    remember(plan.data, chosen.site)
    for service in before:
        if service.name not in {each.name for each in services}:
            manager.remove(service.name)
    console.say(_("Installed for {account}. Look at it: run_all.py service status").format(account=account))
    return _start(services, manager, console)


def _start(services: Sequence[Service], manager: Manager, console: Console) -> int:
    """Starts each of them, also when another refuses."""
    refused = 0
    for service in services:
        try:
            manager.start(service.name)
            console.say(f"{service.name}: {_(WORDS[manager.state(service.name)])}")
        except ServiceRefused as error:
            console.say(str(error))
            refused += 1
    return min(refused, 1)


def _give(writes: Sequence[Path], manager: Manager, account: str, root: Path, console: Console) -> None:
    for folder in writes:
        folder.mkdir(parents=True, exist_ok=True)
    inside, outside = _parted(writes, root)
    manager.give(account, root, inside)
    for folder in outside:
        console.say(_("{account} must be able to write {folder}: see to it").format(account=account, folder=folder))


def _bring_up_to_date(plan: Plan, python: Path, console: Console) -> None:
    try:
        said = run_command(plan, python, ["-m", "sql", "create"])
    except CommandFailed:
        said = run_command(plan, python, ["-m", "sql", "upgrade"])
    console.say(said.rstrip())
    if _is_demo(plan.data):
        console.say(
            _(
                "This database holds the demo site, whose simulated analyzers are no service. Load a real site into "
                "an empty database: set another DATABASE_URL in .env and run this again."
            )
        )


def _is_demo(data: Path) -> bool:
    try:
        stamp = json.loads((data / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(stamp, dict) and stamp.get("content") == Content.DEMO


def _parted(folders: Sequence[Path], root: Path) -> tuple[list[Path], list[Path]]:
    """Those inside the product's folder, which are its own, and those elsewhere, which others may use too."""
    inside = [folder for folder in folders if folder.resolve().is_relative_to(root.resolve())]
    return inside, [folder for folder in folders if folder not in inside]


def _write_down(services: Sequence[Service], user: str | None, root: Path, console: Console) -> int:
    """Without the rights, or without a running systemd: the units, and what an administrator does with them."""
    folder = root / "data" / "systemd"
    folder.mkdir(parents=True, exist_ok=True)
    account = user or owner_of(root) or "prepaid"
    for service in services:
        text = unit_of(service, account, interpreter(root / ".venv"))
        (folder / f"{service.name}.service").write_text(text, encoding="utf-8")
    names = " ".join(f"{service.name}.service" for service in services)
    console.say(_("The units are in {folder}. An administrator of this system installs them:").format(folder=folder))
    console.say(f"    sudo cp {shlex.quote(str(folder))}/*.service {UNITS}/")
    console.say(f"    sudo systemctl daemon-reload && sudo systemctl enable --now {names}")
    return 1


def _status(services: Sequence[Service], manager: Manager, console: Console) -> int:
    well = True
    for service in services:
        state, health = manager.state(service.name), service.probe.ask()
        well = well and state is State.RUNNING and health.word in ("ok", "standing_by")
        console.say(
            _("{name} {state}; its page of health says: {word} (http://127.0.0.1:{port}{path})").format(
                name=service.name,
                state=_(WORDS[state]),
                word=health.word,
                port=service.probe.port,
                path=service.probe.path,
            )
        )
    return 0 if well else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_all.py service", description=_("The product as services of this system.")
    )
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help=_("install or update the services, and start them"))
    install.add_argument("--user", metavar="ACCOUNT", help=_("the account they run under"))
    install.add_argument(
        "--site", metavar="NAME", action="append", default=[], help=_("an enforcer for this site; may be repeated")
    )
    commands.add_parser("uninstall", help=_("stop them and remove them; the data stays"))
    commands.add_parser("start", help=_("start them"))
    commands.add_parser("stop", help=_("stop them cleanly"))
    commands.add_parser("status", help=_("how they are"))
    return parser
