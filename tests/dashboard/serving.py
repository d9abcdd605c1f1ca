"""The dashboard as a process of its own, started by the README's command."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.house.lock import ROOT
from tests.launcher.site import free_ports, wait_until


class Server:
    """The dashboard in a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in small letters) and body; the server may not be there yet (OSError)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): each for name, each in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def is_up(self) -> bool:
        try:
            return self.get("/api/health")[0] == 200
        except OSError:
            return False


@contextmanager
def serving(database_url: str, folder: Path, more: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The server over that database until the block ends; then its parent is gone, and it must end by itself."""
    (port,) = free_ports(1)
    environ = {
        **os.environ,
        "DATABASE_URL": database_url,
        "LOG_FOLDER": str(folder),
        "JWT_SECRET": "only for this test, and long enough for it",
        "STREAMLIT_SERVER_PORT": str(port),
        "STOP_WITH_PARENT": "1",
        **(more or {}),
    }
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
    with (
        (folder / "output.txt").open("wb") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        found = Server(port)
        try:
            wait_until(lambda: process.poll() is not None or found.is_up(), 60)
            assert process.poll() is None, (folder / "output.txt").read_text()
            yield found
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(20) in (0, -signal.SIGTERM), "it ends by itself when whoever started it is gone"
        finally:
            process.kill()
