"""How often a caller may call: per address before signing in, per session afterwards, less often to sell."""

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from prepaid.records import Role
from sql import rate_limits
from tests.dashboard.api.calls import Calls, problem


def wind(calls: Calls, hits: int, subject: str) -> None:
    """As if the caller had called so often in this minute."""

    rate_limits.hit(calls.database, subject, timedelta(seconds=60), hits)


def test_every_answer_tells_how_many_calls_are_left(calls: Calls) -> None:
    admin = calls.person(Role.ADMIN)

    first, second = (calls.get("/api/admin/users", admin) for _call in range(2))
    calls.clock.advance(59)
    third = calls.get("/api/user/alerts", admin)

    assert limits(first) == (120, 119, 60)
    assert limits(second) == (120, 118, 60)
    assert limits(third) == (120, 117, 1)
    assert third.status_code == 403


def test_a_session_that_calls_too_often_waits_and_others_do_not(calls: Calls) -> None:
    busy, calm = calls.person(Role.ADMIN), calls.person(Role.ADMIN)
    wind(calls, 120, f"LIMITER/requests/{busy.session_id}/120/1/minute")

    refused = calls.get("/api/admin/users", busy)

    problem(refused, 429, "too-many-requests")
    assert refused.headers["retry-after"] == "60"
    assert limits(refused) == (120, 0, 60)
    assert calls.get("/api/admin/users", calm).status_code == 200
    calls.clock.advance(60)
    assert calls.get("/api/admin/users", busy).status_code == 200


def test_selling_has_a_limit_of_its_own(calls: Calls) -> None:
    cashier, buyer = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    wind(calls, 29, f"LIMITER/recharges/{cashier.session_id}/30/1/minute")
    assert calls.recharge(cashier, buyer, key="the-thirtieth").status_code == 200

    refused = calls.recharge(cashier, buyer, key="key-one-too-many")

    problem(refused, 429, "too-many-requests")
    assert calls.get("/api/admin/users", cashier).json()["items"][0]["accounts"][0]["balance"] == "125"


def test_signing_in_is_limited_by_address_before_any_password_is_looked_at(calls: Calls) -> None:
    wind(calls, 10, "LIMITER/login/unknown/10/1/minute")

    refused = calls.post("/api/auth/login", None, {"user_name": "nobody", "password": "x"})

    problem(refused, 429, "too-many-requests")
    assert calls.people.hasher.verified == 0


def test_an_address_of_ipv6_is_limited_with_all_that_its_customer_has(calls: Calls) -> None:
    wind(calls, 10, "LIMITER/login/2001:db8:1:2::/10/1/minute")
    elsewhere = {"2001:db8:1:2::7": 429, "2001:db8:1:2:ffff::1": 429, "2001:db8:1:3::7": 401}

    for address, status in elsewhere.items():
        client = TestClient(calls.client.app, client=(address, 4711))
        answer = client.post("/api/auth/login", json={"user_name": "nobody", "password": "x"})
        assert answer.status_code == status, address


def test_a_flood_beyond_the_limit_writes_nothing(calls: Calls) -> None:
    wind(calls, 10, "LIMITER/login/unknown/10/1/minute")
    stranger = {"user_name": "nobody", "password": "x"}

    with calls.database.writing():
        refused = calls.post("/api/auth/login", None, stranger)

    problem(refused, 429, "too-many-requests")
    assert limits(refused) == (10, 0, 60)


def test_who_is_limited_can_still_sign_out(calls: Calls) -> None:
    busy = calls.person(Role.ADMIN)
    wind(calls, 500, f"LIMITER/requests/{busy.session_id}/120/1/minute")

    assert calls.post("/api/auth/logout", busy).status_code == 204


def limits(answer: Any) -> tuple[int, ...]:
    return tuple(int(answer.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))
