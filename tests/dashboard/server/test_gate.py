"""Tests of dashboard.server.gate."""

from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.server.asked import MOST_BYTES, PASSED_ON
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
        with suppress(WebSocketDisconnect):
            async for sent in websocket.iter_bytes():
                await websocket.send_bytes(sent)

    pages = Route("/{path:path}", everything, methods=["GET", "PUT"])
    behind = Starlette(routes=[WebSocketRoute("/{path:path}", stream), pages])
    cookies = {name or own_name(): token} if token else None
    gate = Gate(behind, known=lambda given: given in ("good", "best"), may_upload=lambda given: given == "best")
    return TestClient(gate, base_url=HERE, cookies=cookies)


@pytest.mark.parametrize(
    "path", ["/", "/overview", "/static/js/index.js", "/app/static/icon.svg", "/_stcore/health", "/_stcore/host-config"]
)
def test_the_sign_in_page_and_what_it_needs_are_open_to_everybody(path: str) -> None:
    assert client().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/media/abc.csv", "/component/x"])
@pytest.mark.parametrize(("token", "status"), [(None, 401), ("made up", 401), ("good", 200)])
def test_what_was_made_for_a_viewer_needs_a_session(path: str, token: str | None, status: int) -> None:
    assert client(token).get(path).status_code == status


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("made up", 401), ("good", 403), ("best", 200)])
def test_a_file_may_only_come_from_who_may_import_one(token: str | None, status: int) -> None:
    assert client(token).put("/_stcore/upload_file/1/2", content=b"x").status_code == status


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


@pytest.mark.parametrize("kind", [field.name for field in BackMsg.DESCRIPTOR.fields if field.name not in PASSED_ON])
def test_what_no_page_asks_is_passed_on_for_nobody(kind: str) -> None:
    heartbeat, asked = BackMsg(app_heartbeat=True).SerializeToString(), BackMsg()
    setattr(asked, kind, True)

    with client("good").websocket_connect("/_stcore/stream", headers={"origin": HERE}) as stream:
        stream.receive_text()
        stream.send_bytes(asked.SerializeToString())
        stream.send_bytes(heartbeat)
        first = stream.receive_bytes()

    assert first == heartbeat


def test_an_address_without_end_is_taken_apart_for_nobody() -> None:
    endless, heartbeat = BackMsg(), BackMsg(app_heartbeat=True).SerializeToString()
    endless.rerun_script.query_string = "a=&" * (MOST_BYTES // 3)

    with client().websocket_connect("/_stcore/stream", headers={"origin": HERE}) as stream:
        stream.receive_text()
        stream.send_bytes(endless.SerializeToString())
        stream.send_bytes(heartbeat)
        first = stream.receive_bytes()

    assert first == heartbeat


@pytest.mark.parametrize("sent", [b"", b"\xff", BackMsg(stop_script=True).SerializeToString()])
def test_what_pages_ask_and_what_is_no_question_arrives_as_it_was_sent(sent: bytes) -> None:
    with client().websocket_connect("/_stcore/stream", headers={"origin": HERE}) as stream:
        stream.receive_text()
        stream.send_bytes(sent)
        assert stream.receive_bytes() == sent


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
