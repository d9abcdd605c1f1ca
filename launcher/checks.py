"""`run_all.py test` and `run_all.py soak`: everything that a change must pass, in one command each."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from launcher.console import Console
from prepaid.language import _

Run = Callable[[Sequence[str]], int]

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format --check", ("-m", "ruff", "format", "--check", ".")),
    ("mypy", ("-m", "mypy")),
    ("pytest", ("-m", "pytest")),
)


def run_checks(root: Path, python: Path, extra: Sequence[str], console: Console, run: Run | None = None) -> int:
    """Runs all checks, also after one failed; `extra` arguments go to pytest. The exit code: 0 only if all passed.

    Nothing is printed after pytest's closing line when all passed.
    """
    run = run or (lambda command: subprocess.run(command, cwd=root, check=False).returncode)
    failed = []
    for name, arguments in CHECKS:
        console.say(f"--- {name}")
        more = (tuple(extra) or _side_by_side()) if name == "pytest" else ()
        if run([str(python), *arguments, *more]) != 0:
            failed.append(name)
    if failed:
        console.say(_("Failed: {names}").format(names=", ".join(failed)))
    return 1 if failed else 0


def soak(root: Path, python: Path, arguments: Sequence[str], run: Run | None = None) -> int:
    """Simulated sites from new seeds until the time is over; the exit code is 0 when all invariants held."""
    run = run or (lambda command: subprocess.run(command, cwd=root, check=False).returncode)
    return run([str(python), "-m", "tests.simulation", "soak", *arguments])


def _side_by_side() -> tuple[str, ...]:
    """The whole default suite runs in two processes a core, as half of its time is waiting for sockets and processes.

    Tests on a server share its one database, so they run in one.
    """
    workers = 2 * min(os.cpu_count() or 1, 4)
    return (
        ()
        if os.environ.get("TEST_DATABASE_URL")
        else ("-n", str(workers), "--dist", "loadscope", "--no-loadscope-reorder")
    )
