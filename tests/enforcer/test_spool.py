"""The spool between a pass that failed and the one that loads, on disks that are full, broken or held by others."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from enforcer.spool import TRIES_TO_READ, Spool, SpoolBusy
from prepaid.records import Reading
from sql.spool import Key, Spooled, SpoolFile
from tests.enforcer.site_of_rules import at, read, site_of

ROOT = Path(__file__).parents[2]
SITE = site_of({})
MOST_BYTES = 1_000_000


class FullDisk(SpoolFile):
    """Whose disk may be full, or whose file somebody else holds."""

    full = held = False

    def add(self, rows: Sequence[Spooled]) -> int:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        return super().add(rows)

    def forget(self, until: Key) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().forget(until)

    def first(self, count: int, after: Key) -> list[Spooled]:
        if self.held:
            raise sqlite3.OperationalError("database is locked")
        return super().first(count, after)


@pytest.fixture
def file(tmp_path: Path) -> FullDisk:
    return FullDisk(tmp_path / "site-1.db", MOST_BYTES)


def series(count: int, first_s: int = 0) -> list[Reading]:
    """A reading a minute."""
    return [read(first_s + 60 * number, first_s + 60 * number) for number in range(count)]


def keep(spool: Spool, readings: Sequence[Reading], *, trusted: bool = True) -> None:
    spool.keep(readings, SITE, trusted=trusted)


def drained(spool: Spool, count: int = 100) -> list[Reading]:
    """Everything that waits, in the order in which it is loaded."""
    found: list[Reading] = []
    while (waiting := spool.first(count)) is not None:
        found += waiting.readings
        spool.forget(waiting)
    return found + spool.rest()


def test_what_was_kept_is_loaded_once_and_in_order(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(5))
    keep(spool, [read(245, 245)])

    found = drained(spool, count=2)

    assert found == [*series(5), read(245, 245)]
    assert not spool.waiting
    assert drained(spool) == []


def test_the_next_run_finds_what_waits_and_knows_that_it_is_not_its_own(file: FullDisk) -> None:
    keep(Spool(file, "run 1", 60), series(3), trusted=False)
    later = Spool(file, "run 2", 60)
    keep(later, series(1, first_s=600))

    first = later.first(100)
    assert first is not None
    later.forget(first)
    second = later.first(100)

    assert later.until == at(120)
    assert (first.own, first.trusted, len(first.readings)) == (False, False, 3)
    assert second is not None
    assert (second.own, second.trusted, len(second.readings)) == (True, True, 1)


def test_a_slice_that_is_cut_leaves_the_rest_waiting(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(5))
    whole = spool.first(100)
    assert whole is not None

    spool.forget(whole.cut(2))

    assert drained(spool) == series(5)[2:]


def test_on_a_full_disk_readings_wait_in_memory_until_there_is_room(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(2))
    file.full = True
    keep(spool, series(2, first_s=120))
    full = (spool.trouble, spool.facts()["in_memory"])
    file.full = False
    keep(spool, series(1, first_s=240))

    assert full[0] is not None
    assert "disk is full" in full[0]
    assert full[1] == 2
    assert (spool.trouble, spool.facts()["in_memory"]) == (None, 0)
    assert drained(spool) == series(5)


def test_memory_is_bounded_and_keeps_what_is_next_to_hours(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60, in_memory_most=50)
    file.full = True
    for minute in range(300):
        keep(spool, [read(30 + 60 * minute, minute)])

    found = drained(spool)

    minutes = [reading.energies.import_tariff_1_wh for reading in found]
    assert len(found) == 50
    assert {59, 60, 119, 120, 179, 180, 239, 240, 299} <= set(minutes)
    assert spool.facts()["dropped"] == 250


def test_what_cannot_be_removed_is_loaded_once_all_the_same(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(5))
    file.full = True

    found = drained(spool, count=2)

    assert found == series(5)
    assert not spool.waiting


def test_a_file_that_is_held_is_asked_again_and_in_the_end_put_aside(file: FullDisk, tmp_path: Path) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(5))
    file.held = True

    for _pass in range(TRIES_TO_READ - 1):
        with pytest.raises(SpoolBusy):
            spool.first(100)

    assert spool.first(100) is None
    assert (tmp_path / "site-1.db.unreadable").exists()


def test_a_broken_file_costs_its_readings_and_nothing_else(file: FullDisk, tmp_path: Path) -> None:
    file.path.write_bytes(b"rubbish" * 5000)

    spool = Spool(file, "run 1", 60)
    keep(spool, series(3))

    assert drained(spool) == series(3)
    assert (tmp_path / "site-1.db.unreadable").exists()


def test_a_file_that_breaks_between_two_passes_is_put_aside(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(3))
    file.path.write_bytes(b"rubbish" * 5000)

    keep(spool, series(2, first_s=600))

    assert drained(spool) == series(2, first_s=600)


def test_a_damaged_reading_is_passed_over(file: FullDisk) -> None:
    spool = Spool(file, "run 1", 60)
    keep(spool, series(3))
    connection = sqlite3.connect(file.path)
    connection.execute("UPDATE Spooled SET packed = x'00' WHERE read_at = (SELECT min(read_at) FROM Spooled)")
    connection.commit()
    connection.close()

    assert drained(spool) == series(3)[1:]


FILL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from enforcer.spool import Spool
from sql.spool import SpoolFile
from tests.enforcer.test_spool import SITE, series, drained
spool = Spool(SpoolFile(Path(sys.argv[1]), 1_000_000), "run 1", 60)
kept = series(600)
for number in range(0, 600, 20):
    spool.keep(kept[number:number + 20], SITE, trusted=True)
assert spool.trouble and spool.facts()["in_memory"], spool.facts()
found = drained(spool)
assert found == kept, (len(found), len(kept))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bound for the size of a file")
def test_nothing_is_lost_where_the_system_really_writes_no_more(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path / "site-1.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
