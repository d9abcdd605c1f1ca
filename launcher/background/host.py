"""The inside of a service of Windows: keeps one child of the product running until the service is stopped.

systemd needs no such host: it watches the product's processes itself.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from launcher.background.roster import Service
from launcher.children import Child
from launcher.console import Console
from launcher.environment import interpreter
from launcher.logs import limit
from launcher.supervisor import Supervisor
from prepaid.clock import Clock
from prepaid.language import _

LOOK_EVERY_S = 1.0
SILENT_MOST_S = 120.0
"""A child that lives but gives no sign of life for so long is started anew, as systemd would."""
UNHEARD = ("silent", "stuck")


def child_of(service: Service) -> Child:
    """The child under this host: it ends cleanly when its standard input ends."""
    of_enforcer = ("--stop-with-parent",) if "enforcer" in service.child.arguments else ()
    return replace(service.child, arguments=(*service.child.arguments, *of_enforcer))


def environment_of(service: Service, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the child gets: settings come from `.env`, as for every command of the product."""
    return {**environ, **service.environ, "STOP_WITH_PARENT": "1", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


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
