"""Throttled sign-ins: growing waits for a name and for an address, alike for names that nobody has."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from prepaid.clock import ManualClock
from prepaid.errors.access import SignInFailed, SignInThrottled
from prepaid.errors.base import PrepaidError
from sql.tables import events, throttles, users
from sql.throttles import CLEANED_AT_ONCE, OF_ADDRESS, OF_NAME, QUIET, Limit, count, forgive, of_address, of_name
from sql.users import unlock
from tests.building import MORNING
from tests.people import PASSWORD, People
from tests.sql.statements import counting, listening, on_sql_server

ELSEWHERE = "198.51.100.7"


def fail(people: People, name: str = "sara", address: str | None = None, *, times: int = 1) -> None:
    """So many wrong passwords, each from an address of its own if none is said."""
    for number in range(times):
        with pytest.raises(SignInFailed):
            people.sign_in(name, "wrong", address=address or f"203.0.113.{number}")


def wait_s(people: People, name: str = "sara", address: str = ELSEWHERE, password: str = PASSWORD) -> int:
    """How long that sign-in is told to wait; 0 if it fails or succeeds instead."""
    try:
        people.sign_in(name, password, address=address)
    except SignInThrottled as error:
        told = error.fields["wait_s"]
        assert isinstance(told, int)
        return told
    except SignInFailed:
        return 0
    return 0


def failures(people: People) -> dict[str, int]:
    with people.database.reading() as conn:
        return {row.subject: row.failures for row in conn.execute(sa.select(throttles))}


# --- growing waits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sara", "nobody"])
def test_the_wait_for_a_name_doubles_after_four_free_failures_and_stays_short(
    people: People, clock: ManualClock, name: str
) -> None:
    people.add("sara")
    waits = []

    for number in range(16):
        fail(people, name, f"203.0.113.{number}")
        waits.append(wait_s(people, name, password="wrong") if number >= OF_NAME.free else 0)
        clock.advance(waits[-1])

    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert max(waits) == OF_NAME.longest_s <= 300


def test_the_wait_for_an_address_grows_whatever_names_are_tried(people: People, clock: ManualClock) -> None:
    people.add("sara")
    waits = []
    for number in range(OF_ADDRESS.free + 12):
        fail(people, f"name{number}", ELSEWHERE)
        waits.append(0 if number < OF_ADDRESS.free else wait_s(people))
        clock.advance(waits[-1])

    assert waits == [0] * OF_ADDRESS.free + [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert wait_s(people, address="192.0.2.1") == 0, "others need not wait"


def test_a_right_password_is_refused_too_while_it_has_to_wait_and_costs_no_work(
    people: People, clock: ManualClock
) -> None:
    people.add("sara")
    fail(people, times=OF_NAME.free + 1)
    verified, counted = people.hasher.verified, failures(people)

    with counting(people.database) as statements, pytest.raises(SignInThrottled, match="Wait 2 seconds"):
        people.sign_in("sara", address=ELSEWHERE)

    assert people.hasher.verified == verified
    assert failures(people) == counted, "nobody prolongs the wait by trying"
    assert len(statements) == 1
    clock.advance(1.999)
    assert wait_s(people) == 1
    clock.advance(0.001)
    assert people.sign_in("sara", address=ELSEWHERE)


def test_a_right_password_clears_the_name_and_not_the_address(people: People) -> None:
    people.add("sara")
    fail(people, "sara", ELSEWHERE, times=3)

    people.sign_in("sara", address=ELSEWHERE)

    assert failures(people) == {f"address:{ELSEWHERE}": 3}


def test_who_signs_in_rightly_makes_nobody_at_the_address_wait(people: People, clock: ManualClock) -> None:
    people.add("sara")
    for number in range(OF_ADDRESS.free + 3):
        fail(people, f"name{number}", ELSEWHERE)
        clock.advance(wait_s(people))

    people.sign_in("sara", address=ELSEWHERE)

    assert wait_s(people) == 0
    assert failures(people)[f"address:{ELSEWHERE}"] == OF_ADDRESS.free + 3


def test_everything_is_forgotten_after_a_quiet_time(people: People, clock: ManualClock) -> None:
    people.add("sara")
    fail(people, times=OF_NAME.free + 1)

    clock.advance(2 + (QUIET - timedelta(milliseconds=1)).total_seconds())
    fail(people, address=ELSEWHERE)
    remembered = failures(people)[of_name("sara").key]
    clock.advance(4 + QUIET.total_seconds())
    fail(people, address=ELSEWHERE)

    assert (remembered, failures(people)[of_name("sara").key]) == (OF_NAME.free + 2, 1)


def test_unlocking_a_user_ends_the_wait(people: People) -> None:
    sara, _ = people.add("sara"), people.add("omar")
    omar = people.sign_in("omar").signed_in
    fail(people, times=OF_NAME.free + 1)

    unlock(people.database, omar, sara)

    assert people.sign_in("sara", address=ELSEWHERE)


def test_a_clock_that_was_set_back_locks_nobody_out(people: People, clock: ManualClock) -> None:
    people.add("sara")
    fail(people, times=OF_NAME.free + 1)

    clock.step(-timedelta(days=30).total_seconds())

    assert wait_s(people) == 0


# --- nothing tells whether a name exists --------------------------------------------------------------------------


def heard_of(people: People, name: str) -> tuple[list[str], int, list[str]]:
    """Statements, verifications and answers of failing until throttled, in that name."""
    before, answers = people.hasher.verified, []
    with counting(people.database) as statements:
        for number in range(OF_NAME.free + 3):
            try:
                people.sign_in(name, "wrong", address=f"203.0.113.{number}")
            except PrepaidError as error:
                answers.append(f"{type(error).__name__}: {error}")
    return statements, people.hasher.verified - before, answers


def lock_sara(people: People) -> None:
    with people.database.writing() as conn:
        conn.execute(users.update().where(users.c.user_name == "sara").values(locked_at=MORNING))


@pytest.mark.parametrize("before", [lambda _people: None, lock_sara])
def test_an_unknown_name_costs_the_same_statements_and_work_and_gets_the_same_answers(
    people: People, before: Callable[[People], None]
) -> None:
    people.add("sara")
    before(people)
    fail(people, "somebody", ELSEWHERE)

    known = heard_of(people, "sara")
    with people.database.writing() as conn:
        conn.execute(throttles.delete())
    unknown = heard_of(people, "nobody")

    assert known == unknown
    assert known[1] == OF_NAME.free + 1, "one verification for each try that was not throttled"
    assert known[2][-1] == "SignInThrottled: Too many failed sign-ins. Wait 2 seconds and try again."


def test_what_is_typed_as_a_name_is_kept_nowhere(people: People) -> None:
    people.add("sara")

    fail(people, "my secret instead of my name", times=OF_NAME.free + 1)

    with people.database.reading() as conn:
        kept = [*conn.execute(sa.select(events)), *conn.execute(sa.select(throttles))]
    assert len(kept) > OF_NAME.free
    assert "secret" not in str(kept)


# --- many at once -------------------------------------------------------------------------------------------------


def test_tries_made_at_once_are_all_counted(people: People) -> None:
    people.add("sara")
    tries = OF_NAME.free + 6
    start, answers = Barrier(tries), list[str]()

    def attempt(number: int) -> None:
        start.wait(timeout=30)
        try:
            people.sign_in("sara", "wrong", address=f"203.0.113.{number}")
        except PrepaidError as error:
            answers.append(type(error).__name__)

    threads = [Thread(target=attempt, args=(number,)) for number in range(tries)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(answers) == ["SignInFailed"] * (OF_NAME.free + 1) + ["SignInThrottled"] * 5
    assert failures(people)[of_name("sara").key] == OF_NAME.free + 1


def test_a_flood_of_failures_makes_few_events(people: People, clock: ManualClock) -> None:
    people.add("sara")
    for number in range(60):
        wait_s(people, "sara" if number % 2 else f"name{number}", password="wrong")
        clock.advance(1)

    with people.database.reading() as conn:
        refused = conn.execute(sa.select(events).order_by(events.c.event_no)).all()

    assert [(row.action, row.after["throttled"]) for row in refused] == [
        ("session.refused", False),
        ("session.refused", True),
        ("session.refused", True),
    ]
    assert {row.actor for row in refused} == {f"address:{ELSEWHERE}"}


def test_what_is_forgotten_is_removed_a_little_each_time(people: People, clock: ManualClock) -> None:
    with people.database.writing() as conn:
        for number in range(CLEANED_AT_ONCE + 20):
            count(conn, [of_name(f"name{number}")], people.database.now(conn))
    clock.advance(QUIET.total_seconds() + 1)

    fail(people, address=ELSEWHERE)
    left = len(failures(people))
    fail(people, address=ELSEWHERE)

    assert (left, len(failures(people))) == (20 + 2, 2)


# --- subjects -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "address:192.0.2.1"),
        ("::ffff:192.0.2.1", "address:192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "address:2001:db8:1:2::"),
        ("fe80::1%eth0", "address:fe80::"),
        ("testclient", "address:unknown"),
        ("", "address:unknown"),
        (None, "address:unknown"),
        ("x" * 10_000, "address:unknown"),
    ],
)
def test_addresses_of_one_customer_count_as_one(address: str | None, key: str) -> None:
    assert of_address(address).key == key


def test_every_name_makes_a_key_of_ascii() -> None:
    keys = [of_name(name).key for name in ("sara", "سارة", "s" * 100_000)]

    assert len(set(keys)) == 3
    assert all(key.isascii() and len(key) <= 300 for key in keys)


@pytest.mark.parametrize("limit", [OF_NAME, OF_ADDRESS])
def test_guessing_is_hopeless_under_both_limits(limit: Limit) -> None:
    a_day = 24 * 3600

    assert limit.free + a_day / limit.longest_s < 350


def test_every_statement_is_understood_by_sql_server(people: People) -> None:
    subjects = [of_name("sara"), of_address(ELSEWHERE)]

    with listening(people.database) as heard, people.database.writing() as conn:
        forgive(conn, count(conn, subjects, MORNING), MORNING)
        count(conn, subjects, MORNING)

    written = [on_sql_server(statement) for statement in heard.values()]
    assert any("WITH (UPDLOCK, HOLDLOCK)" in each for each in written)
    assert any("TOP" in each and "WITH (UPDLOCK, READPAST, READCOMMITTEDLOCK)" in each for each in written)
    assert not [each for each in written if "LIMIT" in each]
