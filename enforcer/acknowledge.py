"""Acknowledges the stored bits of 205, exactly those that are recorded, and says which device refuses that."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Protocol

from documents.logs import get
from enforcer.accept import Accepted
from enforcer.link import Link
from enforcer.pac3220.commands import acknowledge
from enforcer.relay import check_device
from prepaid.clock import Clock
from prepaid.errors.analyzers import AnalyzerRefused
from prepaid.metering import STORED_BITS, Verdict

AGAIN_S = 60.0
REFUSED_AGAIN_S = 3600.0

log = get("enforcer.acknowledge")


class Links(Protocol):
    """Who runs an action on the link of an analyzer."""

    def submit(self, analyzer_id: int, action: Callable[[Link], Awaitable[None]]) -> Future[None]: ...


class Acknowledger:
    """Writes beside the passes. A bit that was recorded and stands there still is acknowledged again, with patience:
    were it left, the next restart would make no edge."""

    def __init__(self, links: Links, clock: Clock) -> None:
        self._links = links
        self._clock = clock
        self._again_s: dict[int, float] = {}
        self._answers: deque[tuple[int, bool]] = deque(maxlen=10_000)

    def send(self, newest: Sequence[Accepted]) -> None:
        """After the transaction that recorded the bits of these readings. The bits of another device are left alone:
        whoever owns it must still find them."""
        now_s = self._clock.monotonic()
        for each in newest:
            analyzer_id, meter = each.analyzer.analyzer_id, each.after.meter
            wrong = each.judgement.verdict is Verdict.WRONG_DEVICE
            bits = 0 if wrong else each.reading.status.diagnostics & STORED_BITS & meter.diagnostics
            fresh = bool(each.judgement.new_edges)
            if bits and (fresh or now_s >= self._again_s.get(analyzer_id, 0.0)):
                self._again_s[analyzer_id] = now_s + AGAIN_S
                future = self._links.submit(analyzer_id, _writing(bits, each.reading.serial_number))
                future.add_done_callback(partial(self._answered, analyzer_id, now_s))

    def answers(self) -> dict[int, bool]:
        """Since the last call: whether the device took the write. One that could not be reached is not among them."""
        found = {}
        while self._answers:
            analyzer_id, taken = self._answers.popleft()
            found[analyzer_id] = taken
        return found

    def _answered(self, analyzer_id: int, asked_s: float, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is None:
            if not future.cancelled():
                self._answers.append((analyzer_id, True))
            return
        log.debug("analyzer.bits_not_acknowledged", analyzer=analyzer_id, error=str(error))
        if isinstance(error, AnalyzerRefused):
            self._again_s[analyzer_id] = asked_s + REFUSED_AGAIN_S
            self._answers.append((analyzer_id, False))


def _writing(bits: int, serial_number: str) -> Callable[[Link], Awaitable[None]]:
    command = acknowledge(bits)

    async def write(link: Link) -> None:
        check_device(link, serial_number)
        await link.write_register(command.offset, command.value)

    return write
