"""Billing holds within a pass: what people said about them, and what an analyzer without protection probably uses."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from prepaid.books import Book
from prepaid.expected import expected_use
from prepaid.metering import Word
from prepaid.price_steps import PriceStep
from prepaid.records import SOURCES, HoldCause, Source
from prepaid.site import Site
from prepaid.units import add, cost
from prepaid.usual import Usual, usual
from sql.connection import Connection
from sql.holds import Unprotected, save_provisional, unprotected_holds
from sql.past_use import past_use

RECKONED_EVERY = timedelta(minutes=10)


def spoken(books: Mapping[int, Book], words: Mapping[int, Word]) -> Mapping[int, Book]:
    """The books with what people said about analyzers in hold; a word whose time is over is gone from them."""
    said = {
        analyzer_id: replace(book, meter=replace(book.meter, word=words.get(analyzer_id)))
        for analyzer_id, book in books.items()
        if book.meter.hold is not None and book.meter.word != words.get(analyzer_id)
    }
    return {**books, **said} if said else books


def held(books: Mapping[int, Book]) -> dict[int, HoldCause]:
    """The analyzers in hold, and why."""
    return {key: book.meter.hold for key, book in books.items() if book.meter.hold is not None}


def out_of_hold(site: Site, before: Mapping[int, Book], books: Mapping[int, Book]) -> frozenset[int]:
    """Accounts of which a hold ended in this pass: what it had counted provisionally counts no more."""
    ended = held(before).keys() - held(books).keys()
    return frozenset(site.analyzers[key].account_id for key in ended if key in site.analyzers)


def reckon(conn: Connection, site: Site, books: Mapping[int, Book], now: datetime) -> None:
    """Adds to each unprotected hold what its analyzer usually uses, so that a held analyzer is no free light.

    Every ten minutes, and only while the supply is on; the habit is that of the two weeks before the hold.
    """
    if HoldCause.FELL not in held(books).values():
        return
    for hold in unprotected_holds(conn, site.site_id, now):
        analyzer = site.analyzers.get(hold.analyzer_id)
        if analyzer is None or now - hold.reckoned_to_at < RECKONED_EVERY:
            continue
        until_at = now if hold.cut_since_at is None else hold.cut_since_at
        found = _habit(conn, site, analyzer.account_id, hold)
        amount = hold.amount
        if found is not None:
            use = expected_use(found, hold.reckoned_to_at, until_at, site.zone)
            prices = {source: site.price(analyzer.account_id, source, now)[1] for source in SOURCES}
            amount = add(amount, *(cost(use.of(source), prices[source]) for source in SOURCES))
        save_provisional(conn, hold.hold_id, amount, now)


def _habit(conn: Connection, site: Site, account_id: int, hold: Unprotected) -> Usual | None:
    past = past_use(conn, site, hold.began_at, hold.analyzer_id)
    prices = [site.price(account_id, source, hold.began_at)[1] for source in (Source.GRID, Source.GENERATOR)]
    return usual(past.hours, past.accounts.get(account_id, ()), PriceStep(hold.began_at, prices[0], prices[1]))
