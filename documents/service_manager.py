"""Signs of life to the service manager of Linux (sd_notify(3)): a datagram to the socket that it named, if it did.

systemd restarts a unit with WatchdogSec= whose signs stay away. Where there is no such socket nothing is sent.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from prepaid.clock import Clock

ADDRESS = "NOTIFY_SOCKET"
READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"
TOLD_EVERY_S = 1.0
STUCK_AFTER_S = 120.0
"""As WatchdogSec= of the units. A pass waits 30 s for a locked database; a sign of life comes before each."""


def tell(state: str, environ: Mapping[str, str] = os.environ) -> None:
    """Sends one state. A manager that does not listen costs nothing."""
    address = environ.get(ADDRESS)
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    # A leading @ means the abstract namespace, which the kernel writes as a zero.
    where = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(state.encode(), where)


class SignOfLife:
    """The main loop of a process marks each turn; others ask how long ago that was."""

    def __init__(self, clock: Clock, environ: Mapping[str, str] = os.environ) -> None:
        self._clock = clock
        self._environ = environ
        self._marked_s = self._told_s = clock.monotonic()

    def mark(self) -> None:
        """This turn is made; told at most once a second."""
        self._marked_s = self._clock.monotonic()
        if self._marked_s - self._told_s >= TOLD_EVERY_S:
            self._told_s = self._marked_s
            tell(ALIVE, self._environ)

    @property
    def stuck(self) -> bool:
        """Whether the loop has not come round for so long that only a new start helps."""
        return self._clock.monotonic() - self._marked_s > STUCK_AFTER_S
