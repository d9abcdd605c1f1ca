"""The inside of a service of Windows: keeps one child of the product running until the service is stopped.

systemd needs no such host: it watches the product's processes itself.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from launcher.background.roster import Service, remembered, services_of
from launcher.children import Child
from launcher.console import Console
from launcher.environment import interpreter
from launcher.logs import limit
from launcher.supervisor import Supervisor
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.errors.launch import NoSuchService
from prepaid.language import _

LOOK_EVERY_S = 1.0
SILENT_MOST_S = 120.0
"""A child that lives but gives no sign of life for so long is started anew, as systemd would."""
REFUSED = "service-refused.out"
UNHEARD = ("silent", "stuck")


def child_of(service: Service) -> Child:
    """The child under this host: it ends cleanly when its standard input ends."""
    of_enforcer = ("--stop-with-parent",) if "enforcer" in service.child.arguments else ()
    return replace(service.child, arguments=(*service.child.arguments, *of_enforcer))


def environment_of(service: Service, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the child gets: settings come from `.env`, as for every command of the product."""
    return {**environ, **service.environ, "STOP_WITH_PARENT": "1", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def host_named(name: str, root: Path, stop: threading.Event, clock: Clock) -> None:
    """Hosts the service of that name until `stop` is set. Nobody reads what such a process prints, so what keeps it
    from that stands in a file of the logs. Raises NoSuchService, SettingInvalid."""
    logs = root / "logs"
    try:
        services = {each.name: each for each in services_of(root, remembered(root / "data"))}
        if name not in services:
            raise NoSuchService(name=name)
    except PrepaidError as error:
        logs.mkdir(parents=True, exist_ok=True)
        (logs / REFUSED).write_text(f"{error}\n", encoding="utf-8")
        raise
    host(services[name], logs, stop, clock)


def host(service: Service, logs: Path, stop: threading.Event, clock: Clock) -> None:
    """Runs the service's child until `stop` is set; what happens to it is told in `logs`."""
    logs.mkdir(parents=True, exist_ok=True)
    diary = logs / f"{service.name}.out"
    limit(diary)
    with diary.open("a", encoding="utf-8") as stream:
        supervisor = Supervisor(
            python=interpreter(service.root / ".venv"),
            root=service.root,
            logs=logs,
            environ=environment_of(service),
            console=Console(stream),
            clock=clock,
        )
        hold(supervisor, child_of(service), stop, clock)


def hold(supervisor: Supervisor, child: Child, stop: threading.Event, clock: Clock) -> None:
    """Starts the child and looks after it until `stop`. Whether it gets well is its own affair: when a machine starts,
    the database may come later."""
    supervisor.begin([child])
    heard_s = clock.monotonic()
    try:
        while not stop.wait(LOOK_EVERY_S):
            health = supervisor.look()[child.name]
            if health.word not in UNHEARD:
                heard_s = clock.monotonic()
            elif clock.monotonic() - heard_s > SILENT_MOST_S:
                supervisor.console.say(
                    _("{name}: no sign of life for {seconds:.0f} s, is ended").format(
                        name=child.name, seconds=clock.monotonic() - heard_s
                    )
                )
                supervisor.end(child.name)
                heard_s = clock.monotonic()
    finally:
        supervisor.stop()
