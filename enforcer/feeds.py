"""All analyzers of a site, whatever feeds them: those that are polled, and those that Kepware reads."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol, TypeVar

from enforcer.kepware.feed import KepwareFeed
from enforcer.link import Link, Polling, Target
from enforcer.link_state import Contact, LinkState, Totals
from enforcer.slots import Tally
from enforcer.visits import Visited
from prepaid.books import Book
from prepaid.kepware.assembly import Known
from prepaid.records import SOURCES, Reading, Source
from prepaid.site import Analyzer, Site
from sql.alerts import NewAlert
from sql.connection import Connection

T = TypeVar("T")


class Visiting(Polling, Protocol):
    """What polls some analyzers and visits the others: a `Poller`, or a simulated site."""

    def start(self) -> None:
        """Begins to poll and to visit."""

    def stop(self) -> None:
        """Ends all of it."""

    @property
    def running(self) -> bool:
        """Whether it does."""

    def visited(self) -> dict[int, Visited]:
        """What the last visit found, of analyzers that are not polled."""


class Feeds:
    """Polling and ingest as one. Commands to any analyzer go over Modbus."""

    def __init__(self, poller: Visiting, kepware: KepwareFeed, targets: Iterable[Target]) -> None:
        self._poller = poller
        self._kepware = kepware
        self._told: dict[int, int] = {}
        """The number of the visit whose settings were told, by analyzer."""
        self._serials: dict[int, str] = {}
        self._listen(targets)

    def start(self) -> None:
        self._poller.start()
        self._kepware.start()

    def stop(self) -> None:
        self._kepware.stop()
        self._poller.stop()

    @property
    def running(self) -> bool:
        """Whether everything is read that is to be read."""
        return self._poller.running and self._kepware.running

    def take(self) -> list[Reading]:
        """The readings that arrived since the last call, oldest first. What Kepware does not tell of a device, its last
        visit does: who it is, and its settings."""
        logged, visited = self._kepware.take(), self._poller.visited()
        return [*self._poller.take(), *(self._completed(each, visited.get(each.analyzer_id)) for each in logged)]

    def links(self) -> dict[int, LinkState]:
        """The state of every link, by analyzer."""
        return {**self._poller.links(), **self._kepware.links()}

    def totals(self) -> Totals:
        """Everything that is read together; lateness is that of polls."""
        polled, logged = self._poller.totals(), self._kepware.links().values()
        states = [link.state for link in logged]
        return polled._replace(
            analyzers=polled.analyzers + len(states),
            connecting=polled.connecting + states.count(Contact.CONNECTING),
            answering=polled.answering + states.count(Contact.ANSWERING),
            failing=polled.failing + states.count(Contact.FAILING),
            reads=Tally(*map(sum, zip(polled.reads, *(link.reads for link in logged), strict=True))),
            readings_dropped=polled.readings_dropped + self._kepware.dropped,
        )

    def change(self, targets: Iterable[Target]) -> None:
        """Adds, removes and re-addresses analyzers."""
        wanted = list(targets)
        self._poller.change(wanted)
        self._listen(wanted)

    def submit(self, analyzer_id: int, action: Callable[[Link], Awaitable[T]]) -> Future[T]:
        """Runs the action on that analyzer's own link, opened for it where it is not polled."""
        return self._poller.submit(analyzer_id, action)

    def keep(self, conn: Connection, site: Site, now: datetime) -> list[NewAlert]:
        """In the transaction of a pass: how far the logs were read with what it took."""
        return self._kepware.keep(conn, site, now)

    def kept(self) -> None:
        """The transaction is committed."""
        self._kepware.kept()

    def _listen(self, targets: Iterable[Target]) -> None:
        wanted = list(targets)
        self._serials = {each.analyzer_id: each.serial_number for each in wanted}
        self._kepware.change(wanted)

    def _completed(self, reading: Reading, visit: Visited | None) -> Reading:
        """Settings are told once a visit."""
        if visit is None:
            known = self._serials.get(reading.analyzer_id, "")
            return reading._replace(serial_number=reading.serial_number or known)
        settings = None if self._told.get(reading.analyzer_id) == visit.number else visit.settings
        self._told[reading.analyzer_id] = visit.number
        return reading._replace(serial_number=reading.serial_number or visit.serial_number, settings=settings)


def known_of(site: Site, books: Mapping[int, Book]) -> dict[int, Known]:
    """What the books know of each analyzer, for those that begin to follow its log."""
    return {key: _known(site.analyzers[key], book) for key, book in books.items() if key in site.analyzers}


def _known(analyzer: Analyzer, book: Book) -> Known:
    meter = book.meter
    if meter.grid is None:
        return Known(meter.accepted_at, None, meter.diagnostics)
    by_source = {source: meter.counter(source).counter_wh for source in SOURCES}
    generator, grid = by_source[Source.GENERATOR], by_source[Source.GRID]
    counters = (generator, grid) if analyzer.generator_tariff == 1 else (grid, generator)
    return Known(meter.accepted_at, counters, meter.diagnostics)
