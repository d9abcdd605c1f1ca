"""Tests of dashboard.server.cookie and dashboard.server.tickets."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.server.cookie import own_name, routes
from dashboard.server.tickets import GOOD_FOR_S, MOST, Tickets
from prepaid.clock import ManualClock

HERE = "https://testserver"


def server(known: Tickets, base_url: str = HERE) -> TestClient:
    return TestClient(Starlette(routes=[*routes(known)]), base_url=base_url)


def test_a_ticket_becomes_a_cookie_that_no_script_can_read() -> None:
    known = Tickets()
    ticket = known.issue("the token", lasts_s=3600)

    answer = server(known).post("/auth/ticket", json={"ticket": ticket}, headers={"origin": HERE})

    assert answer.status_code == 204
    assert answer.headers["set-cookie"].split("; ") == [
        f'{own_name()}="the token"',
        "HttpOnly",
        "Max-Age=3600",
        "Path=/",
        "SameSite=lax",
        "Secure",
    ]


def test_without_tls_the_cookie_comes_along_without_secure() -> None:
    known = Tickets()
    ticket = known.issue("token", lasts_s=60)

    answer = server(known, "http://testserver").post(
        "/auth/ticket", json={"ticket": ticket}, headers={"origin": "http://testserver"}
    )

    assert "Secure" not in answer.headers["set-cookie"]


def test_a_ticket_works_once() -> None:
    known = Tickets()
    ticket = known.issue("token", lasts_s=60)
    client = server(known)

    first = client.post("/auth/ticket", json={"ticket": ticket}, headers={"origin": HERE})
    second = client.post("/auth/ticket", json={"ticket": ticket}, headers={"origin": HERE})

    assert (first.status_code, second.status_code) == (204, 403)
    assert "set-cookie" not in second.headers


def test_a_ticket_is_good_for_half_a_minute() -> None:
    clock = ManualClock()
    known = Tickets(clock)
    kept, late = known.issue("kept", lasts_s=60), known.issue("late", lasts_s=60)

    clock.advance(GOOD_FOR_S)
    in_time = known.redeem(kept)
    clock.advance(0.1)

    assert in_time == ("kept", 60)
    assert known.redeem(late) is None


def test_tickets_are_bounded_and_the_oldest_goes_first() -> None:
    known = Tickets(ManualClock())
    first = known.issue("first", lasts_s=60)

    others = [known.issue(str(number), lasts_s=60) for number in range(MOST)]

    assert known.redeem(first) is None
    assert known.redeem(others[0]) == ("0", 60)


@pytest.mark.parametrize("origin", [None, "https://elsewhere.example", "null"])
@pytest.mark.parametrize("path", ["/auth/ticket", "/auth/leave"])
def test_pages_of_others_can_neither_set_nor_drop_the_cookie(origin: str | None, path: str) -> None:
    known = Tickets()
    ticket = known.issue("token", lasts_s=60)

    answer = server(known).post(path, json={"ticket": ticket}, headers={"origin": origin} if origin else {})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert known.redeem(ticket) is not None


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"ticket": 7}', b'{"ticket": "' + b"x" * 5000 + b'"}'])
def test_a_body_that_is_no_ticket_is_refused(body: bytes) -> None:
    assert server(Tickets()).post("/auth/ticket", content=body, headers={"origin": HERE}).status_code == 403


def test_leaving_drops_the_cookie() -> None:
    answer = server(Tickets()).post("/auth/leave", headers={"origin": HERE})

    assert answer.status_code == 204
    assert answer.headers["set-cookie"].startswith(f'{own_name()}=""')
    assert "Max-Age=0" in answer.headers["set-cookie"]
