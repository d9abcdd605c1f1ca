"""One analyzer's task: connect, learn who it is, read it in its slots, back off when it fails."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from enforcer.link import Target
from enforcer.link_state import Contact, LinkState
from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import SETTINGS_BLOCKS
from enforcer.pac3220.decode import decode_settings
from enforcer.reading import take_reading
from enforcer.slots import Slots
from prepaid.clock import Clock
from prepaid.errors.analyzers import (
    AnalyzerError,
    AnalyzerRefused,
    AnalyzerSilent,
    AnalyzerUnreachable,
    LinkLost,
    LinkOutOfStep,
)
from prepaid.language import _
from prepaid.records import Reading

log = logging.getLogger(__name__)
T = TypeVar("T")

BACK_OFF_MOST_S: Final = 300.0
ACTIONS_AT_ONCE: Final = 4
BEFORE_ALL_SLOTS: Final = -1
ACTION_AT_MOST_S: Final = 30.0
SETTINGS_EVERY_S: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """What all sessions share. `connecting` bounds how many connect at once. Settings are read `settings_after_s` after
    each connect, when the first readings are through, and hourly."""

    clock: Clock
    timeout_s: float
    history_s: float
    back_off_s: float
    connecting: asyncio.Semaphore
    deliver: Callable[[Reading, float], None]
    settings_after_s: float
    may_write: Callable[[], bool]


class Session:
    """The link of one analyzer and everything known about it."""

    def __init__(self, target: Target, slots: Slots, pace: Pace) -> None:
        self.target = target
        self.slots = slots
        self.link = AnalyzerLink(
            target.host, target.port, target.unit_id, timeout_s=pace.timeout_s, may_write=pace.may_write
        )
        self.state = LinkState(target.analyzer_id, self.link.address, Contact.CONNECTING, pace.clock.now())
        self._pace = pace
        self._history_due = slots.first
        self._settings_due_s = math.inf
        self._actions = 0
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def start(self, first_s: float) -> None:
        """Begins to poll, in the running loop: for the first time at that monotonic second, then in its slots."""
        self._task = asyncio.create_task(self._run(first_s), name=f"poll {self.target.analyzer_id}")

    def close(self) -> None:
        """Ends the connection and the task for good."""
        self._closed = True
        self.link.close()
        if self._task is not None:
            self._task.cancel()

    async def _run(self, first_s: float) -> None:
        """Polls until it is closed.

        0. Read once as soon as it is asked for: who took a site over shall not wait for the first slots.
        1. Wait for the next slot (after a delay: the running one; slots in between are missed, not made up for).
        2. Read; deliver the reading.
        3. On failure wait longer by `back_off_s` each time, at most 300 s, and begin again in whatever slot runs then.
        """
        try:
            await self._sleep_until(first_s)
            slot = await self._poll_slot(BEFORE_ALL_SLOTS)
            while not self._closed:
                slot = await self._poll_next(slot)
        finally:
            self.link.close()  # a cancellation that asyncio.wait_for swallowed may have let a connection come about

    async def _poll_next(self, slot: int) -> int:
        """Polls in the first slot after this one that has not passed; returns the slot after which to go on."""
        await self._sleep_until(self.slots.begins(slot + 1))
        return await self._poll_slot(max(slot + 1, self.slots.latest(self._pace.clock.monotonic())))

    async def _poll_slot(self, slot: int) -> int:
        """Polls for this slot; returns the slot after which to go on."""
        try:
            self._answered(await self._read_persistently(slot), slot)
            return slot
        except AnalyzerError as error:
            delay_s = self._failed(str(error))
        except Exception:
            # The outermost ring of this task: one analyzer's bad luck must not silence it for years.
            log.exception("poll.failed analyzer=%s address=%s", self.target.analyzer_id, self.link.address)
            self.link.reset()
            delay_s = self._failed(_("The program failed on this analyzer. Look into the log for the reason."))
        await asyncio.sleep(delay_s)
        return min(slot, self.slots.latest(self._pace.clock.monotonic()) - 1)

    async def act(self, action: Callable[[AnalyzerLink], Awaitable[T]]) -> T:
        """Runs the action on this analyzer's own link, before its polls. AnalyzerUnreachable: there is no link now."""
        if not self.link.connected or self.link.identification is None:
            raise AnalyzerUnreachable(address=self.link.address, why=_("it is not connected now"))
        if self._actions >= ACTIONS_AT_ONCE:
            raise AnalyzerError(address=self.link.address, why=_("too many commands wait for it"))
        self._actions += 1
        try:
            async with asyncio.timeout(ACTION_AT_MOST_S):
                return await action(self.link)
        except TimeoutError:
            raise AnalyzerSilent(address=self.link.address, timeout_s=ACTION_AT_MOST_S) from None
        finally:
            self._actions -= 1

    # --- reading --------------------------------------------------------------------------------------------------

    async def _read_persistently(self, slot: int) -> Reading:
        """One reading, with one more try on a new connection when the link broke."""
        try:
            return await self._read(slot)
        except (AnalyzerSilent, LinkOutOfStep, LinkLost):
            return await self._read(slot)

    async def _read(self, slot: int) -> Reading:
        await self._identify()
        analyzer_id, with_phases = self.target.analyzer_id, self._is_history_due(slot)
        reading = await take_reading(self.link, analyzer_id, self._pace.clock, with_phases=with_phases)
        return reading._replace(settings=await self._read_settings()) if self._are_settings_due() else reading

    async def _identify(self) -> None:
        """Knows who answers on the connection that stands, or on a new one."""
        if self.link.connected and self.link.identification is not None:
            return
        if self._closed:
            raise AnalyzerUnreachable(address=self.link.address, why=_("it is not read any more"))
        if not self.link.connected:
            async with self._pace.connecting:
                await self.link.connect()
        self._settings_due_s = self._pace.clock.monotonic() + self._pace.settings_after_s
        await self.link.identify()

    async def _read_settings(self) -> Mapping[str, int] | None:
        """Who changed them is somebody at the device; the product never does."""
        self._settings_due_s = self._pace.clock.monotonic() + SETTINGS_EVERY_S
        try:
            return decode_settings([await self.link.read(block, polling=True) for block in SETTINGS_BLOCKS])._asdict()
        except AnalyzerRefused:
            return None  # the reading is good; the device will be asked again

    def _are_settings_due(self) -> bool:
        return self._pace.clock.monotonic() >= self._settings_due_s

    def _is_history_due(self, slot: int) -> bool:
        # Half a period of grace: sums of floats must not put a row off by a whole slot.
        return self.slots.begins(slot) >= self._history_due - self.slots.period_s / 2

    async def _sleep_until(self, due: float) -> None:
        wait_s = due - self._pace.clock.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    # --- what became of it ----------------------------------------------------------------------------------------

    def _answered(self, reading: Reading, slot: int) -> None:
        if self._closed:
            return
        late_s = self.slots.answered(slot, reading.monotonic_s)
        if self._is_history_due(slot):
            self._history_due = self.slots.begins(slot) + self._pace.history_s
        before = self.state
        if before.failures:
            log.info("analyzer.back analyzer=%s failures=%s", before.analyzer_id, before.failures)
        self.state = LinkState(
            analyzer_id=before.analyzer_id,
            address=before.address,
            state=Contact.ANSWERING,
            since_at=before.since_at if before.state is Contact.ANSWERING else reading.read_at,
            last_error=before.last_error,
            serial_number=reading.serial_number,
            last_answer_at=reading.read_at,
            answer_ms=reading.answer_ms,
            late_s=late_s,
        )
        self._pace.deliver(reading, late_s)

    def _failed(self, error: str) -> float:
        """Notes the failure; returns how long to wait."""
        if self._closed:
            return 0.0
        before, now = self.state, self._pace.clock.now()
        failures = before.failures + 1
        delay_s = min(failures * self._pace.back_off_s, BACK_OFF_MOST_S)
        level = logging.WARNING if failures == 1 else logging.DEBUG
        log.log(level, 'analyzer.lost analyzer=%s failures=%s error="%s"', before.analyzer_id, failures, error)
        self.state = before._replace(
            state=Contact.FAILING,
            since_at=before.since_at if before.state is Contact.FAILING else now,
            failures=failures,
            next_try_at=now + timedelta(seconds=delay_s),
            last_error=error,
        )
        return delay_s
