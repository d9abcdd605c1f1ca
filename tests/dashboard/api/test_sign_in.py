"""Tokens of programs: got by a password, renewed one after the other, and worthless as soon as the session ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.records import Role
from prepaid.sessions import SessionEnd
from sql import sessions
from sql.connection import Database
from sql.sessions import SignedIn
from sql.tables import events, refresh_tokens, users
from sql.tables import sessions as session_rows
from tests.dashboard.api.calls import Calls, problem
from tests.people import PASSWORD


def login(calls: Calls, user_name: str = "erp") -> dict[str, Any]:
    """The tokens of a program of an admin."""
    calls.people.add(user_name, Role.ADMIN, site_id=calls.house.site_id)
    return tokens_of(calls, user_name)


def tokens_of(calls: Calls, user_name: str) -> dict[str, Any]:
    answer = calls.post("/api/auth/login", None, {"user_name": user_name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_a_password_opens_a_session_whose_token_is_served(calls: Calls) -> None:
    tokens = login(calls)

    answer = calls.client.get("/api/admin/users", headers=bearer(tokens))

    assert answer.status_code == 200
    assert (tokens["token_type"], tokens["expires_in_s"], tokens["role"]) == ("Bearer", 900, "admin")
    assert tokens["session_ends_at"] == "2026-02-04T08:00:00Z"
    assert tokens["must_change_password"] is False


def test_the_answer_to_a_wrong_password_and_to_an_unknown_name_is_the_same(calls: Calls) -> None:
    calls.people.add("erp")

    wrong = calls.post("/api/auth/login", None, {"user_name": "erp", "password": "something else"})
    unknown = calls.post("/api/auth/login", None, {"user_name": "nobody", "password": "something else"})

    assert problem(wrong, 401, "sign-in-failed") == problem(unknown, 401, "sign-in-failed")
    assert wrong.headers["www-authenticate"].startswith("Bearer ")


def test_who_fails_too_often_must_wait(calls: Calls) -> None:
    calls.people.add("erp")
    wrong = {"user_name": "erp", "password": "something else"}
    for _try in range(5):
        problem(calls.post("/api/auth/login", None, wrong), 401, "sign-in-failed")

    throttled = calls.post("/api/auth/login", None, {"user_name": "erp", "password": PASSWORD})

    problem(throttled, 429, "sign-in-throttled")
    assert int(throttled.headers["retry-after"]) >= 1


def test_a_newcomer_is_told_to_change_the_password_first(calls: Calls) -> None:
    calls.people.add("new", Role.ADMIN, must_change_password=True)

    tokens = tokens_of(calls, "new")
    refused = calls.post("/api/auth/refresh", None, {"refresh_token": tokens["refresh_token"]})

    assert tokens["must_change_password"] is True
    problem(calls.client.get("/api/admin/users", headers=bearer(tokens)), 403, "password-must-change")
    problem(refused, 403, "password-must-change")


def test_a_refresh_token_is_exchanged_for_two_new_ones(calls: Calls) -> None:
    first = login(calls)
    calls.clock.advance(16 * 60)
    problem(calls.client.get("/api/admin/users", headers=bearer(first)), 401, "token-expired")

    second = calls.post("/api/auth/refresh", None, {"refresh_token": first["refresh_token"]}).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert second["session_ends_at"] == first["session_ends_at"]
    assert calls.client.get("/api/admin/users", headers=bearer(second)).status_code == 200


def test_a_refresh_token_that_comes_again_ends_the_session_for_thief_and_owner(calls: Calls) -> None:
    first = login(calls)
    second = calls.post("/api/auth/refresh", None, {"refresh_token": first["refresh_token"]}).json()

    again = calls.post("/api/auth/refresh", None, {"refresh_token": first["refresh_token"]})

    problem(again, 401, "token-reused")
    problem(calls.post("/api/auth/refresh", None, {"refresh_token": second["refresh_token"]}), 401, "session-ended")
    problem(calls.client.get("/api/admin/users", headers=bearer(second)), 401, "session-ended")
    assert last_event(calls.database) == ("session.token_reused", "user:erp")


def test_a_token_that_nobody_gave_is_refused(calls: Calls) -> None:
    login(calls)

    problem(calls.post("/api/auth/refresh", None, {"refresh_token": "A" * 43}), 401, "token-invalid")


def test_the_database_knows_no_token(calls: Calls) -> None:
    tokens = login(calls)

    with calls.database.reading() as conn:
        kept = [
            *conn.scalars(sa.select(refresh_tokens.c.token_hash)),
            *conn.scalars(sa.select(session_rows.c.token_hash)),
        ]

    assert tokens["refresh_token"] not in kept
    assert {len(each) for each in kept} == {64}


def sign_out(calls: Calls, person: SignedIn) -> None:
    assert calls.post("/api/auth/logout", person).status_code == 204


def change_the_password(calls: Calls, person: SignedIn) -> None:
    calls.people.change_password(person, PASSWORD, "green kettle hums along")


def change_the_role(calls: Calls, person: SignedIn) -> None:
    _update(calls, person, role=Role.CASHIER, session_version=2)


def lock(calls: Calls, person: SignedIn) -> None:
    _update(calls, person, locked_at=calls.clock.now())


def wait_for_its_end(calls: Calls, _person: SignedIn) -> None:
    calls.clock.advance(timedelta(days=31).total_seconds())


def end_it_from_elsewhere(calls: Calls, person: SignedIn) -> None:
    sessions.end(calls.database, person.session_id, SessionEnd.SIGNED_OUT_ELSEWHERE)


@pytest.mark.parametrize(
    "ending", [sign_out, change_the_password, change_the_role, lock, wait_for_its_end, end_it_from_elsewhere]
)
def test_whatever_ends_the_session_ends_its_tokens_at_once(
    calls: Calls, ending: Callable[[Calls, SignedIn], None]
) -> None:
    tokens = login(calls)
    person = _holder(calls, tokens)
    assert calls.get("/api/admin/users", person).status_code == 200

    ending(calls, person)

    problem(calls.get("/api/admin/users", person), 401, "session-ended")  # a fresh access token of the old session
    problem(calls.post("/api/auth/refresh", None, {"refresh_token": tokens["refresh_token"]}), 401, "session-ended")


def test_a_program_that_calls_stays_signed_in_and_one_that_is_silent_does_not(calls: Calls) -> None:
    busy, idle = calls.person(Role.ADMIN), calls.person(Role.ADMIN)

    for _day in range(15):
        calls.clock.advance(timedelta(days=1).total_seconds())
        assert calls.get("/api/admin/users", busy, limit=1).status_code == 200

    problem(calls.get("/api/admin/users", idle), 401, "session-ended")


def last_event(database: Database) -> tuple[str, str]:
    with database.reading() as conn:
        row = conn.execute(sa.select(events.c.action, events.c.actor).order_by(events.c.event_no.desc())).first()
    assert row is not None
    return row.action, row.actor


def _holder(calls: Calls, tokens: dict[str, Any]) -> SignedIn:
    with calls.database.reading() as conn:
        session_id = conn.scalar(
            sa.select(sa.func.max(session_rows.c.id)).where(session_rows.c.user_id == tokens["user_id"])
        )
    person = calls.people.found_by_id(session_id)
    assert person is not None
    return person


def _update(calls: Calls, person: SignedIn, **values: object) -> None:
    with calls.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == person.user_id).values(values))
