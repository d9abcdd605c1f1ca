"""What only Windows has: the modules of pywin32, for control.py, and the inside of a service.

Imported on Windows only and after `see_packages`, since the Python that runs run_all.py has no packages of its own.
"""

import getpass
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pywintypes
import servicemanager
import win32security
import win32service
import win32serviceutil

from launcher.background.control import ControlManager
from launcher.background.windows_facts import PRESHUTDOWN_MS
from prepaid.clock import SystemClock
from prepaid.errors.launch import ServiceRefused
from prepaid.language import _

COMMAND_PATIENCE_S = 600
LOGON_AS_SERVICE = "SeServiceLogonRight"

Work = Callable[[threading.Event], None]


class _Accounts:
    """The accounts of this machine and of its domain."""

    def is_known(self, account: str) -> bool:
        try:
            win32security.LookupAccountName(None, account)
        except pywintypes.error:
            return False
        return True

    def let_log_on_as_service(self, account: str) -> None:
        try:
            sid, _domain, _kind = win32security.LookupAccountName(None, account)
            policy = win32security.LsaOpenPolicy("", win32security.POLICY_ALL_ACCESS)
            win32security.LsaAddAccountRights(policy, sid, (LOGON_AS_SERVICE,))
        except pywintypes.error as error:
            raise ServiceRefused(what=f"{account}: {LOGON_AS_SERVICE}", why=error.strerror) from error

    def ask_password(self, account: str) -> str:
        return getpass.getpass(_("Password of {account}: ").format(account=account))


def manager() -> ControlManager:
    """The real one."""
    return ControlManager(
        api=win32service,
        accounts=_Accounts(),
        clock=SystemClock(),
        pause=threading.Event().wait,
        run=_run,
        home=Path.home(),
    )


def serve(name: str, work: Work) -> None:
    """The process of a service: does the work until the service control manager wants it to end."""

    class Hosted(win32serviceutil.ServiceFramework):
        """`work` runs between start and stop; what it raises makes Windows start the service again."""

        _svc_name_ = name
        _svc_display_name_ = name

        def __init__(self, arguments: Sequence[str]) -> None:
            super().__init__(arguments)
            self._stop = threading.Event()

        def GetAcceptedControls(self) -> int:
            return win32service.SERVICE_ACCEPT_STOP | win32service.SERVICE_ACCEPT_PRESHUTDOWN

        def SvcStop(self) -> None:
            self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING, waitHint=PRESHUTDOWN_MS)
            self._stop.set()

        def SvcOtherEx(self, control: int, event_type: int, data: object) -> None:
            if control == win32service.SERVICE_CONTROL_PRESHUTDOWN:
                self.SvcStop()

        def SvcDoRun(self) -> None:
            work(self._stop)

    with suppress(pywintypes.error):  # the event log; an account without the right to register there does without
        servicemanager.Initialize()
    servicemanager.PrepareToHostSingle(Hosted)
    dispatch: Callable[[], object] = servicemanager.StartServiceCtrlDispatcher
    dispatch()


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, timeout=COMMAND_PATIENCE_S
    )
