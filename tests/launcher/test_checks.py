"""`run_all.py test`: all checks in order, extra arguments to pytest, failures named."""

from collections.abc import Sequence
from pathlib import Path

from launcher.checks import run_checks, soak
from tests.launcher.site import silent_console


def test_all_checks_run_in_order_and_extra_arguments_go_to_pytest() -> None:
    console, written = silent_console()
    commands: list[list[str]] = []

    def run(command: Sequence[str]) -> int:
        commands.append(list(command))
        return 0

    code = run_checks(Path("root"), Path("py"), ["-m", "slow"], console, run)

    assert code == 0
    assert commands == [
        ["py", "-m", "ruff", "check", "."],
        ["py", "-m", "ruff", "format", "--check", "."],
        ["py", "-m", "mypy"],
        ["py", "-m", "pytest", "-m", "slow"],
    ]
    assert written.getvalue().endswith("--- pytest\n"), "pytest's own closing line is the last one"


def test_the_others_run_after_a_failure_and_the_failed_ones_are_named() -> None:
    console, written = silent_console()
    commands: list[str] = []

    def run(command: Sequence[str]) -> int:
        commands.append(command[2])
        return 1 if command[2] in ("mypy", "pytest") else 0

    code = run_checks(Path("root"), Path("py"), [], console, run)

    assert code == 1
    assert commands == ["ruff", "ruff", "mypy", "pytest"]
    assert written.getvalue().endswith("Failed: mypy, pytest\n")


def test_a_soak_runs_simulated_sites_with_its_own_arguments() -> None:
    commands: list[list[str]] = []

    def run(command: Sequence[str]) -> int:
        commands.append(list(command))
        return 3

    code = soak(Path("root"), Path("py"), ["--minutes", "5"], run)

    assert (code, commands) == (3, [["py", "-m", "tests.simulation", "soak", "--minutes", "5"]])
