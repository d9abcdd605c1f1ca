"""The services of Windows. The module `win32service` of pywin32 is passed in as `api`, so that every call can be seen
on any system; windows.py passes the real one."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol

from launcher.background.manager_protocol import State
from launcher.background.roster import Service
from launcher.background.windows_facts import (
    LOCAL_SERVICE,
    PRESHUTDOWN_MS,
    Registration,
    base_python,
    grants,
    is_of_one_person,
    needs_password,
    registration,
)
from prepaid.clock import Clock
from prepaid.errors.launch import AccountUnknown, PythonOfOnePerson, RightsMissing, ServiceRefused
from prepaid.language import _

# winsvc.h
MANAGER_CONNECT, MANAGER_CREATE_SERVICE = 0x1, 0x2
ALL_ACCESS, QUERY_STATUS = 0xF01FF, 0x4
OWN_PROCESS, AUTO_START, ERROR_NORMAL, NO_CHANGE = 0x10, 0x2, 0x1, 0xFFFFFFFF
CONTROL_STOP = 1
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
DESCRIPTION, FAILURE_ACTIONS, DELAYED_AUTO_START, FAILURE_ACTIONS_FLAG, PRESHUTDOWN = 1, 2, 3, 4, 7
RESTART = 1
# winerror.h
ALREADY_RUNS, NOT_THERE, NOT_ACTIVE, EXISTS = 1056, 1060, 1062, 1073

STOP_PATIENCE_S = PRESHUTDOWN_MS / 1000
LOOK_EVERY_S = 0.2
STATES = {RUNNING: State.RUNNING, START_PENDING: State.CHANGING, STOP_PENDING: State.CHANGING}


class Api(Protocol):
    """What is used of win32service. Its errors carry (number, function, words)."""

    @property
    def error(self) -> type[Exception]: ...
    def OpenSCManager(self, machine: str | None, database: str | None, access: int, /) -> Any: ...
    def OpenService(self, manager: Any, name: str, access: int, /) -> Any: ...
    def CloseServiceHandle(self, handle: Any, /) -> None: ...
    def CreateService(
        self,
        manager: Any,
        name: str,
        title: str,
        access: int,
        kind: int,
        start: int,
        error_control: int,
        command: str,
        group: str | None,
        tag: bool,
        needs: Sequence[str] | None,
        account: str | None,
        password: str | None,
        /,
    ) -> Any: ...
    def ChangeServiceConfig(
        self,
        handle: Any,
        kind: int,
        start: int,
        error_control: int,
        command: str | None,
        group: str | None,
        tag: bool,
        needs: Sequence[str] | None,
        account: str | None,
        password: str | None,
        title: str | None,
        /,
    ) -> Any: ...
    def ChangeServiceConfig2(self, handle: Any, what: int, value: Any, /) -> None: ...
    def StartService(self, handle: Any, arguments: Sequence[str] | None, /) -> None: ...
    def ControlService(self, handle: Any, control: int, /) -> Any: ...
    def DeleteService(self, handle: Any, /) -> None: ...
    def QueryServiceStatus(self, handle: Any, /) -> Any: ...


class Accounts(Protocol):
    """What is used of win32security, and the question to the person."""

    def is_known(self, account: str) -> bool: ...

    def let_log_on_as_service(self, account: str) -> None: ...

    def ask_password(self, account: str) -> str: ...


class ControlManager:
    """The service control manager of this machine."""

    def __init__(
        self,
        api: Api,
        accounts: Accounts,
        clock: Clock,
        pause: Callable[[float], object],
        run: Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"],
        home: Path,
    ) -> None:
        self._api = api
        self._accounts = accounts
        self._clock = clock
        self._pause = pause
        self._run = run
        self._home = home

    def require_rights(self) -> None:
        try:
            self._api.CloseServiceHandle(self._api.OpenSCManager(None, None, MANAGER_CREATE_SERVICE))
        except self._api.error as error:
            raise RightsMissing(how=_("in a command prompt that was opened by: Run as administrator")) from error

    def account_for(self, asked: str | None, root: Path) -> str:
        account = asked or LOCAL_SERVICE
        if not self._accounts.is_known(account):
            raise AccountUnknown(account=account, how=_("Computer Management, Local Users and Groups"))
        return account

    def give(self, account: str, root: Path, writes: Sequence[Path]) -> None:
        for command in grants(account, root, writes):
            done = self._run(command)
            if done.returncode != 0:
                raise ServiceRefused(what=" ".join(command), why=(done.stdout + done.stderr).strip())

    def install(self, service: Service, account: str) -> None:
        python = base_python((service.root / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8"))
        if account.lower() == LOCAL_SERVICE.lower() and is_of_one_person(python, str(self._home)):
            raise PythonOfOnePerson(python=python)
        password = None
        if needs_password(account):
            self._accounts.let_log_on_as_service(account)
            password = self._accounts.ask_password(account)
        made = registration(service, account, python)
        with self._manager(made.name, MANAGER_CREATE_SERVICE) as manager:
            handle = self._created(manager, made, password)
            try:
                self._configure(handle, made)
            except self._api.error as error:
                _refused(made.name, error)
            finally:
                self._api.CloseServiceHandle(handle)

    def remove(self, name: str) -> None:
        self.stop(name)
        with self._service(name) as handle:
            if handle is not None:
                self._api.DeleteService(handle)

    def start(self, name: str) -> None:
        with self._service(name, forgiven=(ALREADY_RUNS,)) as handle:
            if handle is None:
                raise ServiceRefused(what=name, why=_("there is no such service"))
            self._api.StartService(handle, None)

    def stop(self, name: str) -> None:
        with self._service(name, forgiven=(NOT_ACTIVE,)) as handle:
            if handle is None:
                return
            self._api.ControlService(handle, CONTROL_STOP)
            until_s = self._clock.monotonic() + STOP_PATIENCE_S
            while self._api.QueryServiceStatus(handle)[1] != STOPPED:
                if self._clock.monotonic() > until_s:
                    raise ServiceRefused(
                        what=name, why=_("it has not stopped after {s:.0f} s").format(s=STOP_PATIENCE_S)
                    )
                self._pause(LOOK_EVERY_S)

    def state(self, name: str) -> State:
        with self._service(name, access=QUERY_STATUS) as handle:
            if handle is None:
                return State.ABSENT
            _kind, state, _accepted, exit_code, *_rest = self._api.QueryServiceStatus(handle)
        return STATES.get(state, State.STOPPED if exit_code == 0 else State.FAILED)

    def _created(self, manager: Any, made: Registration, password: str | None) -> Any:
        """A handle to the service, made or changed to be as registered."""
        what = (OWN_PROCESS, AUTO_START, ERROR_NORMAL, made.command, None, False, None, made.account, password)
        try:
            return self._api.CreateService(manager, made.name, made.title, ALL_ACCESS, *what)
        except self._api.error as error:
            if error.args[0] != EXISTS:
                _refused(made.name, error)
        try:
            handle = self._api.OpenService(manager, made.name, ALL_ACCESS)
            self._api.ChangeServiceConfig(handle, *what, made.title)
        except self._api.error as error:
            _refused(made.name, error)
        return handle

    def _configure(self, handle: Any, made: Registration) -> None:
        actions = tuple((RESTART, delay_ms) for delay_ms in made.failure_ms)
        for what, value in (
            (DESCRIPTION, made.title),
            (DELAYED_AUTO_START, True),
            (
                FAILURE_ACTIONS,
                {
                    "ResetPeriod": made.forget_failures_after_s,
                    "RebootMsg": "",
                    "Command": "",
                    "Actions": actions,
                },
            ),
            (FAILURE_ACTIONS_FLAG, True),
            (PRESHUTDOWN, made.preshutdown_ms),
        ):
            self._api.ChangeServiceConfig2(handle, what, value)

    @contextmanager
    def _manager(self, name: str, access: int = MANAGER_CONNECT) -> Iterator[Any]:
        try:
            manager = self._api.OpenSCManager(None, None, access)
        except self._api.error as error:
            _refused(name, error)
        try:
            yield manager
        finally:
            self._api.CloseServiceHandle(manager)

    @contextmanager
    def _service(self, name: str, *, access: int = ALL_ACCESS, forgiven: tuple[int, ...] = ()) -> Iterator[Any]:
        """A handle to the service, None when there is none. Errors inside are told; `forgiven` ones end the block."""
        with self._manager(name) as manager:
            try:
                handle = self._api.OpenService(manager, name, access)
            except self._api.error as error:
                if error.args[0] != NOT_THERE:
                    _refused(name, error)
                handle = None
            try:
                yield handle
            except self._api.error as error:
                if error.args[0] not in forgiven:
                    _refused(name, error)
            finally:
                if handle is not None:
                    self._api.CloseServiceHandle(handle)


def _refused(name: str, error: Exception) -> NoReturn:
    raise ServiceRefused(what=name, why=error.args[-1]) from error
