"""One run_all at a time in a folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.alone import alone
from prepaid.errors.launch import AlreadyRuns

ROOT = Path(__file__).resolve().parent.parent.parent
HOLD = """
import sys
from pathlib import Path
from launcher.alone import alone

with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(AlreadyRuns) as raised, alone(tmp_path):
        pass

    assert f"process {os.getpid()}" in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_another_folder_is_another_matter(tmp_path: Path) -> None:
    with alone(tmp_path / "a"), alone(tmp_path / "b"):
        pass


def test_the_lock_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(AlreadyRuns), alone(tmp_path):
            pass
        other.kill()
        other.wait()

        with alone(tmp_path):
            pass
