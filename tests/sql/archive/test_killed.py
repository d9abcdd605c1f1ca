"""A real process is killed at each step; the next one archives what is left, everything once."""

import signal
import subprocess
import sys

import pytest

from sql.archive.make import Step
from tests.house.lock import ROOT
from tests.sql.archive.past import DAY, FIRST_AT, Past

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]
PATIENCE_S = 60


@pytest.mark.parametrize("step", list(Step))
def test_a_process_killed_by_the_system_loses_nothing(past: Past, step: Step) -> None:
    past.read(FIRST_AT, times=300)
    past.read(FIRST_AT + DAY, times=2)
    before = past.rows()
    past.database.close()

    command = [sys.executable, "-m", "tests.sql.archive.killed", str(past.database.url), str(past.folder), step.value]
    ended = subprocess.run(command, cwd=ROOT, timeout=PATIENCE_S, check=False)
    past.clock.advance(2 * 3600)
    past.archive()

    assert ended.returncode == -signal.SIGKILL
    assert past.rows() == []
    assert past.archived_rows() == before
    assert [path.suffix for path in past.files()] == [".parquet", ".parquet"]
