"""What the service control manager of Windows is told of a service: plain data, the same on every system."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from launcher.background.roster import Service
from launcher.env_file import NAME
from prepaid.errors.launch import EnvironmentRefused
from prepaid.language import _

RESTART_AFTER_MS = (5_000, 30_000, 60_000)
"""After the first, the second, and every further failure."""
FORGET_FAILURES_AFTER_S = 24 * 3600
PRESHUTDOWN_MS = 60_000
"""Windows waits so long for a clean stop before it goes down."""
LOCAL_SERVICE = r"NT AUTHORITY\LocalService"
SIDS = {LOCAL_SERVICE.lower(): "*S-1-5-19", r"nt authority\networkservice": "*S-1-5-20"}
"""Their names differ with the language of Windows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """A service of Windows: starts a while after the machine, is started again after each failure."""

    name: str
    title: str
    command: str
    account: str
    failure_ms: tuple[int, ...] = RESTART_AFTER_MS
    forget_failures_after_s: int = FORGET_FAILURES_AFTER_S
    preshutdown_ms: int = PRESHUTDOWN_MS


def registration(service: Service, account: str, python: str) -> Registration:
    """`python` hosts the service; the product itself runs in the virtual environment."""
    script = str(PureWindowsPath(service.root) / "run_all.py")
    return Registration(
        name=service.name,
        title=service.title,
        command=subprocess.list2cmdline([python, script, "service", "host", service.name]),
        account=account,
    )


def base_python(configuration: str) -> str:
    """The interpreter that a virtual environment was made from, by the text of its pyvenv.cfg.

    The one inside is a small program that starts this one as its child. The service control manager talks only to the
    process that it has started itself, so that must be this one.
    """
    for line in configuration.splitlines():
        name, _equals, value = line.partition("=")
        if name.strip() == "home" and value.strip():
            return str(PureWindowsPath(value.strip()) / "python.exe")
    raise EnvironmentRefused(where="pyvenv.cfg", why=_("it names no home"))


def grants(account: str, root: Path, writes: Sequence[Path]) -> Iterator[list[str]]:
    """The commands that let the account read the product, with its secrets, and write these folders."""
    who = SIDS.get(account.lower(), account)
    yield ["icacls", str(root), "/grant", f"{who}:(OI)(CI)RX"]
    yield ["icacls", str(root / NAME), "/grant", f"{who}:R"]
    for folder in writes:
        yield ["icacls", str(folder), "/grant", f"{who}:(OI)(CI)M"]


def needs_password(account: str) -> bool:
    """Accounts of the system, virtual accounts and managed ones (their names end in $) have none that people know."""
    domain, _slash, name = account.rpartition("\\")
    return domain.upper() not in ("NT AUTHORITY", "NT SERVICE") and not name.endswith("$")


def is_of_one_person(python: str, home: str) -> bool:
    """Whether this interpreter lies in the profile of a person, where services cannot read."""
    return PureWindowsPath(python).is_relative_to(PureWindowsPath(home))
