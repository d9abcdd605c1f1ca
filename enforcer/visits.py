"""Analyzers that Kepware reads: their own connection is opened for a command, and now and then to see who answers.

A device has three connections, and Kepware takes one of them; so none is held longer than it is used.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, TypeVar

from enforcer.link import Target
from enforcer.link_state import Contact, LinkState
from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220.blocks import SETTINGS_BLOCKS
from enforcer.pac3220.decode import decode_settings
from enforcer.session import ACTION_AT_MOST_S, ACTIONS_AT_ONCE, Pace
from enforcer.slots import Slots
from prepaid.errors.analyzers import AnalyzerError, AnalyzerRefused, AnalyzerSilent, AnalyzerUnreachable
from prepaid.language import _

log = logging.getLogger(__name__)
T = TypeVar("T")

EVERY_S: Final = 600.0
AGAIN_S: Final = 60.0
"""After a visit that failed."""
SPREAD: Final = 60
"""So many times slower than polls begin, visits do: within half a minute everybody was visited."""


class Visited(NamedTuple):
    """Who answered at the last visit, and its settings where it told them. `number` counts the visits."""

    serial_number: str
    settings: Mapping[str, int] | None
    number: int


class VisitedSession:
    """The link of one analyzer that is not polled."""

    def __init__(self, target: Target, slots: Slots, pace: Pace) -> None:
        self.target = target
        self.slots = slots
        self.link = AnalyzerLink(
            target.host, target.port, target.unit_id, timeout_s=pace.timeout_s, may_write=pace.may_write
        )
        self.state = LinkState(target.analyzer_id, self.link.address, Contact.CONNECTING, pace.clock.now())
        self.visited: Visited | None = None
        self._pace = pace
        self._actions = 0
        self._connecting = asyncio.Lock()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def start(self, first_s: float) -> None:
        """Begins to visit, in the running loop. `first_s` is when a polled analyzer in its place would be read."""
        delay_s = max(0.0, first_s - self._pace.clock.monotonic()) * SPREAD
        self._task = asyncio.create_task(self._run(delay_s), name=f"visit {self.target.analyzer_id}")

    def close(self) -> None:
        """Ends the connection and the task for good."""
        self._closed = True
        self.link.close()
        if self._task is not None:
            self._task.cancel()

    async def act(self, action: Callable[[AnalyzerLink], Awaitable[T]]) -> T:
        """Connects, sees who answers, and runs the action. Raises AnalyzerError."""
        if self._actions >= ACTIONS_AT_ONCE:
            raise AnalyzerError(address=self.link.address, why=_("too many commands wait for it"))
        self._actions += 1
        try:
            async with asyncio.timeout(ACTION_AT_MOST_S):
                await self._identify()
                return await action(self.link)
        except TimeoutError:
            raise AnalyzerSilent(address=self.link.address, timeout_s=ACTION_AT_MOST_S) from None
        finally:
            self._actions -= 1
            if not self._actions:
                self.link.close()

    async def _run(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        while not self._closed:
            try:
                await self.act(self._look)
                rest_s = EVERY_S
            except AnalyzerError as error:
                log.debug('analyzer.not_visited analyzer=%s error="%s"', self.target.analyzer_id, error)
                rest_s = AGAIN_S
            except Exception:
                # The outermost ring of this task: one analyzer's bad luck must not end its visits for years.
                log.exception("visit.failed analyzer=%s address=%s", self.target.analyzer_id, self.link.address)
                self.link.reset()
                rest_s = EVERY_S
            await asyncio.sleep(rest_s)

    async def _identify(self) -> None:
        """Knows who answers on the connection that stands, or on a new one; only one of several actions connects."""
        async with self._connecting:
            if self.link.connected and self.link.identification is not None:
                return
            if self._closed:
                raise AnalyzerUnreachable(address=self.link.address, why=_("it is not read any more"))
            if not self.link.connected:
                async with self._pace.connecting:
                    await self.link.connect()
            await self.link.identify()

    async def _look(self, link: AnalyzerLink) -> None:
        identification = link.identification
        assert identification is not None, "an action runs on a link that is identified"
        try:
            answers = [await link.read(block, polling=True) for block in SETTINGS_BLOCKS]
            settings: Mapping[str, int] | None = decode_settings(answers)._asdict()
        except AnalyzerRefused:
            settings = None
        number = 1 if self.visited is None else self.visited.number + 1
        self.visited = Visited(identification.serial_number, settings, number)
