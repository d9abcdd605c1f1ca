"""Tests of dashboard.server.forwarded: a proxy that hides who comes is told of in the log."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.server.forwarded import Forwarded
from documents.logs import configure


def lines_after(folder: Path, *requests: dict[str, str]) -> list[str]:
    async def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    take_back = configure("dashboard", folder=folder)
    client = TestClient(Forwarded(Starlette(routes=[Route("/", page)])))
    answers = [client.get("/", headers=headers).text for headers in requests]
    take_back()
    assert set(answers) == {"here"}
    lines = (folder / "dashboard.log").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if "proxy." in line]


def test_a_proxy_that_hides_addresses_is_told_of_once(tmp_path: Path) -> None:
    (line,) = lines_after(tmp_path, {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Proto": "https"})

    assert "proxy.hides_addresses" in line
    assert "X-Forwarded-For" in line


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}])
def test_who_comes_straight_and_who_is_named_is_no_news(tmp_path: Path, headers: dict[str, str]) -> None:
    assert lines_after(tmp_path, headers) == []
