"""The oracle notices what must not be, and is silent about what may be."""

import pytest

from tests.chaos.evidence import Renewal
from tests.chaos.frames import Frame
from tests.chaos.oracle import (
    Mail,
    between,
    clear,
    frame_breaches,
    longest,
    mail_breaches,
    parted,
    second_blows,
    succeeded,
    succession_breaches,
    takeovers,
)
from tests.chaos.process import Span

FIRST, SECOND = 11, 22


def renewal(at_s: float, pid: int = FIRST, token: int = 1, *, given_back: bool = False) -> Renewal:
    return Renewal(at_s, pid, "" if given_back else f"here:{pid}:x", token)


def frame(at_s: float, pid: int = FIRST, *, looked: bool = True) -> Frame:
    return Frame(at_s, pid, "LQN/1", looked)


@pytest.mark.parametrize(
    ("sent", "breaches"),
    [
        (frame(5), 0),
        (frame(17), 1),
        (frame(5, SECOND), 1),
        (frame(5, looked=False), 1),
        (frame(29), 1),
        (frame(29, SECOND), 0),
        (frame(45, SECOND), 1),
        (frame(5, 0), 1),
    ],
    ids=["in time", "too late", "of another", "without a look", "of a loser", "of the next", "given back", "of nobody"],
)
def test_a_frame_is_of_who_holds_the_lease_with_enough_of_it_left(sent: Frame, breaches: int) -> None:
    renewals = [renewal(0), renewal(8), renewal(28, SECOND, 2), renewal(40, SECOND, 2, given_back=True)]

    assert len(list(frame_breaches([sent], renewals))) == breaches


@pytest.mark.parametrize(("taken_s", "breaches"), [(20.0, 0), (19.5, 1)])
def test_a_successor_comes_twelve_seconds_after_the_last_renewal(taken_s: float, breaches: int) -> None:
    renewals = [renewal(0), renewal(8), renewal(taken_s, SECOND, 2)]

    assert len(list(succession_breaches(renewals))) == breaches
    assert takeovers(renewals) == [taken_s]


def test_a_lease_that_was_given_back_may_be_taken_at_once() -> None:
    renewals = [renewal(0), renewal(1, given_back=True), renewal(1.1, SECOND, 2)]

    assert list(succession_breaches(renewals)) == []


def test_a_message_comes_again_only_when_somebody_took_over_in_between() -> None:
    twice = [Mail(1, "<a>"), Mail(2, "<b>"), Mail(9, "<a>")]

    assert list(mail_breaches(twice, taken_s=[5], went_on_s=[])) == []
    assert len(list(mail_breaches(twice, taken_s=[0.5, 20], went_on_s=[]))) == 1


def test_a_message_comes_again_from_a_process_that_stood_still_in_mid_mail() -> None:
    """It is with the server at once when the process goes on; what comes later was sent by one that had to know."""
    went_on_s = succeeded([Span(2, 8.5), Span(9, 11), Span(10)], taken_s=[3, 20])

    assert went_on_s == [8.5]
    assert list(mail_breaches([Mail(8.1, "<a>"), Mail(8.6, "<a>")], taken_s=[3], went_on_s=went_on_s)) == []
    assert list(mail_breaches([Mail(8.6, "<a>"), Mail(9.9, "<a>")], taken_s=[3], went_on_s=went_on_s)) == []
    assert len(list(mail_breaches([Mail(8.1, "<a>"), Mail(9.9, "<a>")], taken_s=[3], went_on_s=went_on_s))) == 1


def test_a_second_blow_is_one_against_the_holder_soon_after_the_first() -> None:
    renewals = [renewal(0), renewal(20, SECOND, 2), renewal(60, FIRST, 3)]

    seconds = second_blows([(8, FIRST), (12, SECOND), (21, SECOND), (62, FIRST), (63, SECOND)], renewals, 15)

    assert seconds == [21]
    assert parted([(0, 30), (40, 50)], seconds) == [(0, 21), (21, 30), (40, 50)]


def test_only_what_one_process_could_have_done_counts() -> None:
    able = [Span(0, 10), Span(20, None)]
    locked = [Span(4, 6), Span(30, 35)]

    pieces = clear(able, locked, end_s=50)

    assert sorted(pieces) == [(0, 4), (6, 10), (20, 30), (35, 50)]
    assert longest([(3, 24)], pieces) == 4
    assert longest(between([1, 22, 48], end_s=50), pieces) == 13
