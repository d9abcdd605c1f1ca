"""What run_all asks of a service manager, whichever it is."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from launcher.background.roster import Service


class State(StrEnum):
    """How a service stands, as its manager sees it."""

    RUNNING = "running"
    CHANGING = "changing"
    STOPPED = "stopped"
    FAILED = "failed"
    ABSENT = "absent"


class Manager(Protocol):
    """The service manager of this system. Each call may raise ServiceRefused."""

    def require_rights(self) -> None:
        """Raises RightsMissing unless this process may change services."""

    def account_for(self, asked: str | None, root: Path) -> str:
        """The account that services shall run under. Raises AccountNeeded, AccountUnknown."""

    def give(self, account: str, root: Path, writes: Sequence[Path]) -> None:
        """Lets the account read the product and its secrets, and write these folders."""

    def install(self, service: Service, account: str) -> None:
        """Makes the service, or changes the one of this name, to start with the machine."""

    def remove(self, name: str) -> None:
        """Stops the service and forgets it; one that is not there is no fault."""

    def start(self, name: str) -> None: ...

    def stop(self, name: str) -> None:
        """Returns when it has stopped; one that is not there is no fault."""

    def state(self, name: str) -> State: ...
