"""`python -m tests.simulation`: one seed, a soak of new ones, or a failing seed cut down to what matters."""

import argparse
import sys

from tests.simulation.mutations import MUTATIONS, hunt
from tests.simulation.plan import Plan, plan_of
from tests.simulation.shorten import shorten
from tests.simulation.soak import Outcome, run_plan, soak, summary

MOST_SEEDS = 40


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
        one.add_argument("--hardness", type=float, help="multiplies what goes wrong; by default as the seed says")
    hunting = what.add_parser("mutations", help="seeds that notice when a rule of the product is broken")
    hunting.add_argument("--first-seed", type=int, default=0)
    hunting.add_argument("--only", default="", help="a part of what the mutation breaks")
    chosen = parser.parse_args(arguments)
    if chosen.what == "soak":
        return _soak(chosen.minutes, chosen.first_seed, chosen.workers)
    if chosen.what == "mutations":
        return _hunt(chosen.first_seed, chosen.only)
    if chosen.what == "shorten":
        return _shorten(plan_of(chosen.seed, chosen.days, chosen.hardness))
    outcome = run_plan(plan_of(chosen.seed, chosen.days, chosen.hardness))
    _tell(outcome)
    return int(outcome.report is None)


def _soak(minutes: float, first_seed: int | None, workers: int | None) -> int:
    outcomes = []
    for outcome in soak(minutes, first_seed, workers):
        outcomes.append(outcome)
        _tell(outcome)
    print(summary(outcomes))
    return int(any(outcome.report is None for outcome in outcomes))


def _hunt(first_seed: int, only: str) -> int:
    for mutation in MUTATIONS:
        if only in mutation.breaks and mutation.seed is not None:
            print(f"{mutation}: {hunt(mutation, range(first_seed, first_seed + MOST_SEEDS))}", flush=True)
    return 0


def _shorten(whole: Plan) -> int:
    plan = shorten(whole, lambda plan: run_plan(plan).report is None)
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
