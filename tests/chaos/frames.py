"""What reaches the devices: every frame that writes, when, and from which of the processes it came."""

import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from enforcer.pac3220.blocks import IDENTITY, INSTANT, STATE
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.frames import writes

TCP = Path("/proc/net/tcp")
GONE = 0
"""Of a connection whose process is not there any more."""


class Frame(NamedTuple):
    """A frame that writes, as it reached its device. `looked`: the same connection has read 207 before."""

    at_s: float
    pid: int
    serial_number: str
    looked: bool


class FrameLog:
    """A witness of the simulator. `about_to_write` is told of a process that has just looked at a device as it does
    before it writes."""

    def __init__(self, pids: Callable[[], list[int]], about_to_write: Callable[[int], None]) -> None:
        self.frames: list[Frame] = []
        self._pids = pids
        self._about_to_write = about_to_write
        self._owners: dict[int, int] = {}
        self._last_read: dict[int, int] = {}
        self._looked: set[int] = set()

    def __call__(self, analyzer: SimulatedAnalyzer, port: int, pdu: bytes) -> None:
        if writes(pdu):
            owner, looked = self._owners.get(port, GONE), port in self._looked
            self.frames.append(Frame(time.monotonic(), owner, analyzer.serial_number, looked))
            return
        (first,) = struct.unpack_from(">H", pdu, 1)
        before, self._last_read[port] = self._last_read.get(port), first
        if first == IDENTITY.first:  # the first question on every connection
            self._owners.pop(port, None)
            self._looked.discard(port)
        elif first == STATE.first:
            self._looked.add(port)
        elif first == INSTANT.first and before == STATE.first:  # a poll asks the other way round
            if port not in self._owners:  # asked only now: looking through all connections takes a while
                self._owners[port] = owner_of(port, self._pids())
            self._about_to_write(self._owners[port])


def owner_of(port: int, pids: list[int]) -> int:
    """The one of these processes that has a connection from this port of 127.0.0.1."""
    local = f"0100007F:{port:04X}"
    inodes = {fields[9] for fields in map(str.split, TCP.read_text().splitlines()[1:]) if fields[1] == local}
    for pid in pids:
        try:
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                link = str(entry.readlink())
                if link.startswith("socket:[") and link[8:-1] in inodes:
                    return pid
        except OSError:
            continue  # it was killed meanwhile
    return GONE
