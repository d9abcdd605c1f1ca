"""The README's command: the whole server, as Streamlit starts it."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.frames import CloseCode

from dashboard.server.cookie import name_at
from prepaid.records import Role
from sql.connection import Database
from sql.tables import sessions
from tests.building import Building
from tests.dashboard.pages import Pages
from tests.dashboard.serving import Server, serving
from tests.dashboard.stream import stream, texts_of


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket | None]:
    """Where a service manager would hear the server; None where there is none of this kind."""
    if not hasattr(socket, "AF_UNIX"):
        yield None
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path_factory.mktemp("manager") / "notify"))
        listening.settimeout(30)
        yield listening


@pytest.fixture(scope="module")
def server(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, manager: socket.socket | None
) -> Iterator[Server]:
    more = {} if manager is None else {"NOTIFY_SOCKET": manager.getsockname()}
    with serving(f"sqlite:///{migrated_file.as_posix()}", tmp_path_factory.mktemp("server"), more) as found:
        yield found


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
        (f"/static/js/{'x' * 5_000}.js", 200),
        ("/app/static/icon.svg", 200),
        ("/app/static/product.css", 200),
        ("/app/static/inter-latin-wght-normal.woff2", 200),
    ],
)
def test_the_gate_stands_around_the_real_server(server: Server, path: str, status: int) -> None:
    assert server.get(path, accept_encoding="gzip")[0] == status


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


def test_a_stranger_s_endless_message_is_not_read_to_its_end(server: Server) -> None:
    async def flood() -> int | None:
        async with stream(server.address) as stranger:
            return await stranger.closed_by(bytes(20_000_000))

    assert asyncio.run(flood()) == CloseCode.MESSAGE_TOO_BIG


def test_the_service_manager_hears_that_pages_are_served_and_that_the_loop_lives(
    server: Server, manager: socket.socket | None
) -> None:
    if manager is None:
        pytest.skip("systemd is of Linux")

    heard = [manager.recv(100), manager.recv(100)]

    assert heard == [b"READY=1", b"WATCHDOG=1"]


def test_a_live_part_stops_when_the_session_ends(database: Database, database_url: str, tmp_path: Path) -> None:
    house = Building(database)
    shop = house.tenant("Shop", opening="100")
    house.begin(house.analyzer("Shop, ground floor", shop, serial_number="LQN/1"), grid_wh=5_000)
    token = Pages(database).sign_in(Role.TENANT, tenant_id=shop.tenant_id)

    async def look(server: Server) -> tuple[str, str, str]:
        async with stream(server.address, "balance", f"{name_at(server.port)}={token}") as viewer:
            first = texts_of(await viewer.ask())
            (fragment,) = viewer.fragments
            again = texts_of(await viewer.ask(fragment))
            with database.writing() as conn:
                conn.execute(sessions.update().values(ended_at=database.now(conn), ended_why="locked"))
            return first, again, texts_of(await viewer.ask(fragment))

    with serving(database_url, tmp_path) as server:
        first, again, after = asyncio.run(look(server))

    assert "Power now" in first
    assert "Power now" in again
    assert "Power now" not in after
    assert "User name" in after
