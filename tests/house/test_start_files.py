"""The files that people start with: run_all.py, run_all.bat, .ci/run, the dashboard's settings."""

import ast
import os
import subprocess
import sys
import tomllib

import pytest

from tests.house.lock import ROOT

OLD = "import sys, runpy; sys.version_info = (3, 8, 18, 'final', 0); runpy.run_path('run_all.py', run_name='__main__')"


def test_an_old_python_is_told_what_to_do() -> None:
    done = subprocess.run([sys.executable, "-c", OLD], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    assert "needs Python 3.11 or newer, and this is Python 3.8. Install" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_all_has_nothing_that_an_old_python_cannot_read() -> None:
    tree = ast.parse((ROOT / "run_all.py").read_text(encoding="utf-8"), feature_version=(3, 7))

    new = (ast.JoinedStr, ast.AnnAssign, ast.FunctionDef, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef)

    assert not [node for node in ast.walk(tree) if isinstance(node, new)]


def test_what_run_all_needs_before_it_installs_anything_is_there_without_packages() -> None:
    """`-I -S` is a Python without any installed package."""
    code = "import sys; sys.path.insert(0, '.'); import launcher.command"

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--analyzers", "801"], "801 is not a whole number from 1 to 800"),
        (["--analyzers", "-3"], "-3 is not a whole number"),
        (["--port-offset", "x"], "x is not a whole number from 0 to"),
        (["--no-demo", "--analyzers", "3"], "not allowed with argument"),
        (["--cheese"], "unrecognized arguments: --cheese"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_done(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "run_all.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_batch_file_is_what_windows_reads() -> None:
    raw = (ROOT / "run_all.bat").read_bytes()

    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert b"py -3" in raw
    assert b'"%~dp0run_all.py" %*' in raw
    assert b"*.bat text eol=crlf" in (ROOT / ".gitattributes").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="a script for bash")
def test_the_script_of_ci_is_valid_and_can_be_started() -> None:
    done = subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=False)

    assert done.returncode == 0
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_dashboard_stays_at_home_and_shows_no_traceback() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    assert settings["server"]["port"] == 8000
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert "cookieSecret" not in settings["server"]
