"""Step 3 of a pass: where accepted consumption meets a boundary, it becomes charges; the rest stays unbilled.

Nothing is written here. `bill` answers the charges, their shares of the local hours and the books behind them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from enforcer.accept import Accepted
from prepaid.books import Book, Ground
from prepaid.calendar import hour_of, hours_between, next_hour
from prepaid.charging import LONG_SILENCE, Boundary, Mark, Part, Split, pieces, shares, split
from prepaid.metering import Meter, Verdict
from prepaid.records import SOURCES, ChargeCause, Source
from prepaid.site import Site
from sql.hours import HourLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """One charge to be posted."""

    account_id: int
    analyzer_id: int
    base_id: int
    source: Source
    part: Part
    plan_id: int
    price_per_kwh: Decimal


@dataclass(slots=True)
class Bill:
    """All charges of a pass, and the book of each analyzer behind them."""

    lines: list[ChargeLine] = field(default_factory=list)
    hours: list[HourLine] = field(default_factory=list)
    books: dict[int, Book] = field(default_factory=dict)
    handovers: list[Accepted] = field(default_factory=list)


def bill(site: Site, judged: Sequence[Accepted], *, trusted: bool) -> Bill:
    """Charges what the judged readings made due. While time is not `trusted`, boundaries wait; nothing is lost."""
    made = Bill()
    for each in judged:
        analyzer_id = each.analyzer.analyzer_id
        after = _with_grounds(each.after, made.books.get(analyzer_id))
        if each.judgement.verdict is Verdict.NEW_BASE:
            after = _close_bases(site, made, each, after)
        elif each.moved and (each.takes_over or (trusted and _is_due(each, after))):
            after = _charge(site, made, each, after)
        if each.takes_over:
            made.handovers.append(each)
        made.books[analyzer_id] = after
    return made


def _with_grounds(book: Book, earlier: Book | None) -> Book:
    """The book with the grounds that an earlier reading of the same pass left behind."""
    if earlier is None:
        return book
    return replace(
        book,
        grid=earlier.grid,
        generator=earlier.generator,
        due_at=earlier.due_at,
        supply_changed_at=earlier.supply_changed_at,
    )


def _is_due(each: Accepted, book: Book) -> bool:
    before_at, at = each.before.meter.accepted_at, each.reading.read_at
    silence = before_at is not None and at - before_at > LONG_SILENCE
    return book.due_at is None or at >= book.due_at or silence or bool(book.supply_changed_at)


def _charge(site: Site, made: Bill, each: Accepted, book: Book) -> Book:
    grounds: dict[Source, Ground] = {}
    for source in SOURCES:
        ground = book.ground(source)
        assert ground is not None, "a counter that advances has a base in the books"
        divided = _split(site, each, book, source, ground, each.after.meter)
        _add_lines(site, made, each, source, ground, divided.parts)
        grounds[source] = replace(ground, charged=divided.charged)
    return replace(
        book,
        grid=grounds[Source.GRID],
        generator=grounds[Source.GENERATOR],
        due_at=_next_due(site, each.analyzer.account_id, grounds),
        supply_changed_at=(),
    )


def _split(
    site: Site, each: Accepted, book: Book, source: Source, ground: Ground, end: Meter, *more: Boundary
) -> Split:
    """The ground up to where the meter at its `end` has come, at the instant of the reading."""
    at = each.reading.read_at
    charged = ground.charged
    before_at = each.before.meter.accepted_at
    assert before_at is not None, "a counter that advances was accepted before"
    before = Mark(before_at, each.before.meter.counter(source).highest_wh)
    after = Mark(at, end.counter(source).highest_wh)
    boundaries = [*more, *(Boundary(hour, ChargeCause.HOUR) for hour in hours_between(charged.at, at, site.zone))]
    boundaries += site.price_boundaries(each.analyzer.account_id, source, charged.at, at)
    boundaries += [Boundary(min(when, at), ChargeCause.SUPPLY) for when in book.supply_changed_at]
    if each.takes_over:
        boundaries.append(Boundary(at, ChargeCause.HANDOVER))
    return split(charged, before, after, boundaries)


def _close_bases(site: Site, made: Bill, each: Accepted, book: Book) -> Book:
    """Charges what the old bases still owe; the new ones get their rows, and so their grounds, when written. Where a
    person named the last counters of an old device, it went on to these until now."""
    closing = each.judgement.closing
    for source in SOURCES:
        ground = book.ground(source)
        if ground is None:
            continue
        if closing is not None:
            last = Boundary(each.reading.read_at, ChargeCause.BASE)
            divided = _split(site, each, book, source, ground, closing, last)
            _add_lines(site, made, each, source, ground, divided.parts)
            continue
        accepted_at = each.before.meter.accepted_at
        assert accepted_at is not None, "a base was accepted when it was opened"
        end = Mark(accepted_at, each.before.meter.counter(source).highest_wh)
        if end.wh > ground.charged.wh:
            part = Part(ground.charged, end, ChargeCause.BASE, spread=False)
            _add_lines(site, made, each, source, ground, [part])
    return replace(book, grid=None, generator=None, due_at=None, supply_changed_at=())


def _add_lines(site: Site, made: Bill, each: Accepted, source: Source, ground: Ground, parts: Sequence[Part]) -> None:
    account_id, analyzer_id = each.analyzer.account_id, each.analyzer.analyzer_id
    for part in parts:
        plan_id, price = site.price(account_id, source, part.begin.at)
        for piece in pieces(part):
            made.lines.append(
                ChargeLine(
                    account_id=account_id,
                    analyzer_id=analyzer_id,
                    base_id=ground.base_id,
                    source=source,
                    part=piece,
                    plan_id=plan_id,
                    price_per_kwh=price,
                )
            )
            made.hours.extend(_hour_lines(site, made.lines[-1]))


def _hour_lines(site: Site, line: ChargeLine) -> list[HourLine]:
    part = line.part
    inside = hours_between(part.begin.at, part.end.at, site.zone)
    return [
        HourLine(
            hour_at=share.hour_at,
            analyzer_id=line.analyzer_id,
            account_id=line.account_id,
            source=line.source,
            wh=share.wh,
            amount=share.amount,
            spread=part.spread,
        )
        for share in shares(part, inside, hour_of(part.begin.at, site.zone), line.price_per_kwh)
    ]


def _next_due(site: Site, account_id: int, grounds: dict[Source, Ground]) -> datetime:
    """The next boundary behind the charges; a price entered later makes the site be read again and this forgotten."""
    due_at = min(next_hour(ground.charged.at, site.zone) for ground in grounds.values())
    for source, ground in grounds.items():
        for boundary in site.price_boundaries(account_id, source, ground.charged.at, due_at):
            due_at = min(due_at, boundary.at)
    return due_at
