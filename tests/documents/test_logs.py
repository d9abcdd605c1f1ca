"""One line per fact, on stderr and in the file; secrets hidden; a broken disk stops nothing."""

import asyncio
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from documents import logs
from documents.log_place import PROCESSES_AT_MOST, LogPlace
from documents.logs import LogFile, Repeats

LOG = logs.get("tests.documents")
FULL_DISK = Path("/dev/full")
ROOT = Path(__file__).parent.parent.parent
OTHER_PROCESS = """
import sys
from pathlib import Path
from documents import logs
logs.configure("enforcer", folder=Path(sys.argv[1]))
logs.get("tests").info("other")
"""
FAILING_PROCESS = """
import sys
from pathlib import Path
from documents import logs
class Broken:
    def __del__(self):
        raise ValueError("in a finalizer")
logs.configure("enforcer", folder=Path(sys.argv[1]))
broken = Broken()
del broken
raise ValueError("at the end")
"""


def test_a_fact_is_one_line_of_instant_level_action_and_fields(tmp_path: Path) -> None:
    with logging_to(tmp_path):
        LOG.info("poll.done", analyzers=24, took_ms=12.5, why='no "route"\nto host', empty="")

    (line,) = lines(tmp_path)
    instant, rest = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", instant)
    assert rest == r'INFO poll.done analyzers=24 took_ms=12.5 why="no \"route\"\nto host" empty=""'


def test_stderr_has_the_same_lines_as_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(tmp_path):
        LOG.warning("poll.failed", analyzer="Shop 12")
        LOG.info("poll.recovered", analyzer="Shop 12")

    assert capsys.readouterr().err.splitlines() == lines(tmp_path)


def test_secrets_reach_neither_the_file_nor_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(tmp_path):
        LOG.info("start", smtp_password="geheim", settings={"JWT_SECRET": "geheim"}, url="a://b:geheim@c")
        LOG.error("Authorization: Bearer geheim")
        logging.getLogger("library").error("cannot connect with password=%s", "geheim")
        try:
            raise RuntimeError("mssql://sa:geheim@host/db does not answer")
        except RuntimeError:
            LOG.exception("crash")

    shown = capsys.readouterr().err + "".join(lines(tmp_path))
    assert "geheim" not in shown
    assert shown.count("***") == 14


def test_a_traceback_is_one_line_too(tmp_path: Path) -> None:
    with logging_to(tmp_path):
        try:
            raise RuntimeError("first\nsecond")
        except RuntimeError:
            LOG.exception("crash")

    (line,) = lines(tmp_path)
    assert 'ERROR crash exception="Traceback' in line
    assert line.endswith(r'RuntimeError: first\nsecond"')


def test_libraries_are_routed_and_the_talkative_ones_only_warn(tmp_path: Path) -> None:
    with logging_to(tmp_path):
        logging.getLogger("pymodbus.logging").info("a frame")
        logging.getLogger("sqlalchemy.engine").info("a statement")
        logging.getLogger("sqlalchemy.pool").warning("pool is %s", "empty")

    (line,) = lines(tmp_path)
    assert line.endswith('WARNING sqlalchemy.pool text="pool is empty"')


def test_no_value_can_make_a_second_line_or_a_false_field(tmp_path: Path) -> None:
    forged = "x\r\n2026-01-05T08:00:00.000Z INFO all.fine\u2028\x1b[2J level=ok"

    with logging_to(tmp_path):
        LOG.warning(forged, name=forged, plain="a=b")

    (line,) = lines(tmp_path)
    assert not {"\r", "\u2028", "\x1b"} & set(line)
    assert line.endswith('level=ok" plain="a=b"')


def test_the_level_decides_what_is_kept(tmp_path: Path) -> None:
    with logging_to(tmp_path):
        LOG.debug("quiet")
    with logging_to(tmp_path, level=logging.DEBUG):
        LOG.debug("loud")

    assert [line.split(" ", 1)[1] for line in lines(tmp_path)] == ["DEBUG loud"]


def test_repeated_failures_warn_once_and_the_recovery_is_told(tmp_path: Path) -> None:
    with logging_to(tmp_path, level=logging.DEBUG):
        repeats = Repeats(LOG, "poll.failed", "poll.recovered", "analyzer")
        repeats.success("A")
        repeats.failure("A", why="silent")
        repeats.failure("A", why="silent")
        repeats.failure("B", why="refused")
        repeats.success("A")
        repeats.success("A")
        repeats.failure("A", why="silent")

    assert [line.split(" ", 1)[1] for line in lines(tmp_path)] == [
        "WARNING poll.failed analyzer=A why=silent",
        "DEBUG poll.failed analyzer=A why=silent",
        "WARNING poll.failed analyzer=B why=refused",
        "INFO poll.recovered analyzer=A failures=2",
        "WARNING poll.failed analyzer=A why=silent",
    ]


def test_repeats_forget_the_keys_that_failed_longest_ago(tmp_path: Path) -> None:
    with logging_to(tmp_path, level=logging.ERROR):
        repeats = Repeats(LOG, "poll.failed", "poll.recovered", "analyzer")
        for number in range(logs.KEYS_REMEMBERED + 5):
            repeats.failure(str(number))

    assert len(repeats._failures) == logs.KEYS_REMEMBERED


