"""Stamps mean instants by our clock, whichever of the two clocks is set, and late rows are told from a clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.log_clock import LogClock

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
INTERVAL_S = 5.0


class Two:
    """A log that is written every 5 s and looked at every second. Both clocks begin right; `taken` has of each row
    whose turn came its true second, and by how much the instant that it was taken for is later by our clock."""

    def __init__(self, newest_at: datetime | None = None) -> None:
        self.clock = LogClock(INTERVAL_S, newest_at)
        self.second = 0.0
        self.theirs_s = 0.0
        """By how much the clock of Kepware is ahead of the true time."""
        self.ours_s = 0.0
        self.lag_s = 0.5
        self.old = False
        self.waiting: list[tuple[float, datetime]] = []
        self.taken: list[tuple[float, float]] = []

    def go(self, seconds: float) -> None:
        """Time passes."""
        for _ in range(round(seconds)):
            self.second += 1.0
            rows = [(self.second, self.stamp())] if self.second % INTERVAL_S == 0 else []
            self.look(rows)

    def look(self, rows: list[tuple[float, datetime]]) -> None:
        self.waiting += rows
        now = EIGHT + timedelta(seconds=self.second + self.lag_s + self.ours_s)
        if self.clock.hear([stamp for _, stamp in rows], now, self.second + self.lag_s, lambda: self.old):
            self.taken += [(second, self.error_s(second, stamp - self.clock.ahead)) for second, stamp in self.waiting]
            self.waiting = []

    def stamp(self) -> datetime:
        """What Kepware writes now."""
        return EIGHT + timedelta(seconds=self.second + self.theirs_s)

    def error_s(self, second: float, at: datetime) -> float:
        return (at - EIGHT).total_seconds() - self.ours_s - second

    def errors_s(self, since_s: float) -> list[float]:
        """Of what was logged since that second."""
        return [error_s for second, error_s in self.taken if second > since_s]


@pytest.mark.parametrize("step_s", [3600, 7200.25, 300, 61, -3600, -90, -61, -40, -30, -20, -16])
def test_a_clock_of_kepware_that_is_set_is_noticed_and_no_moment_is_lost(step_s: float) -> None:
    two = Two()
    two.go(60)

    two.theirs_s = step_s
    two.go(200)

    assert [second for second, _ in two.taken] == [INTERVAL_S * number for number in range(1, 53)]
    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(0))


@pytest.mark.parametrize(("ahead_s", "back_s"), [(50, 50), (20, 20), (3600, 3600), (3600, 1800), (50, 80)])
def test_a_clock_that_was_ahead_and_is_set_back_is_believed_at_once(ahead_s: float, back_s: float) -> None:
    two = Two()
    two.theirs_s = ahead_s
    two.go(120)

    two.theirs_s -= back_s
    two.go(60)

    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(60))


def test_a_clock_that_is_ahead_and_set_right_bit_by_bit_is_followed() -> None:
    two = Two()
    two.go(60)
    two.theirs_s = 600
    two.go(60)

    for _minute in range(120):
        two.theirs_s -= 5
        two.go(60)
    two.go(120)

    assert all(-11.0 <= error <= 1.0 for error in two.errors_s(60))
    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(two.second - 20))
    assert two.clock.trouble is None


@pytest.mark.parametrize("step_s", [3600, -3600, 240, -240])
def test_when_our_own_clock_is_set_the_log_goes_on_without_waiting(step_s: float) -> None:
    two = Two()
    two.go(60)

    two.ours_s = step_s
    two.go(10)

    assert two.waiting == []
    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(60))


def test_both_clocks_on_one_machine_are_set_and_agree_again() -> None:
    two = Two()
    two.go(60)
    two.theirs_s = 3600
    two.go(60)

    two.ours_s = 3600
    two.go(30)

    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(125))
    assert two.clock.trouble is None


@pytest.mark.parametrize(
    ("theirs_s", "ours_s", "said"),
    [
        (3600, 0, "The clock of Kepware is 3600 s ahead"),
        (-3600, 0, "The clock of Kepware was set back by 3600 s"),
        (0, 3600, "The clock of this machine was set, and is 3600 s ahead"),
        (0, -3600, "The clock of this machine was set, and is 3600 s behind"),
        (50, 0, None),
        (0, -50, None),
    ],
)
def test_whose_clock_is_wrong_is_said(theirs_s: float, ours_s: float, said: str | None) -> None:
    two = Two()
    two.go(60)

    two.theirs_s, two.ours_s = theirs_s, ours_s
    two.go(60)

    assert two.clock.trouble is None if said is None else said in str(two.clock.trouble)
    two.theirs_s = two.ours_s = 0
    two.go(200)
    assert two.clock.trouble is None


def test_of_a_log_that_was_ahead_before_it_was_ever_read_nobody_knows_whose_clock_it_is() -> None:
    two = Two()
    two.theirs_s = 600

    two.go(60)

    assert "look at the clocks and at the zone" in str(two.clock.trouble)
    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(0))


def test_our_clock_that_goes_slowly_until_it_has_come_right_is_named() -> None:
    two = Two()
    two.go(60)

    for _second in range(600):
        two.ours_s -= 0.5
        two.go(1)

    assert "this machine was set, and is 300 s behind" in str(two.clock.trouble)
    assert all(-2.0 <= error <= 1.0 for error in two.errors_s(655))


def test_another_enforcer_finds_out_for_itself_from_where_the_one_before_was() -> None:
    two = Two(newest_at=EIGHT)
    two.theirs_s = -3600

    two.go(60)

    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(0))
    assert len(two.taken) == 12


def test_what_was_stored_in_an_outage_is_late_and_no_clock() -> None:
    two = Two()
    two.go(60)
    two.second += 600
    stored = [(60.0 + 5 * number, EIGHT + timedelta(seconds=60 + 5 * number)) for number in range(1, 120)]

    while stored:
        two.second += 1
        arriving, stored = stored[:3], stored[3:]
        two.look(arriving)
    two.go(60)

    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(60))
    assert two.clock.ahead == timedelta(0)


def stored(two: Two, seconds: int, *, slower: float = 0.0) -> None:
    """Nothing arrives for a while, in which our clock loses so much a second; then all of it does, one at a look."""
    rows = []
    for _ in range(seconds):
        two.second += 1
        two.ours_s -= slower
        two.look([])
        if two.second % INTERVAL_S == 0:
            rows.append((two.second, two.stamp()))
    while rows:
        two.second += 1
        two.ours_s -= slower
        two.look([rows.pop(0)])


@pytest.mark.parametrize("ahead_s", [0, 40, 3600])
@pytest.mark.parametrize("slower", [0.0, 0.5])
def test_what_was_stored_is_never_taken_for_newer_than_it_is(ahead_s: float, slower: float) -> None:
    """Else the next ones would seem to bring the use of minutes within seconds."""
    two = Two()
    two.theirs_s = ahead_s
    two.go(120)

    stored(two, 600, slower=slower)
    two.go(150)

    assert all(error_s <= 1.0 for error_s in two.errors_s(120))
    assert all(error_s >= -1.0 for error_s in two.errors_s(two.second - 20))


def test_the_newest_rows_tell_of_a_clock_that_is_ahead_before_older_ones_are_taken() -> None:
    two = Two()
    two.theirs_s = 3600
    two.second = 600
    now = EIGHT + timedelta(seconds=600.5)

    two.clock.begin([two.stamp() - timedelta(seconds=5 * number) for number in range(3)], now, 600.5)
    two.look([(5.0 * number, EIGHT + timedelta(seconds=5 * number + 3600)) for number in range(1, 120)])

    assert two.waiting == []
    assert all(-11.0 <= error_s <= 6.0 for error_s in two.errors_s(0))


def test_an_instant_that_our_clock_has_not_reached_yet_is_not_waited_for() -> None:
    """Our clock was set back while nobody read, and goes on from where the books are."""
    two = Two(newest_at=EIGHT + timedelta(hours=1))

    two.go(60)

    assert all(-1.0 <= error_s <= 1.0 for error_s in two.errors_s(40))
    assert two.waiting == []


def test_late_rows_wait_for_the_next_newer_one_at_most() -> None:
    two = Two()
    two.go(60)

    two.look([(10.0, EIGHT + timedelta(seconds=10))])
    assert two.waiting
    two.go(5)

    assert two.waiting == []
    assert all(-1.0 <= error <= 1.0 for error in two.errors_s(0))


def test_late_rows_that_show_less_than_was_read_do_not_wait() -> None:
    two = Two()
    two.go(60)
    two.old = True

    two.theirs_s = -3600
    two.go(60)

    assert two.clock.ahead == timedelta(0)
    assert two.waiting == []


def test_stamps_that_stand_still_are_no_clock() -> None:
    two = Two()
    two.go(60)

    for _moment in range(20):
        two.second += 5
        two.look([(0.0, EIGHT - timedelta(hours=1))])

    assert two.clock.ahead == timedelta(0)


@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.sampled_from([-3600, -600, -61, -20, 15, 50, 90, 3600]), st.integers(90, 200)),
        max_size=6,
    )
)
def test_whatever_is_set_when_every_moment_is_taken_once_and_in_its_order(steps: list[tuple[bool, int, int]]) -> None:
    two = Two()
    two.go(60)
    for ours, by_s, lasts in steps:
        if ours:
            two.ours_s += by_s
        else:
            two.theirs_s += by_s
        two.go(lasts)
    two.go(130)

    seconds = [second for second, _ in two.taken]
    assert seconds == [INTERVAL_S * number for number in range(1, int(two.second / INTERVAL_S) + 1)]
    assert two.waiting == []
    assert all(error_s <= 1.0 for error_s in two.errors_s(0))


@given(st.lists(st.integers(-1, 1), min_size=20, max_size=20))
def test_the_last_millisecond_of_our_clock_moves_no_instant(tremble_ms: list[int]) -> None:
    """Rows of one stamp that come at different looks are of one moment."""
    two = Two()

    for each in tremble_ms:
        two.ours_s = each / 1000
        two.go(3)
        assert two.clock.ahead == timedelta()


def test_a_clock_of_ours_that_goes_slowly_is_followed_second_by_second() -> None:
    two = Two()
    two.go(60)

    for _second in range(120):
        two.ours_s -= 0.5
        two.go(1)

    assert all(-1.5 <= error <= 1.5 for error in two.errors_s(0))
    assert two.clock.ahead >= timedelta(seconds=59)
