"""`python -m tests.simulation`: one seed, a soak of new ones, or a failing seed cut down to what matters."""

import argparse
import sys

from tests.simulation.plan import plan_of
from tests.simulation.shorten import shorten
from tests.simulation.soak import Outcome, run_plan, run_seed, soak, summary


def main(arguments: list[str]) -> int:
    """The exit code: 0 when all invariants held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    what = parser.add_subparsers(dest="what", required=True)
    soaking = what.add_parser("soak", help="new seeds until the time is over")
    soaking.add_argument("--minutes", type=float, default=10.0)
    soaking.add_argument("--first-seed", type=int, help="begin with this seed instead of a random one")
    soaking.add_argument("--workers", type=int, help="processes at once, by default one a core")
    for name, means in (("seed", "one seed"), ("shorten", "a failing seed, without what does not matter")):
        one = what.add_parser(name, help=means)
        one.add_argument("seed", type=int)
        one.add_argument("--days", type=float, default=1.0)
    chosen = parser.parse_args(arguments)
    if chosen.what == "soak":
        return _soak(chosen.minutes, chosen.first_seed, chosen.workers)
    if chosen.what == "shorten":
        return _shorten(chosen.seed, chosen.days)
    outcome = run_seed(chosen.seed, chosen.days)
    _tell(outcome)
    return int(outcome.report is None)


def _soak(minutes: float, first_seed: int | None, workers: int | None) -> int:
    outcomes = []
    for outcome in soak(minutes, first_seed, workers):
        outcomes.append(outcome)
        _tell(outcome)
    print(summary(outcomes))
    return int(any(outcome.report is None for outcome in outcomes))


def _shorten(seed: int, days: float) -> int:
    plan = shorten(plan_of(seed, days), lambda plan: run_plan(plan).report is None)
    for happening in plan.happenings:
        print(happening)
    _tell(run_plan(plan))
    return 0


def _tell(outcome: Outcome) -> None:
    if outcome.report is None:
        print(f"seed {outcome.seed} FAILED after {outcome.took_s:.0f} s: {outcome.violation}", flush=True)
    else:
        print(f"{outcome.report}, {outcome.took_s:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
