"""The enforcer as a process of its own, killed at random instants and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.story.world import World

ROOT = Path(__file__).parent.parent.parent


class EnforcerProcess:
    """`python -m enforcer run`, kept alive for as long as the block lasts; SIGKILL comes `kills` times, by the seed."""

    def __init__(self, world: World, *, seed: int, kills: int) -> None:
        self.kills = 0
        self._world = world
        self._chance = random.Random(seed)
        self._most = kills
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_alive, name="killer")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(60)

    def _keep_alive(self) -> None:
        while not self._stop.is_set():
            process = begin(self._world)
            # Starting takes a second or two and the lease of the killed one up to eight more.
            if self.kills < self._most and not self._stop.wait(self._chance.uniform(1.0, 14.0 if self.kills else 5.0)):
                process.send_signal(signal.SIGKILL)
                self.kills += 1
            else:
                self._stop.wait()
                process.send_signal(signal.SIGTERM)
            process.wait(30)


def begin(world: World, *arguments: str) -> "subprocess.Popen[bytes]":
    """`python -m enforcer` over the world's database: `run`, or another command."""
    smtp = world.smtp
    return subprocess.Popen(
        [sys.executable, "-m", "enforcer", *(arguments or ("run",))],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": world.database.url.render_as_string(hide_password=False),
            "SMTP_SERVER": smtp.server or "",
            "SMTP_PORT": str(smtp.port),
            "SMTP_SECURITY": smtp.security,
            "SMTP_SENDER": smtp.sender,
            "HEALTH_PORT": str(_free_port()),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
