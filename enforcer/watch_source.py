"""Which source feeds the site, and which analyzers count for another one, with the Wh at stake."""

from collections.abc import Mapping
from datetime import datetime

from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.language import _
from prepaid.records import SOURCES, Source
from prepaid.site import Site
from prepaid.sources import PATIENCE, Counting, Disagreement, site_source
from sql.alerts import NewAlert


def watch_source(
    site: Site,
    before: Source,
    disagreements: Mapping[int, Disagreement],
    counting: Mapping[int, Counting],
    books: Mapping[int, Book],
    now: datetime,
) -> tuple[Source, dict[int, Disagreement]]:
    """The source of the site, and the analyzers that count for another one, each since when and from which counter."""
    source = site_source(before, counting.values())
    found = {}
    for analyzer_id, each in counting.items():
        if each.incomer or each.source is source:
            continue
        known = disagreements.get(analyzer_id)
        begins = known is None or known.counted is not each.source
        found[analyzer_id] = Disagreement(each.source, now, _together(books, analyzer_id)) if begins else known
    return source, {key: each for key, each in found.items() if each is not None}


def agree(
    site: Site,
    source: Source,
    before: Mapping[int, Disagreement],
    disagreements: Mapping[int, Disagreement],
    told: frozenset[int],
    counting: Mapping[int, Counting],
    books: Mapping[int, Book],
    now: datetime,
) -> tuple[list[NewAlert], dict[int, int]]:
    """Alerts about what has lasted for over a minute, and what has ended by itself with the Wh it was about.

    An analyzer that is silent neither agrees nor disagrees: its alert stands.
    """
    alerts = []
    for analyzer_id, each in disagreements.items():
        if analyzer_id in told or now - each.since_at <= PATIENCE:
            continue
        analyzer = site.analyzers[analyzer_id]
        wh = _together(books, analyzer_id) - each.from_wh
        why = _("it counts for {counted}, the site runs on {source}; {wh} Wh so far")
        alerts.append(
            NewAlert(
                site_id=site.site_id,
                kind=AlertKind.WRONG_SOURCE,
                cause=f"source:{analyzer_id}:{each.since_at.isoformat()}",
                account_id=analyzer.account_id,
                analyzer_id=analyzer_id,
                details={
                    "analyzer": analyzer.name,
                    "why": why.format(counted=each.counted, source=source, wh=wh),
                    "wh": wh,
                    "counted": each.counted.value,
                },
            )
        )
    ended = {}
    for analyzer_id in told:
        if analyzer_id in counting and analyzer_id not in disagreements:
            known = before.get(analyzer_id)
            ended[analyzer_id] = 0 if known is None else _together(books, analyzer_id) - known.from_wh
    return alerts, ended


def _together(books: Mapping[int, Book], analyzer_id: int) -> int:
    """Both counters of an analyzer together."""
    book = books.get(analyzer_id)
    if book is None or book.meter.grid is None:
        return 0
    return sum(book.meter.counter(source).highest_wh for source in SOURCES)
