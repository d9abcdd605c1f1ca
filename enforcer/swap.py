"""A swapped device within a pass: what a person said stands on its meter, and the new base binds the analyzer to it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from enforcer.accept import Accepted
from prepaid.books import Book
from prepaid.metering import Swap
from prepaid.records import SOURCES, Source
from prepaid.site import Site
from sql.connection import Connection
from sql.events import Event
from sql.swaps import exchange


def announced(books: Mapping[int, Book], swaps: Mapping[int, Swap]) -> Mapping[int, Book]:
    """The books with the swaps that are under way; one that is over is gone from them."""
    said = {
        analyzer_id: replace(book, meter=replace(book.meter, swap=swaps.get(analyzer_id)))
        for analyzer_id, book in books.items()
        if book.meter.swap != swaps.get(analyzer_id)
    }
    return {**books, **said} if said else books


def bind_swapped(conn: Connection, site: Site, each: Accepted, now: datetime) -> Event:
    """The new base is open: the analyzer belongs to the new device, and the old one is closed with its counters."""
    before, after, swap = each.before.meter, each.after.meter, each.before.meter.swap
    assert swap is not None, "only an announced device opens a base by a swap"
    closing = each.judgement.closing
    wiring = each.analyzer.contact.wiring
    analyzer_id = each.analyzer.analyzer_id
    by_whom = exchange(conn, analyzer_id, before.serial_number, swap.serial_number, wiring, swap.wish_id, now)
    final = {} if closing is None else {_wh(source): closing.counter(source).highest_wh for source in SOURCES}
    return Event(
        action="analyzer.swapped",
        actor=by_whom,
        subject=f"analyzer:{analyzer_id}",
        site_id=site.site_id,
        before={"serial_number": before.serial_number, **final},
        after={
            "serial_number": swap.serial_number,
            "wish_id": swap.wish_id,
            **{_wh(source): after.counter(source).opening_wh for source in SOURCES},
        },
    )


def _wh(source: Source) -> str:
    return f"{source}_wh"
