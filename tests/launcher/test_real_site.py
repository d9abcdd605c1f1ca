"""run_all.py with the real database, simulator and enforcer: the demo site of a fresh copy."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from launcher.environment import interpreter
from tests.launcher.site import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
STOPPED_WITHIN_S = 90
PORT_OFFSET = 1000 + os.getpid() % 150 * 100
SECOND_START_S = 10.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="sends the signals of POSIX"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product with the packages of this environment, as after the installation."""
    root = tmp_path_factory.mktemp("site")
    for name in (".streamlit", "launcher", "prepaid", "sql", "documents", "enforcer", "dashboard"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("run_all.py", ".env.example", "requirements.txt"):
        shutil.copy(ROOT / name, root)
    environment = root / ".venv"
    interpreter(environment).parent.mkdir(parents=True)
    interpreter(environment).symlink_to(sys.executable)
    (environment / "lib").symlink_to(Path(sys.prefix) / "lib")
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", environment)
    digest = hashlib.sha256((root / "requirements.txt").read_bytes()).hexdigest()
    (environment / "installed-requirements.txt.sha256").write_text(digest)
    return root


@contextmanager
def running(tree: Path, by: signal.Signals, *more: str) -> Iterator[float]:
    """The seconds until all is running; at the end of the block it is ended by the signal."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DB_SERVER")}
    begun_s = time.monotonic()
    with (
        (tree / "output.txt").open("w") as output,
        subprocess.Popen(
            [sys.executable, "run_all.py", "--port-offset", str(PORT_OFFSET), *more],
            cwd=tree,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=kept,
        ) as process,
    ):
        try:
            wait_until(lambda: process.poll() is not None or "All is running" in said(tree), 60)
            assert process.poll() is None, said(tree)
            yield time.monotonic() - begun_s
            process.send_signal(by)
            process.wait(STOPPED_WITHIN_S)
        finally:
            process.kill()


def said(tree: Path) -> str:
    return (tree / "output.txt").read_text()


def health() -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{9470 + PORT_OFFSET}/health", timeout=5) as page:
        answer: dict[str, Any] = json.load(page)
    return answer


def test_a_demo_site_comes_up_again_within_seconds_and_puts_nothing_on_hold(tree: Path) -> None:
    with running(tree, signal.SIGINT, "--analyzers", "12"):
        wait_until(lambda: health()["passes"] >= 2, 60)
        first = health()
    with running(tree, signal.SIGKILL) as seconds:
        wait_until(lambda: health()["passes"] >= 2, 60)
        again = health()

    assert first["state"] == again["state"] == "ok"
    assert first["reads"]["missed"] == again["reads"]["missed"] == 0
    assert first["accounts"] == again["accounts"] > 0
    assert seconds < SECOND_START_S
    assert "Database" not in said(tree)


def test_the_books_are_right_after_a_kill(tree: Path) -> None:
    with running(tree, signal.SIGKILL):
        wait_until(lambda: health()["passes"] >= 1, 60)

    checked = subprocess.run(
        [interpreter(tree / ".venv"), "-m", "sql", "check", "--all"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
