"""Storage: how fast a database grows, how long its disk lasts, and when somebody is told."""

from datetime import UTC, datetime, timedelta

import pytest

from prepaid.calendar import zone
from prepaid.storage import Size, Storage, is_backup_due, is_backup_old, storage_of

NIGHT = datetime(2026, 3, 1, 23, tzinfo=UTC)
GB = 10**9
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def size(day: float, used_gb: float, *, free_gb: float | None = 100, limit_gb: float | None = None) -> Size:
    return Size(
        measured_at=NIGHT + day * DAY,
        used_bytes=round(used_gb * GB),
        file_bytes=round(used_gb * GB) + GB,
        free_bytes=None if free_gb is None else round(free_gb * GB),
        limit_bytes=None if limit_gb is None else round(limit_gb * GB),
    )


def storage(*sizes: Size) -> Storage:
    found = storage_of(sizes)
    assert found is not None
    return found


def test_days_left_are_the_room_at_the_growth_of_the_last_days() -> None:
    found = storage(size(0, 1), size(4, 3, free_gb=9))

    assert found.growth_bytes == GB / 2
    assert found.days_left == 20, "9 GB of the disk, and 1 GB of the file that is used again first"


@pytest.mark.parametrize(
    "sizes",
    [[size(0, 1)], [size(0, 1), size(0.5, 2)], [size(0, 2), size(3, 1)], [size(0, 1), size(3, 2, free_gb=None)]],
    ids=["one", "hours", "shrinks", "unknown disk"],
)
def test_where_nothing_is_known_about_days_none_are_told(sizes: list[Size]) -> None:
    assert storage(*sizes).days_left is None


def test_nothing_is_told_before_anything_was_measured() -> None:
    assert storage_of([]) is None


@pytest.mark.parametrize(
    ("free_gb", "grown_gb", "low"), [(0.99, 0, True), (1.01, 0, False), (12.9, 2, True), (13.1, 2, False)]
)
def test_a_disk_is_low_below_a_gigabyte_or_a_week(free_gb: float, grown_gb: float, low: bool) -> None:
    found = storage(size(0, 1), size(1, 1 + grown_gb, free_gb=free_gb))

    assert found.is_disk_low() is low


def test_an_alarm_about_the_disk_ends_only_well_beyond_its_bound() -> None:
    found = storage(size(0, 1, free_gb=1.1))

    assert (found.is_disk_low(), found.is_disk_low(stands=True)) == (False, True)
    assert not storage(size(0, 1, free_gb=1.3)).is_disk_low(stands=True)


def test_a_database_is_full_near_what_its_edition_allows() -> None:
    assert storage(size(0, 9.1, limit_gb=10)).is_database_full()
    assert not storage(size(0, 8.9, limit_gb=10)).is_database_full()
    assert storage(size(0, 8.9, limit_gb=10)).is_database_full(stands=True)
    assert not storage(size(0, 900)).is_database_full()


BAGHDAD = zone("Asia/Baghdad")
"""Three hours ahead of UTC: its 3 o'clock is midnight there."""
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made_h", "tried_h", "now_h", "due"),
    [
        (-24, -24, -0.1, False),
        (-24, -24, 0.1, True),
        (0.1, 0.1, 23.9, False),
        (-24, 0.1, 0.9, False),
        (-24, 0.1, 1.2, True),
        (None, None, 12, True),
        (None, 11.5, 12, False),
        (24 * 400, 24 * 400, 0.1, True),
    ],
    ids=[
        "made yesterday, not yet three",
        "made yesterday, past three",
        "made today",
        "failed a while ago",
        "failed an hour ago",
        "never made",
        "never made, just tried",
        "made ahead of a clock that was set back",
    ],
)
def test_a_backup_is_due_once_a_day_from_its_hour_on(
    made_h: float | None, tried_h: float | None, now_h: float, due: bool
) -> None:
    made_at, tried_at = (None if hours is None else MIDNIGHT + hours * HOUR for hours in (made_h, tried_h))

    assert is_backup_due(made_at, tried_at, MIDNIGHT + now_h * HOUR, BAGHDAD, 3) is due


def test_a_backup_is_old_after_a_day_and_a_half() -> None:
    assert not is_backup_old(NIGHT - 35 * HOUR, NIGHT - 90 * DAY, NIGHT)
    assert is_backup_old(NIGHT - 37 * HOUR, NIGHT - 90 * DAY, NIGHT)


def test_a_new_database_has_time_for_its_first_backup() -> None:
    assert not is_backup_old(None, NIGHT - 35 * HOUR, NIGHT)
    assert is_backup_old(None, NIGHT - 37 * HOUR, NIGHT)
