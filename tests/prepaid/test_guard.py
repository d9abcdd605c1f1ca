"""The guard against mass cuts: a few surprises are cut, many wait for a person, and nobody is freed but by name."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.guard import Unexpected, allowed, guard, is_unexpected
from tests.building import MORNING

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
EDGE = timedelta(milliseconds=1)


def surprises(number: int, at: datetime = MORNING) -> list[Unexpected]:
    return [Unexpected(account_id=account_id, at=at) for account_id in range(1, number + 1)]


def held(crossings: Iterable[Unexpected], enforced: int = 100, now: datetime = MORNING) -> set[int]:
    return set(guard(crossings, enforced, now).held)


@pytest.mark.parametrize(("days", "surprising"), [(0.0, False), (2.0, False), (2.1, True), (400.0, True), (None, True)])
def test_a_crossing_surprises_when_more_than_two_days_or_nothing_was_foreseen(
    days: float | None, surprising: bool
) -> None:
    assert is_unexpected(days) is surprising


@pytest.mark.parametrize(("enforced", "most"), [(1, 3), (399, 3), (400, 4), (800, 8)])
def test_three_or_one_in_a_hundred_are_let_through(enforced: int, most: int) -> None:
    assert allowed(enforced) == most


def test_one_more_than_is_let_through_holds_all_of_them() -> None:
    assert held(surprises(3)) == set()
    assert held(surprises(4)) == {1, 2, 3, 4}


def test_what_came_one_after_the_other_within_a_day_counts_together() -> None:
    early, late = surprises(3), Unexpected(account_id=9, at=MORNING + DAY - EDGE)

    assert held([*early, late], now=late.at) == {1, 2, 3, 9}
    assert held([*early, replace(late, at=MORNING + DAY)], now=MORNING + DAY) == set()


def test_whoever_is_held_stays_held_however_quiet_it_becomes() -> None:
    crossings = [replace(each, held=True) for each in surprises(4)]

    assert held(crossings, now=MORNING + 30 * DAY) == {1, 2, 3, 4}


def test_a_release_frees_its_account_and_nobody_else() -> None:
    crossings = [replace(each, held=True, released=each.account_id == 2) for each in surprises(4)]

    assert held(crossings) == {1, 3, 4}


def test_a_release_does_not_open_the_guard_for_who_crosses_next() -> None:
    released = [replace(each, released=True) for each in surprises(4)]

    assert held([*released, Unexpected(account_id=9, at=MORNING + HOUR)], now=MORNING + HOUR) == {9}


def test_a_recharge_ends_it_for_its_account_and_its_crossing_goes_on_to_count() -> None:
    recharged = [replace(each, standing=False) for each in surprises(4)]

    assert held(recharged) == set()
    assert held([*recharged, Unexpected(account_id=9, at=MORNING + HOUR)], now=MORNING + HOUR) == {9}


@dataclass
class Accounts:
    """Accounts that run out, pass after pass, and whom a pass cuts."""

    enforced: int
    known: dict[int, Unexpected] = field(default_factory=dict)
    unasked: list[datetime] = field(default_factory=list)
    """When those ran out, unforeseen, that were cut without a release."""

    def run(self, number: int, now: datetime) -> None:
        for _ in range(number):
            account_id = len(self.known) + 1
            self.known[account_id] = Unexpected(account_id=account_id, at=now)
        holds = guard(self.known.values(), self.enforced, now).held
        for account_id, each in self.known.items():
            if each.standing and account_id not in holds:
                self.known[account_id] = replace(each, standing=False, held=False)
                if not each.released:
                    self.unasked.append(each.at)
            else:
                self.known[account_id] = replace(each, held=account_id in holds)

    def release(self, chosen: int) -> None:
        holding = sorted(key for key, each in self.known.items() if each.held)
        if holding:
            account_id = holding[chosen % len(holding)]
            self.known[account_id] = replace(self.known[account_id], held=False, released=True)


steps = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 30 * 3600), st.one_of(st.none(), st.integers(0, 99))), max_size=30
)


@given(enforced=st.sampled_from([1, 50, 400, 800]), steps=steps)
def test_no_more_than_are_let_through_are_ever_cut_unasked_of_any_day(
    enforced: int, steps: list[tuple[int, int, int | None]]
) -> None:
    accounts, now = Accounts(enforced), MORNING

    for number, after_s, released in steps:
        now += timedelta(seconds=after_s)
        if released is not None:
            accounts.release(released)
        accounts.run(number, now)

    for begin in accounts.unasked:
        assert sum(begin <= at < begin + DAY for at in accounts.unasked) <= allowed(enforced)
