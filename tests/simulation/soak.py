"""Runs plans from seeds, one or as many as fit into the time, and says what became of each."""

import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from sql import schema
from sql.connection import Database
from tests.databases import named
from tests.simulation.oracle import Violation
from tests.simulation.plan import Plan, plan_of
from tests.simulation.run import Report, Simulation

SEEDS = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a seed: its report, or what was violated, with the story."""

    seed: int
    report: Report | None
    violation: str
    took_s: float


def run_seed(seed: int, days: float = 1.0) -> Outcome:
    """Runs the plan of a seed in a folder of its own."""
    return run_plan(plan_of(seed, days))


def run_plan(plan: Plan) -> Outcome:
    """Runs a plan in a folder of its own, which is gone afterwards."""
    logging.disable(logging.CRITICAL)
    began_s = time.perf_counter()
    report, violation = None, ""
    folder = Path(tempfile.mkdtemp(prefix="simulation-"))
    try:
        report = Simulation(plan, folder, migrated_file(folder)).run()
    except Violation as found:
        violation = "\n".join([str(found), *getattr(found, "__notes__", [])])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome(seed=plan.seed, report=report, violation=violation, took_s=time.perf_counter() - began_s)


def migrated_file(folder: Path) -> Path:
    """An empty database with all tables."""
    path = folder / "empty.db"
    database = Database(f"sqlite:///{path.as_posix()}")
    schema.create(database)
    database.close()
    return path


def soak(minutes: float, first_seed: int | None = None, workers: int | None = None) -> Iterator[Outcome]:
    """New seeds on all cores until the time is over; those that run then are finished. A database that was named is
    shared by nobody."""
    seed = secrets.randbelow(SEEDS) if first_seed is None else first_seed
    until_s = time.monotonic() + minutes * 60
    running: set[Future[Outcome]] = set()
    cores = 1 if named() is not None else workers or os.cpu_count() or 1
    with ProcessPoolExecutor(max_workers=cores) as pool:
        while running or time.monotonic() < until_s:
            while len(running) < cores and time.monotonic() < until_s:
                running.add(pool.submit(run_seed, seed))
                seed += 1
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line about many runs."""
    reports = [outcome.report for outcome in outcomes if outcome.report is not None]
    days = sum(report.days for report in reports)
    took_s = sum(outcome.took_s for outcome in outcomes)
    failed = [str(outcome.seed) for outcome in outcomes if outcome.report is None]
    said = (
        f"{days:g} site-days, {sum(report.happenings for report in reports)} happenings, "
        f"{sum(report.passes for report in reports)} passes, {sum(report.frames for report in reports)} frames, "
        f"{sum(report.deaths for report in reports)} deaths, {sum(report.mails for report in reports)} mails, "
        f"{sum(report.tests_passed for report in reports)} tests on the spot passed; "
        f"{days * 86_400 / max(took_s, 1e-9):.0f} times real time on one core"
    )
    return f"{said}; FAILED seeds: {', '.join(failed)}" if failed else f"{said}; all invariants held"
