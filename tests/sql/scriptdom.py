"""Microsoft's own parser of T-SQL (ScriptDom, of SQL Server 2019), under mono, as a witness of tests. Never shipped.

The library comes from the wheel of mssql-cli, the bridge to it from pythonnet; both are fetched by pip into a folder
that goes when the tests end. The parser works in a process of its own, so that mono stays out of the one of the tests.

errors_of("SELECT 1 FROM")  # ["1:14 Unexpected end of file occurred."]
"""

import atexit
import json
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from shutil import which

import pytest

PACKAGES = ("mssql-cli==1.0.0", "pythonnet==3.2.1", "clr-loader==0.3.1")
LIBRARY = "Microsoft.SqlServer.TransactSql.ScriptDom.dll"
FETCHED_WITHIN_S = 300
CHILD = Path(__file__).with_name("scriptdom_child.py")


def errors_of(text: str) -> list[str]:
    """What the parser says against a script (its lines GO part batches): line, column and sentence each; none: it is
    T-SQL. Skips the test, with the reason, where the parser cannot be had."""
    parser = _parser()
    assert parser.stdin is not None and parser.stdout is not None, "both are pipes"
    parser.stdin.write(json.dumps(text) + "\n")
    parser.stdin.flush()
    answer = parser.stdout.readline()
    assert answer, "the parser has died; what it said stands above"
    found: list[str] = json.loads(answer)
    return found


@cache
def _parser() -> "subprocess.Popen[str]":
    folder = _fetched()
    if isinstance(folder, str):
        pytest.skip(folder)
    process = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    atexit.register(process.kill)
    return process


@cache
def _fetched() -> Path | str:
    """The folder with the library and the bridge; or why there is none."""
    if which("mono") is None:
        return "mono is not installed (apt-get install mono-devel)"
    kept = tempfile.TemporaryDirectory(prefix="scriptdom-")
    atexit.register(kept.cleanup)
    folder = Path(kept.name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    try:
        subprocess.run(
            [*pip, "download", "--no-deps", "--dest", folder, *PACKAGES], check=True, timeout=FETCHED_WITHIN_S
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return f"the parser could not be fetched: {error}"
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                if wheel.name.startswith("mssql_cli") and not name.endswith(LIBRARY):
                    continue
                packed.extract(name, folder)
    [library] = folder.rglob(LIBRARY)
    return library.rename(folder / LIBRARY).parent
