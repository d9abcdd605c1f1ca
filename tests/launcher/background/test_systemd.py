"""Units and systemctl: what is written, what is run, what is refused."""

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from documents.service_manager import STUCK_AFTER_S
from launcher.background.manager_protocol import State
from launcher.background.roster import Service, services_of
from launcher.background.systemd import Said, Systemd, hand_over
from launcher.background.unit import STOP_S, WATCHDOG_S, unit_of
from prepaid.errors.launch import AccountNeeded, AccountUnknown, RightsMissing, ServiceRefused

pytestmark = pytest.mark.skipif(os.name == "nt", reason="systemd is of Linux")
PYTHON = Path("/opt/prepaid/.venv/bin/python")


class Machine:
    """A systemctl that says what it is told to, and writes down what it was asked."""

    def __init__(self, units: Path, **answers: Said) -> None:
        self.asked: list[str] = []
        self.owned: list[tuple[Path, str]] = []
        self.answers = answers
        units.mkdir(exist_ok=True)
        self.systemd = Systemd(units, self.run, lambda path, account: self.owned.append((path, account)))

    def run(self, command: Sequence[str]) -> Said:
        self.asked.append(" ".join(command))
        word = "id" if command[0] == "id" else command[1]
        return self.answers.get(word.replace("-", "_"), Said(0, ""))


def enforcer_in(root: Path) -> Service:
    return services_of(root)[0]


def setting(unit: str, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{name}=")]


def test_a_unit_says_what_runs_as_whom_and_how_often_again() -> None:
    unit = unit_of(enforcer_in(Path("/opt/prepaid")), "prepaid", PYTHON)

    assert setting(unit, "ExecStart") == ['"/opt/prepaid/.venv/bin/python" "-m" "enforcer" "run"']
    assert setting(unit, "WorkingDirectory") == ["/opt/prepaid"]
    assert setting(unit, "User") == ["prepaid"]
    assert (setting(unit, "Restart"), setting(unit, "StartLimitIntervalSec")) == (["always"], ["0"])
    assert setting(unit, "After") == ["network-online.target time-sync.target"]
    assert setting(unit, "LimitNOFILE") == ["4096"]
    assert setting(unit, "ReadWritePaths") == ['"-/opt/prepaid/data" "-/opt/prepaid/logs"']
    assert (setting(unit, "Type"), setting(unit, "TimeoutStopSec")) == (["notify"], [str(STOP_S)])


def test_systemd_waits_as_long_for_a_sign_of_life_as_health_does() -> None:
    assert WATCHDOG_S == STUCK_AFTER_S


def test_no_path_and_no_name_can_change_the_unit() -> None:
    root = Path('/opt/a b/100%/"q"\nUser=root/$HOME')
    service = replace(enforcer_in(root), title="Mall\nExecStart=/bin/evil", environ={"A": 'x" "B=y\\'})

    unit = unit_of(service, "prepaid", root / "python")

    assert len(setting(unit, "User")) == len(setting(unit, "ExecStart")) == 1
    assert setting(unit, "ExecStart")[0].startswith('"/opt/a b/100%%/\\"q\\" User=root/$$HOME/python" ')
    assert '"A=x\\" \\"B=y\\\\"' in setting(unit, "Environment")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_systemd_itself_finds_no_fault_in_the_units(number: int, tmp_path: Path) -> None:
    root = tmp_path / "a folder with 100 %"
    root.mkdir()
    service = services_of(root, ["Mall 1", "Tower"])[number]
    unit = tmp_path / f"{service.name}.service"
    unit.write_text(unit_of(service, getpass.getuser(), Path(sys.executable)), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_installing_writes_the_unit_and_starts_it_with_the_machine(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "units")

    machine.systemd.install(enforcer_in(tmp_path), "prepaid")

    assert "User=prepaid" in (tmp_path / "units" / "prepaid-enforcer.service").read_text()
    assert machine.asked == ["systemctl daemon-reload", "systemctl enable prepaid-enforcer.service"]
    assert [path.name for path in (tmp_path / "units").iterdir()] == ["prepaid-enforcer.service"]


def test_removing_stops_it_first_and_what_is_not_there_is_no_fault(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "units")
    machine.systemd.install(enforcer_in(tmp_path), "prepaid")
    machine.asked.clear()

    machine.systemd.remove("prepaid-enforcer")
    machine.systemd.remove("prepaid-enforcer")
    machine.systemd.stop("prepaid-enforcer")

    assert machine.asked == ["systemctl disable --now prepaid-enforcer.service", "systemctl daemon-reload"]
    assert not list((tmp_path / "units").iterdir())


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("active", State.RUNNING),
        ("activating", State.CHANGING),
        ("deactivating", State.CHANGING),
        ("failed", State.FAILED),
        ("inactive", State.STOPPED),
    ],
)
def test_the_state_is_told_in_our_words(word: str, state: State, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "units", is_active=Said(3, word))
    absent = machine.systemd.state("prepaid-enforcer")
    machine.systemd.install(enforcer_in(tmp_path), "prepaid")

    assert (absent, machine.systemd.state("prepaid-enforcer")) == (State.ABSENT, state)


def test_a_refusal_is_told_in_the_words_of_systemd(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "units", start=Said(1, "Unit not found."))

    with pytest.raises(ServiceRefused, match=r"systemctl start prepaid-enforcer\.service.*Unit not found"):
        machine.systemd.start("prepaid-enforcer")


def test_services_run_as_somebody_who_is_known_and_never_as_root_by_chance(tmp_path: Path) -> None:
    known, unknown = Machine(tmp_path / "units"), Machine(tmp_path / "units", id=Said(1, "no such user"))

    account = known.systemd.account_for("prepaid", tmp_path)

    assert account == "prepaid"
    with pytest.raises(AccountUnknown, match="useradd --system --user-group prepaid"):
        unknown.systemd.account_for("prepaid", tmp_path)
    with pytest.raises(AccountNeeded, match="--user prepaid"):
        known.systemd.account_for("root", tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root's folders belong to root")
def test_a_folder_of_root_needs_an_account_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(AccountNeeded):
        Machine(tmp_path / "units").systemd.account_for(None, tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do everything")
def test_who_is_not_root_is_told_how_to_be() -> None:
    with pytest.raises(RightsMissing, match="sudo"):
        Systemd().require_rights()


def test_what_the_services_write_and_their_secrets_become_the_accounts(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".env").write_text("", encoding="utf-8")
    machine = Machine(tmp_path / "units")

    machine.systemd.give("prepaid", tmp_path, [tmp_path / "data", tmp_path / "logs"])

    assert machine.owned == [(tmp_path / "data", "prepaid"), (tmp_path / ".env", "prepaid")]


def test_handing_over_follows_no_link_out_of_the_folder(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "prepaid.db").write_text("", encoding="utf-8")
    (folder / "away").symlink_to(elsewhere / "nothing")

    hand_over(folder, getpass.getuser())

    assert (folder / "prepaid.db").owner() == getpass.getuser()
