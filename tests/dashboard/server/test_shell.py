"""Tests of dashboard.server.shell, bundles and headers: what every visitor's browser gets."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.server.bundles import Bundles
from dashboard.server.headers import Headers
from dashboard.server.shell import PREFETCHED, STATIC, Shell, shell


def client(*middleware: Any) -> TestClient:
    async def page(request: Request) -> Response:
        if request.url.path.endswith(".txt"):
            return PlainTextResponse("text")
        if "if-none-match" in request.headers:
            return Response(status_code=304)
        return HTMLResponse("<title>Streamlit</title>", headers={"etag": "x"})

    layers = [Middleware(each) for each in middleware]
    return TestClient(Starlette(routes=[Route("/{path:path}", page)], middleware=layers))


def bundle(name: str) -> Path:
    (found,) = (STATIC / "static" / "js").glob(f"{name}.*.js")
    return found


def test_the_shell_bears_our_name_and_nothing_of_the_maker() -> None:
    page = shell().decode()

    assert "<title>Prepaid energy</title>" in page
    assert "/app/static/icon.svg" in page
    assert not re.search("agent|<title>Streamlit", page)


def test_the_shell_asks_no_other_host() -> None:
    assert not re.findall(r"(?:href|src)=\"?(?:https?:)?//", shell().decode())


@pytest.mark.parametrize("name", PREFETCHED)
def test_large_bundles_are_fetched_while_people_sign_in(name: str) -> None:
    assert f'<link rel="prefetch" as="script" crossorigin href="/static/js/{bundle(name).name}">' in shell().decode()


@pytest.mark.parametrize("path", ["/", "/overview", "/analyzers?analyzer=3"])
def test_every_address_of_a_page_gets_the_shell(path: str) -> None:
    answer = client(Shell).get(path, headers={"if-none-match": "x"})

    assert answer.content == shell()
    assert int(answer.headers["content-length"]) == len(shell())
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/docs", "/api/x", "/static/index.html", "/readme.txt"])
def test_what_is_no_page_is_left_alone(path: str) -> None:
    assert client(Shell).get(path).content != shell()


def test_a_head_request_has_the_length_and_no_body() -> None:
    answer = client(Shell).head("/")

    assert int(answer.headers["content-length"]) == len(shell())
    assert answer.content == b""


def test_bundles_come_compressed_and_whole() -> None:
    file = bundle("PlotlyChart")

    answer = client(Bundles).get(f"/static/js/{file.name}", headers={"accept-encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == file.read_bytes()
    assert int(answer.headers["content-length"]) < file.stat().st_size / 2
    assert "immutable" in answer.headers["cache-control"]


def test_who_cannot_unpack_gets_them_plain() -> None:
    answer = client(Bundles).get(f"/static/js/{bundle('Metric').name}", headers={"accept-encoding": "identity"})

    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../config.py",
        "/static/js/none.js",
        "/static/..%2f..%2f__init__.py",
        "/x.js",
        f"/static/js/{'x' * 5_000}.js",
        f"/static/{'x/' * 3_000}a.js",
        "/static/js/%00.js",
    ],
    ids=lambda path: path[:40],
)
def test_no_other_file_is_given_out(path: str) -> None:
    answer = client(Bundles).get(path, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in answer.headers
    assert "<title>Streamlit</title>" in answer.text


def test_every_answer_says_what_a_page_may_load() -> None:
    headers = client(Headers).get("/").headers

    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "unsafe-inline" not in policy["script-src"]
    assert "unsafe-eval" not in policy["script-src"].replace("wasm-unsafe-eval", "")
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"https?:|\*", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in headers


def test_compressed_bytes_are_the_same_at_every_start() -> None:
    answer = client(Bundles).get(f"/static/js/{bundle('Metric').name}", headers={"accept-encoding": "gzip"})

    assert int(answer.headers["content-length"]) == len(gzip.compress(bundle("Metric").read_bytes(), 6, mtime=0))
