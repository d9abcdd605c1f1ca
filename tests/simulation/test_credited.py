"""Credit that comes in by a correction: what was told before is over, and what the account falls to is told anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prepaid.alerts import AlertKind
from prepaid.records import EntryKind
from tests.simulation.small_site import SmallSite, small_site

TOLD = AlertKind.EXHAUSTED


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[SmallSite]:
    with small_site(tmp_path, migrated_file, credit_h=1000.0) as made:
        made.run(60)
        yield made


def book(site: SmallSite, kind: EntryKind, amount: str) -> None:
    site.world.building.post(site.person, kind, amount)
    site.run(30)


def test_what_is_corrected_is_over_and_told_anew_when_it_comes_again(site: SmallSite) -> None:
    book(site, EntryKind.FEE, "-1000000000")
    book(site, EntryKind.CORRECTION, "1000000000")
    book(site, EntryKind.FEE, "-1000000000")

    assert [told.ended_at is None for told in site.told(TOLD)] == [False, True]


def test_a_correction_that_changes_nothing_tells_nothing_anew(site: SmallSite) -> None:
    book(site, EntryKind.FEE, "-1000000000")
    book(site, EntryKind.CORRECTION, "1")

    assert [told.ended_at for told in site.told(TOLD)] == [None]
