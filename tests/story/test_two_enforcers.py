"""Two enforcers on one database; fate kills and stops them. `python -m tests.chaos` does it for as long as you like."""

import sys
from pathlib import Path

import pytest

from tests.chaos.run import Plan, run

SEED = 6
SECONDS = 75.0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="a process is stopped by SIGSTOP, and told by /proc")
def test_whatever_is_killed_or_stopped_one_of_two_enforcers_works_and_never_both(
    tmp_path: Path, migrated_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database_file = tmp_path / "prepaid.db"
    database_file.write_bytes(migrated_file.read_bytes())

    report = run(Plan(seed=SEED, seconds=SECONDS), f"sqlite:///{database_file.as_posix()}", tmp_path)

    with capsys.disabled():
        sys.stdout.write("\n".join(["", *report.figures, ""]))
    assert list(report.breaches) == []
    assert report.strikes >= 8
    assert report.takeovers >= 2
    assert report.frames >= 20
