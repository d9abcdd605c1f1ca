"""The whole road of run_all.py, in a copy of the tree whose database and processes are stand-ins."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from launcher.environment import interpreter
from tests.launcher.site import STAND_IN, diary_lines, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SQL = """
import os, sys
from pathlib import Path
if sys.argv[1] != "sites":
    Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).write_text(sys.argv[1])
"""
# Speaks as `python -m enforcer` does: simulate answers on its control port and opens the analyzers' ports.
ENFORCER = """
import os, socketserver, sys, threading
from pathlib import Path
import stand_in

arguments = dict(zip(sys.argv, sys.argv[1:]))
if sys.argv[1] == "run":
    sys.exit(stand_in.run(int(os.environ["HEALTH_PORT"]), Path("diary.txt"), Path("mood.txt").read_text()))

class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())

first = int(arguments["--port-base"])
ports = [int(arguments["--control-port"]), *range(first, first + int(arguments["--analyzers"]))]
servers = [socketserver.ThreadingTCPServer(("127.0.0.1", port), Echo, bind_and_activate=False) for port in ports]
for server in servers:
    server.allow_reuse_address = server.daemon_threads = True
    server.server_bind(); server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
with open("diary.txt", "a") as diary: diary.write(f"started simulator {os.getpid()}\\n")
sys.stdin.buffer.read()
with open("diary.txt", "a") as diary: diary.write(f"stopped simulator {os.getpid()}\\n")
"""
# Speaks as `python -m streamlit run` does with the dashboard's settings.
STREAMLIT = """
import os, sys
from pathlib import Path
import stand_in

assert sys.argv[1:] == ["run", "dashboard/app.py"] and os.environ["STOP_WITH_PARENT"]
sys.exit(stand_in.run(int(os.environ["STREAMLIT_SERVER_PORT"]), Path("diary.txt"), Path("mood.txt").read_text()))
"""
# Below the ports that the system gives to outgoing connections, and another one in each run of the tests.
PORT_OFFSET = 1000 + os.getpid() % 150 * 100
START = [sys.executable, "run_all.py", "--port-offset", str(PORT_OFFSET)]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends the signals of POSIX")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree as after the installation: what it installs is nothing, and the stamp says so."""
    for name in ("launcher", "prepaid", "sql/demo"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("run_all.py", ".env.example"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "sql" / "__main__.py").write_text(SQL)
    (tmp_path / "enforcer").mkdir()
    (tmp_path / "enforcer" / "__main__.py").write_text(ENFORCER)
    (tmp_path / "streamlit").mkdir()
    (tmp_path / "streamlit" / "__main__.py").write_text(STREAMLIT)
    shutil.copy(STAND_IN, tmp_path / "stand_in.py")
    (tmp_path / "mood.txt").write_text("well")
    python = interpreter(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / ".venv" / "installed-requirements.txt.sha256").write_text(hashlib.sha256(b"").hexdigest())
    return tmp_path


def start(tree: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*START, *more],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DB_SERVER")},
    )


def ended(tree: Path, *more: str) -> tuple[int, str]:
    """Exit code and output of a start that ends by itself."""
    with start(tree, *more) as process:
        try:
            output, _nothing = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, output


def stopped(tree: Path, by: signal.Signals, *more: str) -> tuple[int, str]:
    """Exit code and output of a start that is stopped by a signal as soon as all is running."""
    before = len(diary_lines(tree))
    with start(tree, *more) as process:
        try:
            assert process.stdout is not None
            output = ""
            while "All is running" not in output:
                line = process.stdout.readline()
                assert line, output
                output += line
            processes = [int(process) for _what, _port, process in diary_lines(tree)[before:]]
            if by is signal.SIGINT:
                os.killpg(process.pid, by)  # as a terminal does: to every process of the group
            else:
                process.send_signal(by)
            output += process.stdout.read()
            process.wait(20)
            if by is signal.SIGKILL:
                wait_until(lambda: not any(psutil.pid_exists(each) for each in processes))
            assert not any(psutil.pid_exists(each) for each in processes), "run_all ends after its children"
        finally:
            process.kill()
    return process.returncode, output


