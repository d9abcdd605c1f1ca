"""What the work of a pass needs of analyzers: one link to each of them, and something that reads them all.

`AnalyzerLink` and `Poller` are these on real sockets; a simulated site is these in memory.
"""

from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from enforcer.link_state import LinkState, Totals
from enforcer.pac3220.blocks import Block
from enforcer.pac3220.decode import Identification
from prepaid.records import Feed, Reading
from prepaid.site import Site
from sql.alerts import NewAlert
from sql.connection import Connection

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An analyzer to poll, and where it answers. One that Kepware reads is only visited now and
    then, and until then held for the device with that serial number."""

    analyzer_id: int
    host: str
    port: int = 502
    unit_id: int = 1
    feed: Feed = Feed.MODBUS
    serial_number: str = ""


class Link(Protocol):
    """The connection to one analyzer. Every request may raise AnalyzerError."""

    @property
    def address(self) -> str:
        """Host and port, for people."""

    @property
    def identification(self) -> Identification | None:
        """Who answers on the connection that stands; None while nobody has said so."""

    async def read(self, block: Block, *, polling: bool = False) -> bytes:
        """The bytes of the block. Reads with `polling` wait for all commands."""

    async def write_register(self, address: int, value: int) -> None:
        """Writes one register; the device has confirmed it when this returns."""


class Polling(Protocol):
    """Reads all analyzers all the time, and lends their links."""

    def take(self) -> list[Reading]:
        """The readings that arrived since the last call, oldest first."""

    def links(self) -> dict[int, LinkState]:
        """The state of every link, by analyzer."""

    def totals(self) -> Totals:
        """The links together."""

    def change(self, targets: Iterable[Target]) -> None:
        """Adds, removes and re-addresses analyzers."""

    def submit(self, analyzer_id: int, action: Callable[[Link], Awaitable[T]]) -> Future[T]:
        """Runs the action on that analyzer's own link; the future raises AnalyzerError where there is none."""


class Logs(Protocol):
    """Logs out of which readings came, as far as a pass must write about them."""

    def keep(self, conn: Connection, site: Site, now: datetime) -> list[NewAlert]:
        """In the transaction of a pass: how far the logs were read with what it took; what must be told of them."""

    def kept(self) -> None:
        """The transaction is committed."""
