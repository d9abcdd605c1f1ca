"""The services of Linux: units in /etc/systemd/system, and systemctl."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from launcher.background.manager_protocol import State
from launcher.background.roster import Service
from launcher.background.unit import STOP_S, unit_of
from launcher.env_file import NAME
from launcher.environment import interpreter
from prepaid.errors.launch import AccountNeeded, AccountUnknown, RightsMissing, ServiceRefused

UNITS = Path("/etc/systemd/system")
ALIVE = Path("/run/systemd/system")
PATIENCE_S = STOP_S + 30
STATES = {
    "active": State.RUNNING,
    "reloading": State.CHANGING,
    "activating": State.CHANGING,
    "deactivating": State.CHANGING,
    "failed": State.FAILED,
}


class Said(NamedTuple):
    """What a command answered."""

    code: int
    text: str


Run = Callable[[Sequence[str]], Said]


def run_command(command: Sequence[str]) -> Said:
    """Runs it to its end, with a bound. A program that is not there answers as the shell would."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
    except FileNotFoundError:
        return Said(127, f"{command[0]}: not found")
    except subprocess.TimeoutExpired:
        return Said(124, f"{command[0]}: no answer within {PATIENCE_S} s")
    return Said(done.returncode, (done.stdout + done.stderr).strip())


def hand_over(path: Path, account: str) -> None:
    """Makes the account the owner of a file, or of a folder with all that is in it."""
    shutil.chown(path, account)
    if path.is_dir() and not path.is_symlink():
        for child in path.iterdir():
            if not child.is_symlink():
                hand_over(child, account)


class Systemd:
    """`run` starts commands, `own` gives files to an account; tests pass their own."""

    def __init__(
        self, units: Path = UNITS, run: Run = run_command, own: Callable[[Path, str], None] = hand_over
    ) -> None:
        self._units = units
        self._run = run
        self._own = own

    def require_rights(self) -> None:
        if sys.platform != "win32" and os.geteuid() != 0:
            raise RightsMissing(how="sudo python3 run_all.py service ...")

    def account_for(self, asked: str | None, root: Path) -> str:
        """The one that is asked for, else the owner of the product's folder, who must not be root."""
        account = asked or owner_of(root)
        if account is None or account == "root":
            raise AccountNeeded(where=root)
        if self._run(["id", "-u", account]).code != 0:
            raise AccountUnknown(account=account, how=f"sudo useradd --system --user-group {account}")
        return account

    def give(self, account: str, root: Path, writes: Sequence[Path]) -> None:
        """The folders must be there; made by root a moment ago, they are the account's from now on."""
        for path in (*writes, root / NAME):
            if path.exists():
                self._own(path, account)

    def install(self, service: Service, account: str) -> None:
        text = unit_of(service, account, interpreter(service.root / ".venv", windows=False))
        path = self._units / f"{service.name}.service"
        fresh = path.with_suffix(".service.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
        self._systemctl("daemon-reload")
        self._systemctl("enable", path.name)

    def remove(self, name: str) -> None:
        if not self._path(name).exists():
            return
        self._systemctl("disable", "--now", f"{name}.service")
        with suppress(FileNotFoundError):
            self._path(name).unlink()
        self._systemctl("daemon-reload")

    def start(self, name: str) -> None:
        self._systemctl("start", f"{name}.service")

    def stop(self, name: str) -> None:
        if self._path(name).exists():
            self._systemctl("stop", f"{name}.service")

    def state(self, name: str) -> State:
        if not self._path(name).exists():
            return State.ABSENT
        return STATES.get(self._run(["systemctl", "is-active", f"{name}.service"]).text, State.STOPPED)

    def _path(self, name: str) -> Path:
        return self._units / f"{name}.service"

    def _systemctl(self, *arguments: str) -> None:
        said = self._run(["systemctl", *arguments])
        if said.code != 0:
            raise ServiceRefused(what=" ".join(["systemctl", *arguments]), why=said.text or said.code)


def owner_of(root: Path) -> str | None:
    """Whose folder it is; None where nobody is called so."""
    owner = None
    if sys.platform != "win32":
        with suppress(KeyError):
            owner = root.owner()
    return owner
