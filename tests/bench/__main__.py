"""`python -m tests.bench cycle`: what one period of the enforcer costs, beside bare reads of the same blocks."""

import argparse
import sys

from tests.bench.cycle import Cycle, measure


def main(arguments: list[str]) -> int:
    """Parses the arguments, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    benches = parser.add_subparsers(dest="bench", required=True)
    cycle = benches.add_parser("cycle", help="the enforcer against bare pymodbus reads, over simulated analyzers")
    cycle.add_argument("--analyzers", type=int, default=800)
    cycle.add_argument("--periods", type=int, default=12, help="periods measured of each")
    cycle.add_argument("--delay-ms", type=float, default=20.0, help="how long a simulated analyzer takes to answer")
    chosen = parser.parse_args(arguments)
    for line in measure(Cycle(chosen.analyzers, chosen.periods, chosen.delay_ms)):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
