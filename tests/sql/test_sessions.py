"""Sessions: opened by the right password only, looked up by their token, and over in time."""

import hashlib
from datetime import timedelta
from typing import Literal

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from prepaid.access import Right, Viewer
from prepaid.clock import ManualClock
from prepaid.errors.access import (
    SignInFailed,
)
from prepaid.records import Role
from prepaid.sessions import PROGRAM, STAFF, TENANT, Lengths, SessionEnd, SessionKind
from sql import check
from sql.passwords import verify_password
from sql.session_rows import KEPT_AFTER_THE_END, LONGEST_ADDRESS, LONGEST_AGENT, MOST_OPEN
from sql.sessions import end, touch
from sql.tables import refresh_tokens, sessions, tenants, users
from tests.building import MORNING, Building
from tests.people import ADDRESS, PASSWORD, CountingHasher, People
from tests.sql.seen_sessions import opened_as, told, why_ended
from tests.sql.statements import counting, listening, on_sql_server

NEW_PASSWORD = "seven green ladders"
MOMENT = timedelta(milliseconds=1)


def test_a_right_password_opens_a_session_whose_token_only_its_holder_has(people: People) -> None:
    sara = people.add("sara")

    opened = people.sign_in(" SARA ")

    assert people.found(opened.token) == opened.signed_in
    assert opened.signed_in.viewer == Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
    assert (opened.signed_in.actor, opened.signed_in.user_id, opened.signed_in.address) == ("user:sara", sara, ADDRESS)
    assert people.user(sara).signed_in_at == MORNING
    with people.database.reading() as conn:
        row = conn.execute(sa.select(sessions)).one()
    assert row.token_hash == hashlib.sha256(opened.token.encode()).hexdigest()
    assert len(opened.token) >= 256 // 6
    assert opened.token not in str(row)


def test_signing_in_and_out_is_told_to_the_audit_without_a_password(people: People) -> None:
    sara = people.add("sara")

    opened = people.sign_in("sara")
    with pytest.raises(SignInFailed):
        people.sign_in("sara", "wrong " + PASSWORD)
    end(people.database, opened.signed_in.session_id)
    end(people.database, opened.signed_in.session_id)

    assert [(each.action, each.actor, each.subject) for each in told(people)] == [
        ("session.opened", "user:sara", f"user:{sara}"),
        ("session.refused", f"address:{ADDRESS}", f"user:{sara}"),
        ("session.ended", "user:sara", f"user:{sara}"),
    ]
    assert told(people)[2].after == {
        "session": opened.signed_in.session_id,
        "kind": "browser",
        "address": ADDRESS,
        "why": "signed_out",
    }
    assert PASSWORD not in str(told(people))
    assert check.check(people.database, everything=True) == []


