"""`run_all.py service` from the command line, with a service manager in memory."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from launcher.background.command import main
from launcher.background.manager_protocol import State
from launcher.background.roster import Service, remember
from prepaid.errors.launch import RightsMissing, ServiceRefused
from tests.launcher.site import silent_console

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PRODUCT = ("launcher", "prepaid", "sql", "documents", "enforcer", "dashboard", "run_all.py", ".env.example")


class Memory:
    """A service manager that only remembers; `acts` in order."""

    def __init__(self, *, administrator: bool = True, refuses: str = "") -> None:
        self.refuses = refuses
        self.states: dict[str, State] = {}
        self.acts: list[str] = []
        self.administrator = administrator

    def require_rights(self) -> None:
        if not self.administrator:
            raise RightsMissing(how="sudo")

    def account_for(self, asked: str | None, root: Path) -> str:
        return asked or "owner"

    def give(self, account: str, root: Path, writes: Sequence[Path]) -> None:
        self.acts.append(f"give {account} {','.join(each.name for each in writes)}")

    def install(self, service: Service, account: str) -> None:
        self._do("install", service.name, State.STOPPED)

    def remove(self, name: str) -> None:
        self._do("remove", name, State.ABSENT)

    def start(self, name: str) -> None:
        if name == self.refuses:
            raise ServiceRefused(what=name, why="no")
        self._do("start", name, State.RUNNING)

    def stop(self, name: str) -> None:
        if name in self.states:
            self._do("stop", name, State.STOPPED)

    def state(self, name: str) -> State:
        return self.states.get(name, State.ABSENT)

    def _do(self, act: str, name: str, state: State) -> None:
        self.acts.append(f"{act} {name}")
        self.states[name] = state


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A copy of the product by links, with the packages of this environment, as after the installation."""
    root = tmp_path / "product"
    root.mkdir()
    for name in PRODUCT:
        (root / name).symlink_to(ROOT / name)
    return root


def service(arguments: str, root: Path, manager: Memory) -> tuple[int, str]:
    console, written = silent_console()
    return main(arguments.split(), root, console, manager), written.getvalue()


def test_they_start_in_one_order_and_stop_in_the_other(product: Path) -> None:
    manager = Memory()

    started = service("start", product, manager)
    service("stop", product, manager)

    assert started[0] == 0
    assert "prepaid-enforcer: runs" in started[1]
    assert manager.acts == [
        "start prepaid-enforcer",
        "start prepaid-dashboard",
        "stop prepaid-dashboard",
        "stop prepaid-enforcer",
    ]


def test_one_that_does_not_start_keeps_no_other_from_starting(product: Path) -> None:
    manager = Memory(refuses="prepaid-enforcer")

    code, said = service("start", product, manager)

    assert code == 1
    assert 'refused "prepaid-enforcer": no' in said
    assert manager.states == {"prepaid-dashboard": State.RUNNING}


def test_what_was_installed_for_sites_is_what_is_removed(product: Path) -> None:
    manager = Memory()
    remember(product / "data", ["Mall 1", "Tower"])

    service("uninstall", product, manager)

    assert manager.acts == [
        "remove prepaid-dashboard",
        "remove prepaid-enforcer-tower",
        "remove prepaid-enforcer-mall-1",
    ]


def test_status_asks_the_manager_and_the_page_of_health(product: Path) -> None:
    (product / ".env").write_text("HEALTH_PORT=1\nSTREAMLIT_SERVER_PORT=1\n", encoding="utf-8")

    code, said = service("status", product, Memory(administrator=False))

    assert code == 1
    assert "prepaid-enforcer is not installed; its page of health says: silent (http://127.0.0.1:1/health)" in said
    assert "http://127.0.0.1:1/api/health" in said


@pytest.mark.parametrize("command", ["start", "stop", "uninstall"])
def test_only_an_administrator_changes_services(command: str, product: Path) -> None:
    manager = Memory(administrator=False)

    with pytest.raises(RightsMissing):
        service(command, product, manager)

    assert not manager.acts


def test_the_command_is_reached_from_run_all(product: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-S", "run_all.py", "service", "--help"],
        cwd=product,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0
    assert all(word in done.stdout for word in ("install", "uninstall", "start", "stop", "status"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
class TestInstalling:
    """With real commands of the product; only the service manager is in memory."""

    def test_tables_are_made_folders_given_and_services_started(self, installed: Path) -> None:
        manager = Memory()

        code, said = service("install --user prepaid", installed, manager)

        assert code == 0
        assert (installed / "data" / "prepaid.db").exists()
        assert (installed / ".env").exists()
        assert manager.acts == [
            "give prepaid data,logs",
            "install prepaid-enforcer",
            "install prepaid-dashboard",
            "start prepaid-enforcer",
            "start prepaid-dashboard",
        ]
        assert "Installed for prepaid" in said

    def test_installing_again_stops_first_and_removes_what_is_no_longer_wanted(self, installed: Path) -> None:
        manager = Memory()
        service("install", installed, manager)
        manager.acts.clear()

        service("install --site Tower", installed, manager)

        assert manager.acts[:2] == ["stop prepaid-dashboard", "stop prepaid-enforcer"]
        assert "remove prepaid-enforcer" in manager.acts
        assert "remove prepaid-dashboard" not in manager.acts
        assert manager.states["prepaid-enforcer-tower"] is State.RUNNING

    def test_without_the_rights_the_units_are_written_down(self, installed: Path) -> None:
        code, said = service("install", installed, Memory(administrator=False))

        units = sorted(path.name for path in (installed / "data" / "systemd").iterdir())
        assert code == 1
        assert units == ["prepaid-dashboard.service", "prepaid-enforcer.service"]
        assert "sudo systemctl daemon-reload && sudo systemctl enable --now prepaid-enforcer.service" in said
        assert not (installed / "data" / "prepaid.db").exists()

    @pytest.fixture
    def installed(self, product: Path) -> Path:
        """The product with its environment made."""
        (product / "requirements.txt").symlink_to(ROOT / "requirements.txt")
        folder = product / ".venv"
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        (folder / "lib").symlink_to(Path(sys.prefix) / "lib")
        (folder / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
        digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
        (folder / "installed-requirements.txt.sha256").write_text(digest, encoding="ascii")
        return product
