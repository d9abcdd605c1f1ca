"""What an analyzer can be expected to have used in a time that no counter tells of."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from prepaid.expected import NOTHING_EXPECTED, Expected, expected_use
from prepaid.usual import ASSUMED, Usual

BAGHDAD, KATHMANDU = ZoneInfo("Asia/Baghdad"), ZoneInfo("Asia/Kathmandu")
MONDAY = datetime(2026, 1, 4, 21, tzinfo=UTC)
"""Midnight in Baghdad."""
NIGHT_AND_DAY = Usual(
    wh=tuple(100.0 if slot % 24 < 12 else 300.0 for slot in range(168)), generator_share=0.25, spread=ASSUMED
)


def test_each_hour_of_the_week_counts_with_its_own_use_and_a_begun_one_in_part() -> None:
    from_at, until_at = MONDAY + timedelta(hours=10, minutes=30), MONDAY + timedelta(hours=13, minutes=15)

    assert expected_use(NIGHT_AND_DAY, from_at, until_at, BAGHDAD) == Expected(394, 131)


def test_no_time_and_a_time_that_runs_backwards_expect_nothing() -> None:
    for until_at in (MONDAY, MONDAY - timedelta(hours=1)):
        assert expected_use(NIGHT_AND_DAY, MONDAY, until_at, BAGHDAD) == NOTHING_EXPECTED


@given(minutes=st.integers(0, 20_000), at=st.integers(0, 20_000), zone=st.sampled_from([BAGHDAD, KATHMANDU]))
def test_two_parts_of_a_time_expect_what_the_whole_does(minutes: int, at: int, zone: ZoneInfo) -> None:
    middle, end = MONDAY + timedelta(minutes=min(at, minutes)), MONDAY + timedelta(minutes=minutes)

    whole = expected_use(NIGHT_AND_DAY, MONDAY, end, zone)
    parts = [expected_use(NIGHT_AND_DAY, MONDAY, middle, zone), expected_use(NIGHT_AND_DAY, middle, end, zone)]

    total = sum(part.grid_wh + part.generator_wh for part in parts)
    assert 0 <= whole.grid_wh + whole.generator_wh - total <= 1
