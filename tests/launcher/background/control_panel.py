"""A service control manager in memory, which answers as that of Windows and writes down what it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from launcher.background.control import EXISTS, NOT_ACTIVE, NOT_THERE, RUNNING, STOP_PENDING, STOPPED


class WindowsError(Exception):
    """Carries (number, function, words), like pywintypes.error."""


@dataclass
class Kept:
    """A service as Windows has it."""

    config: tuple[Any, ...]
    state: int = STOPPED
    exit_code: int = 0
    more: dict[int, Any] = field(default_factory=dict)


class Panel:
    """`stops_after` questions a stopping service has stopped; None: it never does."""

    error = WindowsError

    def __init__(self, *, administrator: bool = True, stops_after: int | None = 2) -> None:
        self.services: dict[str, Kept] = {}
        self.open_handles = 0
        self._administrator = administrator
        self._stops_after = stops_after
        self._stopping_for = 0

    def OpenSCManager(self, machine: str | None, database: str | None, access: int, /) -> Any:
        if access != 1 and not self._administrator:
            raise WindowsError(5, "OpenSCManager", "Access is denied.")
        self.open_handles += 1
        return "manager"

    def OpenService(self, manager: Any, name: str, access: int, /) -> Any:
        if name not in self.services:
            raise WindowsError(NOT_THERE, "OpenService", "The specified service does not exist.")
        self.open_handles += 1
        return name

    def CloseServiceHandle(self, handle: Any, /) -> None:
        self.open_handles -= 1

    def CreateService(self, manager: Any, name: str, *config: Any) -> Any:
        if name in self.services:
            raise WindowsError(EXISTS, "CreateService", "The specified service already exists.")
        title, _access, *rest = config
        self.services[name] = Kept((*rest, title))
        self.open_handles += 1
        return name

    def ChangeServiceConfig(self, handle: Any, *config: Any) -> Any:
        self.services[handle].config = config

    def ChangeServiceConfig2(self, handle: Any, what: int, value: Any, /) -> None:
        self.services[handle].more[what] = value

    def StartService(self, handle: Any, arguments: Sequence[str] | None, /) -> None:
        self.services[handle].state = RUNNING

    def ControlService(self, handle: Any, control: int, /) -> Any:
        if self.services[handle].state != RUNNING:
            raise WindowsError(NOT_ACTIVE, "ControlService", "The service has not been started.")
        self.services[handle].state = STOP_PENDING
        self._stopping_for = 0

    def DeleteService(self, handle: Any, /) -> None:
        del self.services[handle]

    def QueryServiceStatus(self, handle: Any, /) -> Any:
        kept = self.services[handle]
        if kept.state == STOP_PENDING:
            self._stopping_for += 1
            if self._stops_after is not None and self._stopping_for > self._stops_after:
                kept.state = STOPPED
        return (0x10, kept.state, 1, kept.exit_code, 0, 0, 0)


class People:
    """Accounts of a machine; writes down whose rights and passwords were asked for."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.asked: list[str] = []

    def is_known(self, account: str) -> bool:
        return account in self.known

    def let_log_on_as_service(self, account: str) -> None:
        self.asked.append(f"{account} may log on as a service")

    def ask_password(self, account: str) -> str:
        self.asked.append(f"{account} has a password")
        return "geheim"
