"""The machine's clocks."""

import sys
import time

import pytest

from prepaid.clock import SystemClock


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the monotonic clock counts suspension itself")
def test_the_clock_of_leases_counts_the_time_in_which_the_machine_was_suspended() -> None:
    before_s = time.clock_gettime(time.CLOCK_BOOTTIME)

    seconds = SystemClock().uptime()

    assert before_s <= seconds <= time.clock_gettime(time.CLOCK_BOOTTIME)
