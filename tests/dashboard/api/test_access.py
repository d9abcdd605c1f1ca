"""Every route x everybody: who is served, who is told to sign in, who is told that it is not allowed.

A route without a row here fails `test_every_route_has_its_row`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx2
import jwt
import pytest
from fastapi.routing import iter_route_contexts

from dashboard.api.main import api
from prepaid.records import Role
from prepaid.sessions import SessionEnd
from sql import sessions
from sql.sessions import SignedIn
from tests.dashboard.api.calls import SECRET, TOKENS, Calls, problem

ADMIN, CASHIER, MANAGER, TENANT = Role.ADMIN, Role.CASHIER, Role.MANAGER, Role.TENANT


class Row(NamedTuple):
    """One route: the roles that it serves (None: anybody, without a token), and a request that fits."""

    method: str
    path: str
    serves: tuple[Role, ...] | None
    body: Mapping[str, Any] | None = None
    status: int = 200


ROWS = (
    Row("GET", "/openapi.json", None),
    Row("GET", "/health", None),
    Row("POST", "/auth/login", None, {"user_name": "nobody", "password": "nothing"}, status=401),
    Row("POST", "/auth/refresh", None, {"refresh_token": "x" * 43}, status=401),
    Row("POST", "/auth/logout", (ADMIN, CASHIER, MANAGER, TENANT), status=204),
    Row("GET", "/admin/dashboard", (ADMIN, MANAGER)),
    Row("GET", "/admin/events", (ADMIN, MANAGER)),
    Row("GET", "/admin/users", (ADMIN, MANAGER, CASHIER)),
    Row("POST", "/admin/users/{user_id}/recharge", (ADMIN, CASHIER), {"amount": "25", "currency": "IQD"}),
    Row("GET", "/user/dashboard", (TENANT,)),
    Row("GET", "/user/alerts", (TENANT,)),
)
GUARDED = [row for row in ROWS if row.serves is not None]
NAMES = [f"{row.method} {row.path}" for row in GUARDED]

Forged = Callable[[Calls, SignedIn], str]


def garbage(_calls: Calls, _person: SignedIn) -> str:
    return "not.a.token"


def expired(calls: Calls, person: SignedIn) -> str:
    token = TOKENS.issue(person.user_id, person.session_id, calls.clock.now())
    calls.clock.advance(15 * 60 + 6)
    return token


def from_the_future(calls: Calls, person: SignedIn) -> str:
    token = TOKENS.issue(person.user_id, person.session_id, calls.clock.now())
    calls.clock.step(-60)
    return token


def tampered(calls: Calls, person: SignedIn) -> str:
    """Says another session, under the old signature."""
    head, _facts, signature = _good(calls, person).split(".")
    other = TOKENS.issue(person.user_id, person.session_id + 1, calls.clock.now()).split(".")[1]
    return f"{head}.{other}.{signature}"


def unsigned(calls: Calls, person: SignedIn) -> str:
    return jwt.encode(_facts(calls, person), "", algorithm="none")


def of_another_secret(calls: Calls, person: SignedIn) -> str:
    return jwt.encode(_facts(calls, person), SECRET[::-1], algorithm="HS256")


def of_another_algorithm(calls: Calls, person: SignedIn) -> str:
    return jwt.encode(_facts(calls, person), SECRET, algorithm="HS512")


def for_another_audience(calls: Calls, person: SignedIn) -> str:
    return jwt.encode({**_facts(calls, person), "aud": "somebody else"}, SECRET, algorithm="HS256")


def without_a_session(calls: Calls, person: SignedIn) -> str:
    facts = {name: value for name, value in _facts(calls, person).items() if name != "sid"}
    return jwt.encode(facts, SECRET, algorithm="HS256")


def of_another_user(calls: Calls, person: SignedIn) -> str:
    return TOKENS.issue(person.user_id + 1, person.session_id, calls.clock.now())


def of_an_ended_session(calls: Calls, person: SignedIn) -> str:
    sessions.end(calls.database, person.session_id, SessionEnd.SIGNED_OUT)
    return _good(calls, person)


FORGED: Mapping[Forged, str] = {
    garbage: "token-invalid",
    expired: "token-expired",
    from_the_future: "token-invalid",
    tampered: "token-invalid",
    unsigned: "token-invalid",
    of_another_secret: "token-invalid",
    of_another_algorithm: "token-invalid",
    for_another_audience: "token-invalid",
    without_a_session: "token-invalid",
    of_another_user: "token-invalid",
    of_an_ended_session: "session-ended",
}


@pytest.fixture
def calls(same_calls: Calls) -> Calls:
    return same_calls


def test_every_route_has_its_row() -> None:
    served = {(method, each.path) for each in iter_route_contexts(api.routes) for method in each.methods or ()}

    assert served - {("HEAD", "/openapi.json")} == {(row.method, row.path) for row in ROWS}


@pytest.mark.parametrize("row", GUARDED, ids=NAMES)
def test_nobody_is_served_without_a_good_token(calls: Calls, row: Row) -> None:
    missing = ask(calls, row, {})

    problem(missing, 401, "token-missing")
    assert missing.headers["www-authenticate"].startswith("Bearer ")
    for forge, slug in FORGED.items():
        person = one_of(calls, row.serves[0]) if row.serves else None
        assert person is not None
        refused = ask(calls, row, {"Authorization": f"Bearer {forge(calls, person)}"})
        problem(refused, 401, slug)
        assert 'error="invalid_token"' in refused.headers["www-authenticate"], forge.__name__


@pytest.mark.parametrize("row", GUARDED, ids=NAMES)
def test_every_role_is_served_what_is_its_own_and_nothing_else(calls: Calls, row: Row) -> None:
    for role in Role:
        answer = ask(calls, row, calls.bearer(one_of(calls, role)))

        if role in (row.serves or ()):
            assert answer.status_code == row.status, f"{role}: {answer.text}"
        else:
            problem(answer, 403, "not-allowed")


def test_the_gate_comes_before_anything_of_the_request_is_looked_at(calls: Calls) -> None:
    persons = {role: one_of(calls, role) for role in Role}

    for row in GUARDED:
        unfit = row._replace(path=f"{row.path}?surprise=1", body=None if row.body is None else {"amount": []})
        problem(ask(calls, unfit, {}), 401, "token-missing")
        for role in set(Role) - set(row.serves or ()):
            problem(ask(calls, unfit, calls.bearer(persons[role])), 403, "not-allowed")


@pytest.mark.parametrize("row", GUARDED, ids=NAMES)
def test_who_must_change_the_password_can_only_leave(calls: Calls, row: Row) -> None:
    newcomer = calls.person(Role.ADMIN, site_id=None, must_change_password=True)

    answer = ask(calls, row, calls.bearer(newcomer))

    if row.path == "/auth/logout":
        assert answer.status_code == 204
    else:
        problem(answer, 403, "password-must-change")


@pytest.mark.parametrize("row", [row for row in ROWS if row.serves is None], ids=lambda row: row.path)
def test_what_needs_no_token_does_not_care_about_one(calls: Calls, row: Row) -> None:
    of_a_tenant = calls.bearer(calls.tenant(calls.shop))
    tokens: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer garbage"}, of_a_tenant)

    assert {ask(calls, row, headers).status_code for headers in tokens} == {row.status}


def one_of(calls: Calls, role: Role) -> SignedIn:
    return calls.tenant(calls.shop) if role is Role.TENANT else calls.person(role)


def ask(calls: Calls, row: Row, headers: Mapping[str, str]) -> httpx2.Response:
    """The request of the row, to a tenant of the first site where it names a user."""
    path = row.path
    if "{user_id}" in path:
        path = path.format(user_id=calls.tenant(calls.shop).user_id)
    return calls.client.request(
        row.method, f"/api{path}", headers={"Idempotency-Key": "key-of-the-row", **headers}, json=row.body
    )


def _good(calls: Calls, person: SignedIn) -> str:
    return TOKENS.issue(person.user_id, person.session_id, calls.clock.now())


def _facts(calls: Calls, person: SignedIn) -> dict[str, Any]:
    facts: dict[str, Any] = jwt.decode(_good(calls, person), options={"verify_signature": False})
    return facts
