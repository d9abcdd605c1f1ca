"""Looking seldom for cycles in memory does not let them pile up."""

import subprocess
import sys

PILES_UP = """
import gc
from enforcer.collector import MORE_BY, look_seldom

look_seldom()
assert gc.get_freeze_count() > 0, "what was imported is still looked at"
most = 0
for number in range(10 * MORE_BY):
    cycle = []
    cycle.append(cycle)
    if number % MORE_BY == 0:
        most = max(most, len(gc.get_objects()))
assert most < 3 * MORE_BY, most
"""


def test_cycles_are_still_found_before_they_are_many() -> None:
    """In a process of its own: what is set is set for all of it."""
    done = subprocess.run([sys.executable, "-c", PILES_UP], check=False, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