def test_a_first_start_does_everything_and_ctrl_c_ends_it(tree: Path) -> None:
    code, output = stopped(tree, signal.SIGINT)

    assert code == 0
    assert (tree / "data" / "prepaid.db").read_text() == "demo"
    assert "JWT_SECRET=" in (tree / ".env").read_text()
    assert output.index(".env is new") < output.index("simulator: healthy") < output.index("enforcer: healthy")
    assert output.endswith("Stopping...\nStopped.\n")
    assert output.index("enforcer: healthy") < output.index("dashboard: healthy") < output.index("Sign in to the demo")
    assert f"http://localhost:{8000 + PORT_OFFSET}" in output
    assert "Admin123!" in output
    assert [what for what, _port, _pid in diary_lines(tree)] == ["started"] * 3 + ["stopped"] * 3


def test_a_start_right_after_a_kill_is_well_and_makes_nothing_anew(tree: Path) -> None:
    killed, _output = stopped(tree, signal.SIGKILL)

    code, output = stopped(tree, signal.SIGTERM)

    assert killed == -signal.SIGKILL
    assert code == 0
    assert "Database" not in output
    assert ".env is new" not in output


def test_without_a_demo_no_simulator_runs_and_no_demo_password_is_told(tree: Path) -> None:
    _code, output = stopped(tree, signal.SIGINT, "--no-demo", "--data", "elsewhere")

    assert (tree / "elsewhere" / "prepaid.db").read_text() == "create"
    assert "simulator" not in output
    assert (tree / "elsewhere" / "logs" / "enforcer.out").exists()
    assert "The first sign-in is admin" in output
    assert "Manager123!" not in output


def test_a_child_that_dies_ends_the_start_with_its_words_and_leaves_nobody(tree: Path) -> None:
    (tree / "mood.txt").write_text("dies")

    code, output = ended(tree)

    assert code == 1
    assert "The enforcer ended while it started (exit code 3)" in output
    assert "The setting X is wrong. Correct it." in output
    assert "Traceback" not in output
    assert [what for what, _port, _pid in diary_lines(tree)] == ["started", "stopped"]


def test_a_second_one_in_the_same_folder_is_refused(tree: Path) -> None:
    with start(tree) as first:
        try:
            wait_until(lambda: len(diary_lines(tree)) == 3)
            code, output = ended(tree)
        finally:
            first.send_signal(signal.SIGTERM)
            first.wait(20)

    assert code == 1
    assert f"Another run_all (process {first.pid})" in output


def test_a_second_site_on_the_same_ports_is_told_who_has_them(tree: Path) -> None:
    with start(tree) as first:
        try:
            wait_until(lambda: len(diary_lines(tree)) == 3)
            code, output = ended(tree, "--data", "other")
        finally:
            first.send_signal(signal.SIGTERM)
            first.wait(20)

    assert code == 1
    assert f"Port {15010 + PORT_OFFSET} of this machine is taken by" in output
    assert "--port-offset" in output


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tree: Path) -> None:
    (tree / "locked").mkdir(mode=0o500)

    code, output = ended(tree, "--data", "locked/data")

    assert code == 1
    assert "cannot be read or written" in output


def test_a_python_that_debian_packed_apart_is_told_what_to_install(tree: Path) -> None:
    shutil.rmtree(tree / ".venv")
    code = "import runpy, sys; sys.modules['ensurepip'] = None; runpy.run_path('run_all.py', run_name='__main__')"

    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "apt install python3." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_where_the_folder_should_be_is_named(tree: Path) -> None:
    (tree / "data").write_text("not a folder")

    code, output = ended(tree)

    assert code == 1
    assert "cannot be read or written" in output
    assert "Traceback" not in output