def test_files_rotate_and_stay_within_their_bounds(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "enforcer.log", logging.NullHandler(), file_bytes=1000)

    for number in range(200):
        file.handle(fact(f"fact {number} {'x' * 80}"))
    file.close()

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["enforcer.log", *(f"enforcer.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert "fact 199" in (tmp_path / "enforcer.log").read_text()


def test_a_file_that_cannot_be_turned_is_written_on_and_costs_no_older_file(tmp_path: Path) -> None:
    (tmp_path / "enforcer.log.turning" / "in use").mkdir(parents=True)
    (tmp_path / "enforcer.log.1").write_text("older")
    file = LogFile(tmp_path / "enforcer.log", logging.NullHandler(), file_bytes=1000)

    for number in range(50):
        file.handle(fact(f"fact {number} {'x' * 80}"))
    file.close()

    assert (tmp_path / "enforcer.log").read_text().count("fact") == 50
    assert (tmp_path / "enforcer.log.1").read_text() == "older"


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no device that is always full")
def test_a_full_disk_stops_nothing_and_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "enforcer.log").symlink_to(FULL_DISK)

    with logging_to(tmp_path):
        for _number in range(3):
            LOG.info("poll.done")

    shown = capsys.readouterr().err
    assert shown.count("INFO poll.done") == 3
    assert shown.count("No space left on device. Free space or give access") == 1
    assert "Traceback" not in shown


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    folder.write_text("a file stands in the way")

    with logging_to(folder):
        LOG.info("poll.done")
        LOG.info("poll.done")

    shown = capsys.readouterr().err
    assert shown.count("INFO poll.done") == 2
    assert shown.count("WARNING log.file_failed") == 1


def test_a_file_is_taken_up_again_as_soon_as_it_can_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.write_text("a file stands in the way")

    with logging_to(folder):
        LOG.info("first")
        folder.unlink()
        LOG.info("second")

    assert [line.split(" ", 1)[1] for line in lines(folder)] == ["INFO second"]
    assert "INFO log.file_recovered" in capsys.readouterr().err


def test_two_processes_never_write_the_same_file(tmp_path: Path) -> None:
    other = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path)]

    with logging_to(tmp_path):
        LOG.info("ours")
        subprocess.run(other, cwd=ROOT, check=True, timeout=60, stderr=subprocess.DEVNULL)
    subprocess.run(other, cwd=ROOT, check=True, timeout=60, stderr=subprocess.DEVNULL)

    assert [line.split(" ", 1)[1] for line in lines(tmp_path)] == ["INFO ours", "INFO other"]
    assert "INFO other" in (tmp_path / "enforcer-2.log").read_text()


def test_more_processes_than_there_are_names_share_the_first_file(tmp_path: Path) -> None:
    places = [LogPlace(tmp_path, "enforcer") for _number in range(PROCESSES_AT_MOST + 1)]

    names = [place.path.name for place in places]

    for place in places:
        place.leave()
    assert names == ["enforcer.log", *(f"enforcer-{number}.log" for number in range(2, 10)), "enforcer.log"]


def test_an_error_that_ends_a_thread_is_in_the_log_with_its_traceback(tmp_path: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError("no such share")

    with logging_to(tmp_path):
        thread = threading.Thread(target=fail, name="poll")
        thread.start()
        thread.join()

    (line,) = lines(tmp_path)
    assert 'CRITICAL thread.uncaught thread=poll exception="Traceback' in line
    assert "no such share" in line


def test_an_error_of_the_main_thread_and_one_of_a_finalizer_are_in_the_log(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING_PROCESS, str(tmp_path)], cwd=ROOT, capture_output=True, check=False, timeout=60
    )

    finalizer, main = lines(tmp_path)
    assert done.returncode == 1
    assert "ERROR object.uncaught" in finalizer and "in a finalizer" in finalizer
    assert "CRITICAL process.uncaught thread=main" in main and "at the end" in main


def test_an_error_in_a_callback_of_asyncio_is_in_the_log(tmp_path: Path) -> None:
    async def fail_later() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(0)

    with logging_to(tmp_path):
        asyncio.run(fail_later())

    (line,) = lines(tmp_path)
    assert "ERROR asyncio" in line
    assert "ZeroDivisionError" in line


def test_what_is_taken_back_leaves_the_hooks_as_they_were(tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook

    with logging_to(tmp_path):
        during = sys.excepthook, threading.excepthook, sys.unraisablehook

    assert before == (sys.excepthook, threading.excepthook, sys.unraisablehook)
    assert not set(before) & set(during)


@contextmanager
def logging_to(folder: Path, level: int = logging.INFO) -> Iterator[None]:
    take_back = logs.configure("enforcer", folder=folder, level=level)
    try:
        yield
    finally:
        take_back()


def lines(folder: Path) -> list[str]:
    path = folder / "enforcer.log"
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def fact(text: str) -> logging.LogRecord:
    return logging.LogRecord("tests", logging.INFO, __file__, 1, text, (), None)
