"""The README's command: the whole server, as Streamlit starts it."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.lock import ROOT
from tests.launcher.site import free_ports, wait_until


class Server:
    """The dashboard in a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

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


@pytest.fixture(scope="module")
def server(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (port,) = free_ports(1)
    environ = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{migrated_file.as_posix()}",
        "LOG_FOLDER": str(folder),
        "JWT_SECRET": "only for this test, and long enough for it",
        "STREAMLIT_SERVER_PORT": str(port),
        "STOP_WITH_PARENT": "1",
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


def test_the_command_serves_the_api_and_not_a_bare_script(server: Server) -> None:
    status, headers, body = server.get("/api/health")

    assert status == 200
    assert headers["content-type"].startswith("application/json")
    assert json.loads(body)["state"] == "ok"


def test_every_page_address_gets_the_shell_with_its_policy(server: Server) -> None:
    status, headers, body = server.get("/overview", accept="text/html")

    assert status == 200
    assert b"<title>Prepaid energy</title>" in body
    assert "script-src 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/health", 200),
        ("/_stcore/host-config", 200),
        ("/_stcore/metrics", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/media/0123.csv", 401),
        ("/docs", 200),
        ("/app/static/icon.svg", 200),
        ("/app/static/product.css", 200),
        ("/app/static/inter-latin-wght-normal.woff2", 200),
    ],
)
def test_the_gate_stands_around_the_real_server(server: Server, path: str, status: int) -> None:
    assert server.get(path)[0] == status


def test_the_large_bundle_comes_compressed(server: Server) -> None:
    page = server.get("/", accept="text/html")[2].decode()
    bundle = next(part.split('"')[0] for part in page.split('href="') if "/static/js/PlotlyChart." in part)

    _status, headers, body = server.get(bundle, accept_encoding="gzip")

    assert headers["content-encoding"] == "gzip"
    assert len(body) < 2_000_000


@pytest.mark.parametrize(
    ("origin", "status"), [("http://127.0.0.1:{port}", 101), ("http://elsewhere.example", 403), ("", 403)]
)
def test_the_websocket_of_the_real_server_is_for_its_own_pages(server: Server, origin: str, status: int) -> None:
    more = {"origin": origin.format(port=server.port)} if origin else {}

    found = server.get(
        "/_stcore/stream",
        connection="Upgrade",
        upgrade="websocket",
        sec_websocket_version="13",
        sec_websocket_key="MDEyMzQ1Njc4OWFiY2RlZg==",
        sec_websocket_protocol="streamlit",
        **more,
    )[0]

    assert found == status
