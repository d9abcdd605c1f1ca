"""A few hours with everything that a database and a disk can do: nothing grows, and the books are exact afterwards."""

import pytest

from tests.bench.day import Day, measure


@pytest.mark.slow
def test_hours_without_a_database_and_with_full_disks_cost_no_watt_hour() -> None:
    lines = list(measure(Day(analyzers=8, hours=8, pass_s=60)))

    assert any("check --all finds nothing" in line for line in lines)
