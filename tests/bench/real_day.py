"""The real enforcer over real sockets for some minutes, a third of them with a database that is locked: nothing of its
process may grow, and the books are proven at the end."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from sql.check import check
from sql.connection import Database
from tests.bench.cycle import Cycle, enforcer, fleet, make_environment
from tests.bench.day import Samples
from tests.bench.fleet import large_site

SAMPLED_EVERY_S = 10.0
PORT_BASE = 24_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RealMinutes:
    """For how long, over how many analyzers."""

    analyzers: int
    minutes: float


def measure(real: RealMinutes) -> Iterator[str]:
    """Lines of figures. Raises AssertionError where the books are not exact."""
    cycle = Cycle(analyzers=real.analyzers, periods=1, period_s=5.0, delay_ms=20.0, rounds=1, broken=0.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **make_environment(cycle, folder, large_site(real.analyzers, PORT_BASE)),
            "LOG_FOLDER": str(folder / "logs"),
            "SPOOL_FOLDER": str(folder / "spool"),
        }
        samples = Samples()
        with fleet(cycle), enforcer(cycle, environment, failing=0) as process:
            third_s = real.minutes * 60 / 3
            _sample(samples, process, folder, third_s)
            with _locked(folder / "bench.db"):
                _sample(samples, process, folder, third_s)
            _sample(samples, process, folder, third_s)
        yield f"{real.analyzers} analyzers over real sockets, {real.minutes:g} minutes"
        yield from map(str, samples.all())
        assert max(samples.spool.values) > 0, "nothing waited while the database was locked"
        yield _proved(environment)


def _sample(samples: Samples, process: psutil.Process, folder: Path, for_s: float) -> None:
    until_s = time.monotonic() + for_s
    while time.monotonic() < until_s:
        samples.memory.values.append(process.memory_info().rss / 1e6)
        samples.files.values.append(process.num_fds())
        samples.logs.values.append(_bytes(folder / "logs") / 1e3)
        samples.spool.values.append(_bytes(folder / "spool") / 1e3)
        time.sleep(min(SAMPLED_EVERY_S, for_s))


def _bytes(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.glob("*"))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Another program writes and does not end."""
    with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _proved(environment: Mapping[str, str]) -> str:
    with closing(Database(environment["DATABASE_URL"])) as database:
        breaches = check(database, everything=True)
    assert not breaches, "; ".join(str(breach) for breach in breaches[:5])
    return "check --all finds nothing"
