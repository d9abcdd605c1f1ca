"""Cuts a failing plan down to the happenings that matter: leaves out halves, then quarters, while it still fails."""

from collections.abc import Callable, Sequence

from tests.simulation.plan import Happening, Plan

Fails = Callable[[Plan], bool]
MOST_RUNS = 200


def shorten(plan: Plan, fails: Fails, most_runs: int = MOST_RUNS) -> Plan:
    """A plan with fewer happenings that still fails; the one given when nothing can be left out.

    1. Cut the list into pieces; leave out each piece in turn, and keep what still fails.
    2. When no piece can be left out, cut finer, down to single happenings.
    """
    kept: Sequence[Happening] = plan.happenings
    pieces, runs = 2, 0
    while len(kept) > 1 and runs < most_runs:
        size = max(1, len(kept) // pieces)
        for begin in range(0, len(kept), size):
            fewer = [*kept[:begin], *kept[begin + size :]]
            runs += 1
            if fails(plan.with_happenings(fewer)):
                kept, pieces = fewer, max(2, pieces - 1)
                break
            if runs >= most_runs:
                break
        else:
            if size == 1:
                break
            pieces = min(len(kept), pieces * 2)
    return plan.with_happenings(kept)
