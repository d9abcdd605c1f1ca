"""One of the two enforcers: a process that is killed and begun again, stopped and let go on, and what it was when."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prepaid.settings import Smtp

ROOT = Path(__file__).parent.parent.parent
WELL = frozenset({"ok", "standing_by"})
ENDS_WITHIN_S = 40.0


@dataclass
class Span:
    """From when until when something was so; open while it still is."""

    from_s: float
    until_s: float | None = None


@dataclass
class EnforcerProcess:
    """`able`: when it was there and neither stopped nor still starting."""

    number: int
    folder: Path
    database_url: str
    smtp: Smtp
    kills: int = 0
    stops: int = 0
    able: list[Span] = field(default_factory=list)
    still: list[Span] = field(default_factory=list)
    """When it stood still."""
    stopped: bool = False
    state: str = ""
    begun_s: float = 0.0
    _process: "subprocess.Popen[bytes] | None" = None
    _port: int = 0

    @property
    def pid(self) -> int:
        """0 while there is none."""
        return 0 if self._process is None else self._process.pid

    def __str__(self) -> str:
        return f"enforcer {self.number} (pid {self.pid}, {self.state or 'begins'})"

    @property
    def is_able(self) -> bool:
        return bool(self.able) and self.able[-1].until_s is None

    def begin(self) -> None:
        """Starts it; it is able when it says that it is well."""
        self._port = _free_port()
        log = (self.folder / f"enforcer-{self.number}.out").open("ab")
        self.begun_s = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.enforcer", "run"],
            cwd=ROOT,
            env=self._environment(),
            stdout=log,
            stderr=log,
        )
        log.close()

    def ask(self) -> None:
        """Asks how it is. One that answers what it should not is an error."""
        if self._process is None or self.stopped:
            return
        assert self._process.poll() is None, f"enforcer {self.number} ended by itself: {self._process.returncode}"
        facts = self._health()
        self.state = str(facts.get("state", ""))
        if self.state in WELL and not self.is_able:
            self.able.append(Span(time.monotonic()))

    def kill(self) -> None:
        """As by kill -9."""
        assert self._process is not None, "only what runs is killed"
        self._unable()
        self._process.kill()
        self._process.wait(ENDS_WITHIN_S)
        self._process, self.stopped, self.state = None, False, ""
        self.kills += 1

    def stop(self) -> None:
        """It stands still until it is let go on."""
        self._unable()
        self.stopped = True
        self.stops += 1
        self.still.append(Span(time.monotonic()))
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """It goes on as if nothing had happened."""
        os.kill(self.pid, signal.SIGCONT)
        self.stopped = False
        self.still[-1].until_s = time.monotonic()
        if self.state in WELL:
            self.able.append(Span(time.monotonic()))

    def end(self) -> None:
        """A clean end, as of a service."""
        if self._process is None:
            return
        if self.stopped:
            self.go_on()
        self._unable()
        self._process.terminate()
        try:
            self._process.wait(ENDS_WITHIN_S)
        finally:
            self._process.kill()

    def _unable(self) -> None:
        if self.is_able:
            self.able[-1].until_s = time.monotonic()

    def _health(self) -> Mapping[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
        try:
            connection.request("GET", "/health")
            answer = connection.getresponse()
            facts = json.loads(answer.read())
            assert isinstance(facts, dict)
            assert (answer.status == 200) == (facts["state"] in WELL), facts
            return facts
        except (OSError, http.client.HTTPException):
            return {}
        finally:
            connection.close()

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "SMTP_SERVER": self.smtp.server or "",
            "SMTP_PORT": str(self.smtp.port),
            "SMTP_SECURITY": self.smtp.security,
            "SMTP_SENDER": self.smtp.sender,
            "HEALTH_PORT": str(self._port),
            "LOG_FOLDER": str(self.folder / f"logs-{self.number}"),
        }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
