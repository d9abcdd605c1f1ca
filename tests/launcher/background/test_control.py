"""What the service control manager of Windows is asked, with which arguments: on any system, by a recording one."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import pytest

from launcher.background import control
from launcher.background.control import ControlManager
from launcher.background.manager_protocol import State
from launcher.background.roster import Service, services_of
from launcher.background.windows_facts import LOCAL_SERVICE, base_python, grants, is_of_one_person, needs_password
from prepaid.clock import ManualClock
from prepaid.errors.launch import (
    AccountUnknown,
    EnvironmentRefused,
    PythonOfOnePerson,
    RightsMissing,
    ServiceRefused,
)
from tests.launcher.background.control_panel import Panel, People

NAME = "prepaid-enforcer"
CONFIGURATION = "home = C:\\Program Files\\Python311\ninclude-system-site-packages = false\nversion = 3.11.9\n"


class Machine:
    """A Windows in memory, with the product in a folder."""

    def __init__(self, root: Path, panel: Panel | None = None, *, code: int = 0, home: str = r"C:\Users\ali") -> None:
        self.root = root
        self.panel = panel or Panel()
        self.people = People(LOCAL_SERVICE, r"SITE\prepaid", "SITE\\energy$")
        self.commands: list[Sequence[str]] = []
        self.code = code
        clock = ManualClock()
        self.manager = ControlManager(self.panel, self.people, clock, clock.advance, self.run, Path(home))
        (root / ".venv").mkdir(exist_ok=True)
        (root / ".venv" / "pyvenv.cfg").write_text(CONFIGURATION, encoding="utf-8")

    @property
    def enforcer(self) -> Service:
        return services_of(self.root)[0]

    def run(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        self.commands.append(command)
        return subprocess.CompletedProcess(command, self.code, stdout="Failed processing 1 files", stderr="")


def test_a_service_starts_late_with_the_machine_and_again_after_each_failure(tmp_path: Path) -> None:
    machine = Machine(tmp_path)

    machine.manager.install(machine.enforcer, LOCAL_SERVICE)

    kept = machine.panel.services[NAME]
    kind, start, _errors, command, _group, _tag, _needs, account, password, title = kept.config
    script = PureWindowsPath(tmp_path) / "run_all.py"
    assert (kind, start) == (control.OWN_PROCESS, control.AUTO_START)
    assert command == f'"C:\\Program Files\\Python311\\python.exe" {script} service host {NAME}'
    assert (account, password, title) == (LOCAL_SERVICE, None, "Prepaid energy: enforcer")
    assert kept.more[control.DELAYED_AUTO_START] is True
    assert kept.more[control.FAILURE_ACTIONS]["Actions"] == ((1, 5_000), (1, 30_000), (1, 60_000))
    assert kept.more[control.FAILURE_ACTIONS_FLAG] is True
    assert kept.more[control.PRESHUTDOWN] == 60_000
    assert machine.panel.open_handles == 0


def test_installing_again_changes_what_is_there(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.manager.install(machine.enforcer, LOCAL_SERVICE)
    machine.manager.start(NAME)

    machine.manager.install(machine.enforcer, "SITE\\energy$")

    kept = machine.panel.services[NAME]
    assert (kept.config[7], kept.state) == ("SITE\\energy$", control.RUNNING)
    assert machine.panel.open_handles == 0


@pytest.mark.parametrize(
    ("account", "asked"),
    [
        (LOCAL_SERVICE, []),
        ("SITE\\energy$", []),
        (r"SITE\prepaid", [r"SITE\prepaid may log on as a service", r"SITE\prepaid has a password"]),
    ],
)
def test_only_the_account_of_a_person_needs_a_password(account: str, asked: list[str], tmp_path: Path) -> None:
    machine = Machine(tmp_path)

    machine.manager.install(machine.enforcer, account)

    assert machine.people.asked == asked
    assert machine.panel.services[NAME].config[8] == ("geheim" if asked else None)


def test_who_is_no_administrator_is_told_how_to_be(tmp_path: Path) -> None:
    machine = Machine(tmp_path, Panel(administrator=False))

    with pytest.raises(RightsMissing, match="Run as administrator"):
        machine.manager.require_rights()
    with pytest.raises(ServiceRefused, match="Access is denied"):
        machine.manager.install(machine.enforcer, LOCAL_SERVICE)


def test_an_account_that_is_not_there_is_refused(tmp_path: Path) -> None:
    manager = Machine(tmp_path).manager

    assert manager.account_for(None, tmp_path) == LOCAL_SERVICE
    with pytest.raises(AccountUnknown, match="nobody"):
        manager.account_for("nobody", tmp_path)


def test_a_python_of_one_person_is_refused_for_the_account_of_the_system(tmp_path: Path) -> None:
    machine = Machine(tmp_path, home=r"C:\Program Files")

    with pytest.raises(PythonOfOnePerson, match="for all users"):
        machine.manager.install(machine.enforcer, LOCAL_SERVICE)


def test_stopping_waits_until_it_has_stopped(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.manager.install(machine.enforcer, LOCAL_SERVICE)
    machine.manager.start(NAME)

    machine.manager.stop(NAME)
    machine.manager.stop(NAME)

    assert machine.manager.state(NAME) is State.STOPPED
    assert machine.panel.open_handles == 0


def test_a_service_that_never_stops_is_told_not_waited_for(tmp_path: Path) -> None:
    machine = Machine(tmp_path, Panel(stops_after=None))
    machine.manager.install(machine.enforcer, LOCAL_SERVICE)
    machine.manager.start(NAME)

    with pytest.raises(ServiceRefused, match="not stopped after 60 s"):
        machine.manager.stop(NAME)
    assert machine.manager.state(NAME) is State.CHANGING


def test_a_removed_service_is_stopped_and_gone_and_one_that_never_was_is_no_fault(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.manager.install(machine.enforcer, LOCAL_SERVICE)
    machine.manager.start(NAME)

    machine.manager.remove(NAME)
    machine.manager.remove(NAME)

    assert machine.manager.state(NAME) is State.ABSENT
    assert machine.panel.open_handles == 0
    with pytest.raises(ServiceRefused, match="no such service"):
        machine.manager.start(NAME)


def test_a_service_that_ended_with_an_error_has_failed(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.manager.install(machine.enforcer, LOCAL_SERVICE)

    machine.panel.services[NAME].exit_code = 1066

    assert machine.manager.state(NAME) is State.FAILED


def test_the_account_may_read_the_product_and_write_its_folders(tmp_path: Path) -> None:
    commands = list(grants(LOCAL_SERVICE, Path("root"), [Path("data")]))

    assert commands == [
        ["icacls", "root", "/grant", "*S-1-5-19:(OI)(CI)RX"],
        ["icacls", str(Path("root") / ".env"), "/grant", "*S-1-5-19:R"],
        ["icacls", "data", "/grant", "*S-1-5-19:(OI)(CI)M"],
    ]


def test_a_refused_grant_is_told(tmp_path: Path) -> None:
    with pytest.raises(ServiceRefused, match=r"icacls.*Failed processing"):
        Machine(tmp_path, code=5).manager.give(LOCAL_SERVICE, tmp_path, [])


def test_the_host_is_the_python_that_the_environment_was_made_from() -> None:
    assert base_python(CONFIGURATION) == r"C:\Program Files\Python311\python.exe"
    with pytest.raises(EnvironmentRefused):
        base_python("version = 3.11.9\n")


@pytest.mark.parametrize(
    ("account", "needs"),
    [(LOCAL_SERVICE, False), (r"NT SERVICE\x", False), ("D\\managed$", False), (r".\ali", True), ("ali", True)],
)
def test_accounts_of_the_system_have_no_password(account: str, needs: bool) -> None:
    assert needs_password(account) is needs


@pytest.mark.slow
def test_what_only_windows_runs_is_checked_against_the_types_of_pywin32(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent.parent.parent
    command = ["-m", "mypy", "--platform", "win32", "--cache-dir", str(tmp_path), "-p", "launcher"]

    done = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, check=False, timeout=110
    )

    assert done.stdout.startswith("Success"), done.stdout


def test_a_python_in_a_profile_is_of_one_person() -> None:
    python = r"C:\Users\Ali\AppData\Local\Programs\Python\Python311\python.exe"

    assert is_of_one_person(python, r"c:\users\ali")
    assert not is_of_one_person(r"C:\Program Files\Python311\python.exe", r"C:\Users\ali")
