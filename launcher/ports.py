"""Ports: whether they are free, and who has them if not."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from launcher.health import HOST
from prepaid.errors.launch import PortInUse
from prepaid.language import _

OFFSET = 1000
# Asked only when a port is taken, of the environment's Python, which has psutil.
WHO = """
import psutil, sys
for each in psutil.net_connections("tcp"):
    if each.status == psutil.CONN_LISTEN and each.laddr.port == int(sys.argv[1]) and each.pid:
        print(each.pid, " ".join(psutil.Process(each.pid).cmdline())[:120])
        break
"""


def require_free(ports: Iterable[int], python: Path, pause: Callable[[], bool]) -> None:
    """Raises PortInUse, naming who has it. While `pause` answers True (it waits a little) it is tried again:
    the children of a run that was killed need a moment to end."""
    for port in ports:
        while not is_free(port):
            if not pause():
                raise PortInUse(port=port, holder=holder(port, python), offset=OFFSET)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int, python: Path) -> str:
    """The process that listens there, in words; where the system does not tell, it says so."""
    try:
        asked = subprocess.run(
            [str(python), "-c", WHO, str(port)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _("another program")
    pid, _space, command = asked.stdout.strip().partition(" ")
    return _('process {pid} ("{command}")').format(pid=pid, command=command) if pid else _("another program")
