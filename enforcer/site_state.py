"""What the enforcer holds in memory between passes; all of it can be read again from the database at any time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from enforcer.connecting import Shown
from enforcer.link import Target
from enforcer.stopped import Stop, load_stop
from enforcer.watch import Watched, load_watched
from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.connecting import Pace, pace
from prepaid.forecast import Forecast
from prepaid.records import Feed, Source
from prepaid.site import Analyzer, Site
from prepaid.switching import SupplyState
from sql.accounts import last_recharges
from sql.alerts import standing
from sql.connection import Connection
from sql.events import version
from sql.forecasts import latest_forecasts, newest_forecast_at
from sql.metering import load_books
from sql.operation import last_decided
from sql.readings import ensure_states, last_serials
from sql.site_alarms import alarm_stands
from sql.sites import load_site
from sql.supply import load_supply


@dataclass(slots=True)
class State:
    """One site and the memory of its analyzers and accounts."""

    site: Site
    books: dict[int, Book]
    supply: dict[int, SupplyState]
    serials: dict[int, str]
    last_recharges: dict[int, Decimal]
    forecasts: Mapping[int, Forecast]
    lost: dict[int, datetime] = field(default_factory=dict)
    decided_at: datetime | None = None
    guard_alarmed: bool = False
    clock_alarmed: bool = False
    incomers: dict[int, Shown] = field(default_factory=dict)
    in_range: bool = True
    stop: Stop = field(default_factory=Stop)
    watched: Watched = field(default_factory=Watched)

    @property
    def source(self) -> Source:
        """The source that feeds the site."""
        return self.watched.source

    @property
    def pace(self) -> Pace:
        """At which pace supplies are connected now."""
        source = self.watched.source if self.watched.counting else None
        return pace(self.site.settings, source, in_range=self.in_range)

    @property
    def targets(self) -> list[Target]:
        """Where to poll."""
        return [
            Target(
                analyzer_id=each.analyzer_id,
                host=each.host,
                port=each.port,
                unit_id=each.unit_id,
                feed=each.feed,
                serial_number=self._serial_of(each),
            )
            for each in self.site.analyzers.values()
        ]

    def _serial_of(self, analyzer: Analyzer) -> str:
        """Of one that is not polled: the commissioned device, or the one that answered last."""
        if analyzer.feed is Feed.MODBUS:
            return ""
        return analyzer.serial_number or self.serials.get(analyzer.analyzer_id, "")

    @property
    def newest_at(self) -> datetime | None:
        """The newest instant in the books: stamps of this run begin after it."""
        return max((book.meter.accepted_at for book in self.books.values() if book.meter.accepted_at), default=None)


def load_state(conn: Connection, site_id: int, writer: str, forecasts: Mapping[int, Forecast] | None = None) -> State:
    """Reads everything from the database, as after a start; but for `forecasts` that are given and still the newest."""
    ensure_states(conn, site_id)
    site = load_site(conn, site_id, version(conn, writer))
    decided = last_decided(conn, site_id)
    return State(
        site=site,
        books=load_books(conn, site.analyzers, site_id),
        supply=load_supply(conn, site_id),
        serials=last_serials(conn, site_id),
        last_recharges=last_recharges(conn, site_id),
        forecasts=_newest_forecasts(conn, site_id, forecasts or {}),
        lost=standing(conn, site_id, AlertKind.ANALYZER_LOST),
        guard_alarmed=alarm_stands(conn, site_id, AlertKind.GUARD),
        clock_alarmed=alarm_stands(conn, site_id, AlertKind.CLOCK),
        decided_at=decided.at,
        in_range=decided.incomer_in_range,
        stop=load_stop(conn, site_id),
        watched=load_watched(conn, site_id),
    )


def reload(conn: Connection, before: State, writer: str) -> State:
    """Reads the site again after a person changed something; what the run itself knows better is kept."""
    fresh = load_state(conn, before.site.site_id, writer, before.forecasts)
    books = {analyzer_id: _kept(before.books.get(analyzer_id), book) for analyzer_id, book in fresh.books.items()}
    supply = {**fresh.supply, **{key: state for key, state in before.supply.items() if key in fresh.supply}}
    serials = {**fresh.serials, **before.serials}
    return replace(
        fresh,
        books=books,
        supply=supply,
        serials=serials,
        watched=before.watched,
        incomers=before.incomers,
        stop=before.stop,
    )


def restore(conn: Connection, before: State, writer: str) -> State:
    """Reads the site again after a transaction that failed: it may have been committed, and its answer been lost."""
    return replace(reload(conn, before, writer), supply=load_supply(conn, before.site.site_id))


def _newest_forecasts(conn: Connection, site_id: int, known: Mapping[int, Forecast]) -> Mapping[int, Forecast]:
    """They change once an hour, and the site is read again every minute."""
    known_at = max((each.made_at for each in known.values()), default=None)
    return known if known_at == newest_forecast_at(conn, site_id) else latest_forecasts(conn, site_id)


def _kept(known: Book | None, stored: Book) -> Book:
    """The book of this run, with the configuration as it is stored now; the next charge is looked for anew. The stored
    one where it has come further."""
    if known is None or _is_further(stored, known):
        return stored
    meter = replace(known.meter, serial_number=stored.meter.serial_number, rated_power_w=stored.meter.rated_power_w)
    return replace(known, meter=meter, due_at=None)


def _is_further(stored: Book, known: Book) -> bool:
    stored_at, known_at = stored.meter.accepted_at, known.meter.accepted_at
    return stored_at is not None and (known_at is None or stored_at > known_at)


def merged(books: Mapping[int, Book], changed: Mapping[int, Book]) -> dict[int, Book]:
    """The books with the changed ones in place."""
    return {**books, **changed}
