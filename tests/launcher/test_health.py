"""Health: a page that says "ok", or an answered line and open ports; everything else is not well."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from launcher.health import LineProbe, PageProbe
from tests.launcher.site import free_ports


@contextmanager
def page(body: bytes) -> Iterator[int]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def line_server(answer: bytes) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                if connection.recv(100) == b"help\n":
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_page_that_says_ok_is_well_and_gives_its_facts() -> None:
    with page(b'{"state": "ok", "passes": 7}') as port:
        health = PageProbe(port=port).ask()

    assert health.well
    assert health.word == "ok"
    assert health.facts["passes"] == 7


@pytest.mark.parametrize("state", ["standing_by", "loading"])
def test_an_enforcer_that_stands_by_or_loads_what_waited_is_well(state: str) -> None:
    with page(json.dumps({"state": state}).encode()) as port:
        health = PageProbe(port=port).ask()

    assert (health.well, health.word) == (True, state)


def test_a_page_with_another_state_is_not_well_and_says_which() -> None:
    with page(b'{"state": "starting"}') as port:
        health = PageProbe(port=port).ask()

    assert not health.well
    assert health.word == "starting"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"passes": 1}', b"\xff\xfe"])
def test_a_page_that_is_something_else_is_not_well(body: bytes) -> None:
    with page(body) as port:
        health = PageProbe(port=port).ask()

    assert not health.well


def test_nobody_there_is_not_well() -> None:
    (port,) = free_ports(1)

    assert not PageProbe(port=port).ask().well
    assert not LineProbe(port=port).ask().well


def test_an_answered_line_is_well() -> None:
    with line_server(b"commands: ...\n") as port:
        assert LineProbe(port=port).ask().well


def test_a_line_without_answer_is_not_well() -> None:
    with line_server(b"") as port:
        assert not LineProbe(port=port).ask().well


def test_a_closed_port_among_the_others_is_not_well() -> None:
    (closed,) = free_ports(1)

    with line_server(b"commands: ...\n") as port:
        assert not LineProbe(port=port, also_open=(closed,)).ask().well
