"""Refresh tokens: one use each, however many try at once; the second use ends the session."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from prepaid.errors.access import PasswordMustChange, SessionEnded, TokenInvalid, TokenReused
from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.connection import Database
from sql.refresh_tokens import Refreshed, issue, rotate
from sql.sessions import SignedIn
from sql.tables import events, users
from sql.tables import sessions as session_rows
from tests.people import People
from tests.sql.statements import listening, on_sql_server

ADDRESS = "192.0.2.77"


def program(people: People, **facts: object) -> SignedIn:
    people.add("erp", Role.ADMIN, **facts)
    return people.sign_in("erp", kind=SessionKind.API).signed_in


def test_each_token_has_one_successor(people: People) -> None:
    first = issue(people.database, program(people))

    second = rotate(people.database, first.token, ADDRESS)
    third = rotate(people.database, second.token, ADDRESS)

    assert len({first.token, second.token, third.token}) == 3
    assert third.signed_in.session_id == first.signed_in.session_id
    assert third.ends_at == first.ends_at


def test_of_many_who_use_one_token_at_once_one_wins_and_then_all_are_out(people: People) -> None:
    signed_in = program(people)
    token = issue(people.database, signed_in).token
    others = [Database(people.database.url.render_as_string(), people.database.clock) for _process in range(4)]

    with ThreadPoolExecutor(len(others)) as pool:
        results = list(pool.map(lambda other: outcome(other, token), others))

    assert sum(isinstance(result, Refreshed) for result in results) == 1
    assert {type(result) for result in results} <= {Refreshed, TokenReused, SessionEnded}
    assert people.found_by_id(signed_in.session_id) is None
    for other in others:
        other.close()


def test_the_second_use_is_recorded_with_where_it_came_from(people: People) -> None:
    signed_in = program(people)
    token = issue(people.database, signed_in).token
    newest = rotate(people.database, token, ADDRESS)

    with pytest.raises(TokenReused):
        rotate(people.database, token, ADDRESS)

    with pytest.raises(SessionEnded):
        rotate(people.database, newest.token, ADDRESS)
    with people.database.reading() as conn:
        why = conn.scalar(sa.select(session_rows.c.ended_why).where(session_rows.c.id == signed_in.session_id))
        after = conn.scalar(sa.select(events.c.after).where(events.c.action == "session.token_reused"))
    assert why == "reuse"
    assert after == {"session_id": signed_in.session_id, "address": ADDRESS}


def test_a_token_of_nobody_and_one_of_an_ended_session(people: People) -> None:
    signed_in = program(people)
    token = issue(people.database, signed_in).token
    with people.database.writing() as conn:
        conn.execute(users.update().values(locked_at=people.database.now(conn)))

    with pytest.raises(TokenInvalid):
        rotate(people.database, "A" * 43, ADDRESS)
    with pytest.raises(SessionEnded):
        rotate(people.database, token, ADDRESS)
    with pytest.raises(SessionEnded):
        issue(people.database, signed_in)


def test_who_must_change_the_password_keeps_the_token_for_later(people: People) -> None:
    token = issue(people.database, program(people, must_change_password=True)).token

    with pytest.raises(PasswordMustChange):
        rotate(people.database, token, ADDRESS)
    with people.database.writing() as conn:
        conn.execute(users.update().values(must_change_password=False))

    assert rotate(people.database, token, ADDRESS).signed_in.user_name == "erp"


def test_the_statements_are_known_to_sql_server(people: People) -> None:
    token = issue(people.database, program(people)).token

    with listening(people.database) as heard:
        rotate(people.database, token, ADDRESS)

    assert [on_sql_server(statement).split()[0] for statement in heard.values()].count("UPDATE") == 1


def outcome(database: Database, token: str) -> Refreshed | Exception:
    try:
        return rotate(database, token, ADDRESS)
    except (TokenReused, SessionEnded) as error:
        return error
