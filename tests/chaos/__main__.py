"""`python -m tests.chaos --minutes 10 --seed 7`: a long run by hand, with its figures."""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import DEFAULTS, QUICK, Plan, run
from tests.simulation.soak import migrated_file

SEEDS = 1 << 31


def main(arguments: list[str]) -> int:
    """The exit code: 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, help="of the fate; by default a new one")
    parser.add_argument("--defaults", action="store_true", help="read every 5 s, as sites do, instead of every second")
    parser.add_argument("--folder", type=Path, help="where database and logs are kept")
    chosen = parser.parse_args(arguments)
    seed = secrets.randbelow(SEEDS) if chosen.seed is None else chosen.seed
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(seed=seed, seconds=chosen.minutes * 60, settings=DEFAULTS if chosen.defaults else QUICK)
    report = run(plan, f"sqlite:///{migrated_file(folder).as_posix()}", folder)
    (folder / "story.txt").write_text("\n".join(report.story))
    for line in (*report.breaches, *report.figures, f"kept in {folder}"):
        print(line, flush=True)
    return int(bool(report.breaches))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
