"""Own sessions: everybody sees where they are signed in, and ends all but the one that asks, nobody else's."""

import pytest
import sqlalchemy as sa

from prepaid.errors.access import PasswordMustChange, SessionEnded
from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.connection import Database
from sql.own_sessions import end_other_sessions, own_sessions
from sql.sessions import SignedIn
from sql.tables import events
from tests.people import People
from tests.sql.statements import listening, on_sql_server


def seen_by(database: Database, who: SignedIn) -> list[tuple[str | None, SessionKind, bool]]:
    with database.reading() as conn:
        found = own_sessions(conn, who, database.now(conn))
    return [(each.agent, each.kind, each.this) for each in found]


def test_all_but_the_session_that_asks_end_at_once(database: Database) -> None:
    people = People(database)
    people.add("sara", Role.MANAGER)
    people.add("omar", Role.MANAGER)
    phone = people.sign_in("sara", agent="phone")
    program = people.sign_in("sara", agent="till", kind=SessionKind.API)
    desk = people.sign_in("sara", agent="desk")
    other = people.sign_in("omar")

    before = seen_by(database, desk.signed_in)
    ended = end_other_sessions(database, desk.signed_in)
    again = end_other_sessions(database, desk.signed_in)

    assert sorted(before) == [
        ("desk", SessionKind.BROWSER, True),
        ("phone", SessionKind.BROWSER, False),
        ("till", SessionKind.API, False),
    ]
    assert (ended, again) == (2, 0)
    assert seen_by(database, desk.signed_in) == [("desk", SessionKind.BROWSER, True)]
    assert people.found(phone.token) is None
    assert people.found_by_id(program.signed_in.session_id) is None
    assert people.found(other.token) is not None
    with database.reading() as conn:
        told = conn.execute(sa.select(events).where(events.c.action == "session.others_ended")).one()
    assert (told.actor, told.after["sessions"]) == ("user:sara", 2)


def test_a_session_that_has_ended_ends_no_others(database: Database) -> None:
    people = People(database)
    people.add("sara")
    phone, desk = people.sign_in("sara"), people.sign_in("sara")
    end_other_sessions(database, desk.signed_in)

    with pytest.raises(SessionEnded):
        end_other_sessions(database, phone.signed_in)
    assert people.found(desk.token) is not None


def test_who_must_choose_a_password_first_sees_no_sessions(database: Database) -> None:
    people = People(database)
    people.add("sara", must_change_password=True)
    opened = people.sign_in("sara")

    with pytest.raises(PasswordMustChange):
        seen_by(database, opened.signed_in)
    with pytest.raises(PasswordMustChange):
        end_other_sessions(database, opened.signed_in)


def test_the_statements_are_written_for_sql_server_too(database: Database) -> None:
    people = People(database)
    people.add("sara")
    opened = people.sign_in("sara")

    with listening(database) as heard:
        seen_by(database, opened.signed_in)
        end_other_sessions(database, opened.signed_in)

    assert all(on_sql_server(statement) for statement in heard.values())
