"""Another password: it needs the present one, ends all sessions, and opens one."""

from threading import Barrier, Thread

import pytest

from prepaid.access import Right
from prepaid.clock import ManualClock
from prepaid.errors.access import (
    PasswordMustChange,
    PasswordWeak,
    PasswordWrong,
    SessionEnded,
    SignInFailed,
    SignInThrottled,
)
from prepaid.errors.base import PrepaidError
from prepaid.sessions import SessionEnd
from sql.sessions import Opened, end
from sql.users import lock
from tests.people import PASSWORD, People
from tests.sql.seen_sessions import told, why_ended

NEW_PASSWORD = "seven green ladders"


def test_a_changed_password_ends_all_sessions_and_opens_one(people: People) -> None:
    sara = people.add("sara", must_change_password=True)
    other, here = people.sign_in("sara"), people.sign_in("sara", agent="here")

    opened = people.change_password(here.signed_in, PASSWORD, NEW_PASSWORD)

    assert people.found(opened.token) == opened.signed_in
    assert opened.signed_in.viewer.may(Right.ADMINISTER)
    assert (people.found(here.token), people.found(other.token)) == (None, None)
    assert why_ended(people) == [SessionEnd.PASSWORD, SessionEnd.PASSWORD, None]
    assert people.user(sara).session_version == 2
    with pytest.raises(SignInFailed):
        people.sign_in("sara")
    assert people.sign_in("sara", NEW_PASSWORD)
    changed = next(each for each in told(people) if each.action == "password.changed")
    assert (changed.actor, changed.subject) == ("user:sara", f"user:{sara}")
    assert not {PASSWORD, NEW_PASSWORD} & set(str(told(people)).split("'"))


def test_a_first_password_gives_no_right_until_it_is_changed(people: People) -> None:
    people.add("sara", must_change_password=True)
    people.add("omar")
    first, omar = people.sign_in("sara").signed_in, people.sign_in("omar").signed_in

    with pytest.raises(PasswordMustChange):
        lock(people.database, first, omar.user_id)
    with pytest.raises(PasswordWeak, match="present one"):
        people.change_password(first, PASSWORD, PASSWORD)
    changed = people.change_password(first, PASSWORD, NEW_PASSWORD).signed_in

    lock(people.database, changed, omar.user_id)
    assert people.user(omar.user_id).locked_at


@pytest.mark.parametrize(
    ("present", "new", "error"),
    [
        ("wrong " + PASSWORD, NEW_PASSWORD, PasswordWrong),
        ("", NEW_PASSWORD, PasswordWrong),
        (PASSWORD, "short", PasswordWeak),
        (PASSWORD, "Admin123! Admin123!", PasswordWeak),
    ],
)
def test_without_the_present_password_and_a_good_new_one_nothing_changes(
    people: People, present: str, new: str, error: type[PrepaidError]
) -> None:
    people.add("sara")
    opened = people.sign_in("sara")

    with pytest.raises(error):
        people.change_password(opened.signed_in, present, new)

    assert people.found(opened.token) == opened.signed_in
    assert people.sign_in("sara")


def test_who_found_an_open_session_cannot_try_passwords_for_ever(people: People, clock: ManualClock) -> None:
    people.add("sara")
    opened = people.sign_in("sara")
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            people.change_password(opened.signed_in, "wrong", NEW_PASSWORD)

    verified = people.hasher.verified
    with pytest.raises(SignInThrottled):
        people.change_password(opened.signed_in, PASSWORD, NEW_PASSWORD)

    assert people.hasher.verified == verified
    assert people.sign_in("sara"), "the throttle is this session's, not the name's"
    clock.advance(2)
    assert people.change_password(opened.signed_in, PASSWORD, NEW_PASSWORD)


def test_a_session_that_has_ended_changes_no_password(people: People) -> None:
    people.add("sara")
    opened = people.sign_in("sara")
    end(people.database, opened.signed_in.session_id)

    with pytest.raises(SessionEnded):
        people.change_password(opened.signed_in, PASSWORD, NEW_PASSWORD)

    assert people.hasher.verified == 1, "that of the sign-in"
    assert people.sign_in("sara")


def test_of_two_changes_at_once_one_is_made(people: People) -> None:
    people.add("sara")
    sessions_of_sara = [people.sign_in("sara"), people.sign_in("sara")]
    start, outcomes = Barrier(2), dict[int, Opened | PrepaidError]()

    def change(number: int) -> None:
        start.wait(timeout=30)
        try:
            outcomes[number] = people.change_password(
                sessions_of_sara[number].signed_in, PASSWORD, f"{NEW_PASSWORD} {number}"
            )
        except PrepaidError as error:
            outcomes[number] = error

    both = [Thread(target=change, args=(number,)) for number in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(timeout=30)

    won = [number for number, outcome in outcomes.items() if isinstance(outcome, Opened)]
    lost = [outcome for outcome in outcomes.values() if isinstance(outcome, PrepaidError)]
    assert len(won) == 1
    assert isinstance(lost[0], SessionEnded | PasswordWrong)
    assert people.sign_in("sara", f"{NEW_PASSWORD} {won[0]}")
