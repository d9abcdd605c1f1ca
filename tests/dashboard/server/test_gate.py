"""Tests of dashboard.server.gate."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.server.cookie import name_at, own_name
from dashboard.server.gate import Gate
from tests.dashboard.api.calls import problem

HERE = "http://testserver"


def client(token: str | None = None, name: str | None = None) -> TestClient:
    async def everything(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.url.path)

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("welcome")
        await websocket.close()

    behind = Starlette(routes=[WebSocketRoute("/{path:path}", stream), Route("/{path:path}", everything)])
    cookies = {name or own_name(): token} if token else None
    return TestClient(Gate(behind, known=lambda given: given == "good"), base_url=HERE, cookies=cookies)


@pytest.mark.parametrize(
    "path", ["/", "/overview", "/static/js/index.js", "/app/static/icon.svg", "/_stcore/health", "/_stcore/host-config"]
)
def test_the_sign_in_page_and_what_it_needs_are_open_to_everybody(path: str) -> None:
    assert client().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/media/abc.csv", "/component/x", "/_stcore/upload_file/1/2"])
@pytest.mark.parametrize(("token", "status"), [(None, 401), ("made up", 401), ("good", 200)])
def test_what_was_made_for_a_viewer_needs_a_session(path: str, token: str | None, status: int) -> None:
    assert client(token).get(path).status_code == status


def test_the_cookie_of_a_site_on_another_port_of_this_machine_is_not_ours() -> None:
    assert client("good", name_at(8_010)).get("/media/abc.csv").status_code == 401
    assert client("good", name_at(8_000)).get("/media/abc.csv").status_code == 200


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/_stcore/script-health-check"]
)
@pytest.mark.parametrize("token", [None, "good"])
def test_the_server_s_own_doors_answer_nobody(path: str, token: str | None) -> None:
    assert client(token).get(path).status_code == 404
    assert client(token).post(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/admin/users/1%0A/recharge", "/media/%0D%0Ax", "/%00", "/overview%7F"])
def test_an_address_with_control_characters_goes_no_further(path: str) -> None:
    assert client("good").get(path).status_code == 400


@pytest.mark.parametrize("path", ["/api/admin/users/1%0A/recharge", "/api/%00"])
def test_to_a_program_that_is_said_as_a_problem(path: str) -> None:
    answer = client().get(path)

    found = problem(answer, 400, "request-unreadable")
    assert list(found) == ["type", "title", "status", "detail", "instance"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_websocket_is_for_pages_of_this_server() -> None:
    with client().websocket_connect("/_stcore/stream", headers={"origin": HERE}) as stream:
        assert stream.receive_text() == "welcome"


@pytest.mark.parametrize("headers", [{}, {"origin": "http://elsewhere.example"}, {"origin": "null"}, {"origin": ""}])
def test_the_websocket_is_closed_to_other_pages_and_to_programs(headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect), client("good").websocket_connect("/_stcore/stream", headers=headers):
        pass


def test_there_is_no_other_websocket() -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client("good").websocket_connect("/_stcore/agent/stream", headers={"origin": HERE}),
    ):
        pass
