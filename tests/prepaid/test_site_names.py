"""The short names of sites: plain, bounded, and never the same for two sites."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.site_names import short_name


@pytest.mark.parametrize(
    ("name", "short"), [("Mall 1", "mall-1"), ("  Tower ", "tower"), ("Al Noor Mall", "al-noor-mall")]
)
def test_a_plain_name_stays_readable(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize("name", ["مول بغداد", "Mall-1", "Mall  1", "Café", "a" * 41, "../../etc"])
def test_any_other_name_gets_a_mark_of_its_own(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{8}", short_name(name))


@given(st.lists(st.text(min_size=1, max_size=60), min_size=2, max_size=2))
def test_two_names_that_differ_by_more_than_capitals_have_two_short_names(names: list[str]) -> None:
    first, second = names

    same = first.strip().lower() == second.strip().lower()

    assert (short_name(first) == short_name(second)) is same