def test_a_users_viewer_is_made_of_the_database_each_time(people: People) -> None:
    building = Building(people.database)
    bakery = building.tenant("Bakery")
    people.add("bakery", Role.TENANT, tenant_id=bakery.tenant_id, must_change_password=True)
    people.add("cashier", Role.CASHIER, site_id=building.site_id, tenant_id=bakery.tenant_id)

    tenant, cashier = people.sign_in("bakery").signed_in, people.sign_in("cashier").signed_in

    assert tenant.viewer == Viewer(
        role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id, must_change_password=True
    )
    assert cashier.viewer == Viewer(role=Role.CASHIER, site_id=building.site_id, tenant_id=None)
    assert not tenant.viewer.may(Right.SEE_OWN)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("sara", "Blue kettle sings"),
        ("sara", ""),
        ("sara", "x" * 10_000),
        ("sara", "\ud800 half a letter"),
        ("", ""),
        ("sar", PASSWORD),
        ("sara\x00", PASSWORD),
        ("sa\u200bra", PASSWORD),
        ("\udfff", PASSWORD),
        ("s" * 100_000, PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_anything_else_is_one_and_the_same_refusal(people: People, name: str, password: str) -> None:
    people.add("sara")

    with pytest.raises(SignInFailed) as refused:
        people.sign_in(name, password)

    assert str(refused.value) == str(SignInFailed())


def test_a_name_in_any_script_signs_in(people: People) -> None:
    people.add("zoë")
    people.add("سارة")

    assert people.sign_in("ZOE\u0308").signed_in.user_name == "zoë"
    assert people.sign_in("سارة").signed_in.actor == "user:سارة"


def test_who_is_locked_or_has_left_is_refused_like_a_stranger(people: People) -> None:
    bakery = Building(people.database).tenant("Bakery")
    people.add("gone", locked_at=MORNING)
    people.add("left", Role.TENANT, tenant_id=bakery.tenant_id)
    with people.database.writing() as conn:
        conn.execute(tenants.update().values(left_at=MORNING))

    for name in ("gone", "left"):
        with pytest.raises(SignInFailed):
            people.sign_in(name)

    assert why_ended(people) == []
    assert [each.action for each in told(people)] == ["session.refused"]


def test_who_is_locked_while_the_password_is_verified_stays_out(people: People) -> None:
    sara = people.add("sara")

    class SlowHasher(CountingHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            with people.database.writing() as conn:
                conn.execute(users.update().values(locked_at=MORNING))
            return super().verify(hash, password)

    people.hasher = SlowHasher()
    with pytest.raises(SignInFailed):
        people.sign_in("sara")

    assert why_ended(people) == []
    assert people.user(sara).signed_in_at is None


def test_a_hash_of_older_parameters_is_made_anew(people: People) -> None:
    older = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    sara = people.add("sara", password_hash=older)

    opened = people.sign_in("sara")

    assert people.found(opened.token)
    assert people.user(sara).password_hash != older
    assert verify_password(people.user(sara).password_hash, PASSWORD, people.hasher) == (True, False)


def test_what_a_browser_says_about_itself_is_cut_to_what_is_kept(people: People) -> None:
    people.add("sara")

    opened = people.sign_in("sara", address="é" + "1" * 99, agent="\x1b[31m" + "a" * 10_000)

    with people.database.reading() as conn:
        row = conn.execute(sa.select(sessions.c.address, sessions.c.agent)).one()
    assert (row.address, row.agent) == ("1" * LONGEST_ADDRESS, ("[31m" + "a" * 10_000)[:LONGEST_AGENT])
    assert opened.signed_in.address == row.address


def test_the_oldest_of_too_many_sessions_are_ended(people: People, clock: ManualClock) -> None:
    people.add("sara")
    people.add("omar")
    omars = people.sign_in("omar")
    opened = []

    for _ in range(MOST_OPEN + 2):
        clock.advance(1)
        opened.append(people.sign_in("sara"))

    assert [people.found(each.token) is None for each in opened] == [True] * 2 + [False] * MOST_OPEN
    assert why_ended(people)[1:3] == [SessionEnd.TOO_MANY] * 2
    assert people.found(omars.token)


def test_sessions_long_over_are_removed_with_their_tokens(people: People, clock: ManualClock) -> None:
    people.add("sara")
    old = people.sign_in("sara").signed_in
    with people.database.writing() as conn:
        conn.execute(
            refresh_tokens.insert().values(
                session_id=old.session_id, token_hash="x", issued_at=MORNING, ends_at=MORNING
            )
        )

    clock.advance((STAFF.whole + KEPT_AFTER_THE_END).total_seconds())
    people.sign_in("sara")
    kept = len(why_ended(people))
    clock.advance(1)
    people.sign_in("sara")

    assert (kept, len(why_ended(people))) == (2, 2)
    with people.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(refresh_tokens)) == 0


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_any_other_token_opens_nothing(people: People, token: str) -> None:
    people.add("sara")
    people.sign_in("sara")

    assert people.found(token) is None
    assert people.found_by_id(2) is None


def test_a_session_is_looked_up_by_one_statement(people: People) -> None:
    people.add("sara")
    token = people.sign_in("sara").token

    with counting(people.database) as statements:
        people.found(token)

    assert len(statements) == 1


def test_a_programs_session_is_no_browsers(people: People) -> None:
    people.add("erp", Role.CASHIER)

    opened = people.sign_in("erp", kind=SessionKind.API)

    assert people.found(opened.token) is None
    assert people.found_by_id(opened.signed_in.session_id) == opened.signed_in


LENGTHS = [
    (Role.ADMIN, SessionKind.BROWSER, STAFF),
    (Role.TENANT, SessionKind.BROWSER, TENANT),
    (Role.ADMIN, SessionKind.API, PROGRAM),
]


@pytest.mark.parametrize(("role", "kind", "lengths"), LENGTHS)
def test_a_session_nobody_uses_ends_idle(
    people: People, clock: ManualClock, role: Role, kind: SessionKind, lengths: Lengths
) -> None:
    number = opened_as(people, role, kind).signed_in.session_id

    clock.advance((lengths.idle - MOMENT).total_seconds())
    before = people.found_by_id(number)
    clock.advance(MOMENT.total_seconds())

    assert before is not None
    assert people.found_by_id(number) is None


@pytest.mark.parametrize(("role", "kind", "lengths"), LENGTHS)
def test_a_session_in_use_ends_at_its_absolute_end(
    people: People, clock: ManualClock, role: Role, kind: SessionKind, lengths: Lengths
) -> None:
    found = opened_as(people, role, kind).signed_in
    step = (lengths.idle - timedelta(minutes=1)).total_seconds()

    while clock.now() + timedelta(seconds=step) < MORNING + lengths.whole:
        clock.advance(step)
        touch(people.database, found)
        again = people.found_by_id(found.session_id)
        assert again is not None
        found = again
    clock.advance((MORNING + lengths.whole - clock.now() - MOMENT).total_seconds())
    touch(people.database, found)
    before = people.found_by_id(found.session_id)
    clock.advance(MOMENT.total_seconds())

    assert before is not None
    assert people.found_by_id(found.session_id) is None


def test_neither_end_is_put_off_by_the_other(people: People, clock: ManualClock) -> None:
    people.add("sara")
    opened = people.sign_in("sara")
    late = MORNING + timedelta(days=1)

    with people.database.writing() as conn:
        conn.execute(sessions.update().values(idle_ends_at=late))
    clock.advance((STAFF.whole - MOMENT).total_seconds())
    touch(people.database, opened.signed_in)
    with people.database.reading() as conn:
        ends = conn.execute(sa.select(sessions.c.idle_ends_at, sessions.c.ends_at)).one()
    with people.database.writing() as conn:
        conn.execute(sessions.update().values(idle_ends_at=late))
    clock.advance(MOMENT.total_seconds())

    assert ends.idle_ends_at == ends.ends_at == MORNING + STAFF.whole
    assert people.found(opened.token) is None


def test_a_sign_of_life_is_written_once_a_minute(people: People, clock: ManualClock) -> None:
    people.add("sara")
    opened = people.sign_in("sara")

    clock.advance(59)
    with counting(people.database) as early:
        touch(people.database, opened.signed_in)
    clock.advance(1)
    touch(people.database, opened.signed_in)
    clock.advance(1)
    touch(people.database, opened.signed_in)  # as another tab, which does not know

    found = people.found(opened.token)
    assert early == []
    assert found is not None
    assert found.seen_at == MORNING + timedelta(seconds=60)


def test_a_sign_of_life_wakes_no_session_that_is_over(people: People, clock: ManualClock) -> None:
    people.add("sara")
    idle, ended = people.sign_in("sara"), people.sign_in("sara")
    end(people.database, ended.signed_in.session_id)

    clock.advance(STAFF.idle.total_seconds())
    touch(people.database, idle.signed_in)
    touch(people.database, ended.signed_in)

    assert (people.found(idle.token), people.found(ended.token)) == (None, None)


def test_every_statement_is_understood_by_sql_server(people: People, clock: ManualClock) -> None:
    people.add("sara")

    with listening(people.database) as heard:
        opened = people.sign_in("sara")
        with pytest.raises(SignInFailed):
            people.sign_in("sara", "wrong")
        people.found(opened.token)
        clock.advance(60)
        touch(people.database, opened.signed_in)
        changed = people.change_password(opened.signed_in, PASSWORD, NEW_PASSWORD)
        end(people.database, changed.signed_in.session_id)

    written = [on_sql_server(statement) for statement in heard.values()]
    assert len(written) > 15
    assert not [each for each in written if " LIMIT " in each or " = true" in each]
