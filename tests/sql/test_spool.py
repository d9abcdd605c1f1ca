"""The file of the spool: in the order of time, within its bytes, whole after whatever happens to its process."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql.spool import BEGINNING, Kept, Key, Spooled, SpoolFile

ROOT = Path(__file__).parents[2]
BATCH = 10
MOST_BYTES = 1_000_000
RUN = "run 1"


@pytest.fixture
def file(tmp_path: Path) -> SpoolFile:
    return SpoolFile(tmp_path / "spool" / "site-1.db", MOST_BYTES)


def row(read_at: int, analyzer_id: int = 1, kept: Kept = Kept.HISTORY, size: int = 500) -> Spooled:
    return Spooled(kept, read_at, analyzer_id, RUN, True, bytes(size))


def instants(file: SpoolFile) -> list[int]:
    return [each.read_at for each in file.first(100_000, BEGINNING)]


def test_nothing_waits_and_no_file_is_made_until_something_is_kept(file: SpoolFile) -> None:
    found = (file.count(), file.newest(), file.first(10, BEGINNING), file.bytes)

    assert found == (0, None, [], 0)
    assert not file.path.exists()


def test_rows_come_back_as_they_were_in_the_order_of_time(file: SpoolFile) -> None:
    kept = [row(30, 2), row(10, 1, Kept.BOUNDARY), row(20, 7), row(20, 3, Kept.BOUNDARY)]

    file.add(kept)

    assert file.first(10, BEGINNING) == sorted(kept, key=lambda each: each.key)
    assert file.first(2, Key(10, 1)) == [row(20, 3, Kept.BOUNDARY), row(20, 7)]
    assert (file.count(), file.newest()) == (4, 30)


def test_what_was_history_and_is_next_to_a_boundary_waits_once(file: SpoolFile) -> None:
    file.add([row(10)])

    file.add([row(10, kept=Kept.BOUNDARY), row(11, kept=Kept.BOUNDARY)])

    assert [each.kept for each in file.first(10, BEGINNING)] == [Kept.BOUNDARY, Kept.BOUNDARY]


def test_a_file_that_is_emptied_gives_its_space_back(file: SpoolFile) -> None:
    file.add([row(at) for at in range(1, 1000)])
    full = file.bytes

    file.forget(Key(999, 1))

    assert file.count() == 0
    assert full > 400_000
    assert file.bytes < 20_000


def test_the_oldest_history_gives_way_before_any_boundary_does(file: SpoolFile) -> None:
    file.add([row(at, kept=Kept.BOUNDARY if at % 10 == 0 else Kept.HISTORY) for at in range(1, 1000)])

    gone = sum(file.add([row(at + more) for more in range(50)]) for at in range(1000, 2000, 50))

    left = file.first(100_000, BEGINNING)
    boundaries = [each.read_at for each in left if each.kept is Kept.BOUNDARY]
    history = [each.read_at for each in left if each.kept is Kept.HISTORY]
    assert boundaries == list(range(10, 1000, 10))
    assert gone == 1999 - len(left)
    assert history == [at for at in range(history[0], 2000) if at not in boundaries]
    assert len(history) > 500


def test_then_the_oldest_boundaries_do(file: SpoolFile) -> None:
    for at in range(1, 3000, 100):
        file.add([row(at + more, kept=Kept.BOUNDARY) for more in range(100)])

    left = instants(file)
    assert left == list(range(left[0], left[-1] + 1))
    assert left[-1] == 3000
    assert 1000 < len(left) < 2000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(batches=st.lists(st.integers(1, 120), min_size=5, max_size=25), size=st.integers(50, 900))
def test_the_file_never_takes_more_than_it_may(
    batches: list[int], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = SpoolFile(tmp_path_factory.mktemp("spool") / "site-1.db", MOST_BYTES)
    at = 0
    for count in batches:
        file.add([row(at + more, more % 7, Kept.BOUNDARY if more % 3 else Kept.HISTORY, size) for more in range(count)])
        at += count

        assert file.bytes <= MOST_BYTES
    assert file.newest() == at - 1


def test_a_broken_file_is_said_to_be_broken_and_can_be_put_aside(file: SpoolFile) -> None:
    file.add([row(1)])
    file.path.write_bytes(b"no database at all" * 1000)

    with pytest.raises(sqlite3.DatabaseError) as raised:
        file.first(1, BEGINNING)
    aside = file.put_aside()

    assert not isinstance(raised.value, sqlite3.OperationalError)
    assert aside.exists()
    assert file.count() == 0


def test_a_process_that_is_killed_while_it_writes_leaves_whole_batches(file: SpoolFile) -> None:
    code = f"from tests.sql.test_spool import write_for_ever; write_for_ever({str(file.path)!r})"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _batch in range(12):
            writer.stdout.readline()
        writer.kill()

    file.add([row(10**9)])

    left = instants(file)
    with closing(sqlite3.connect(file.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert left[-1] == 10**9
    assert left[:-1] == list(range(len(left) - 1))
    assert len(left) > 12 * BATCH
    assert (len(left) - 1) % BATCH == 0


def write_for_ever(path: str) -> None:
    """Until it is killed."""
    file = SpoolFile(Path(path), 100 * MOST_BYTES)
    for at in range(0, 10**6, BATCH):
        file.add([row(at + more) for more in range(BATCH)])
        sys.stdout.write(f"{at}\n")
        sys.stdout.flush()
