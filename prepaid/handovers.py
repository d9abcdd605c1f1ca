"""A handover that was entered too late: what was charged to the one account and belongs to the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from prepaid.accounts import Unbilled, unbilled_amount
from prepaid.charging import Mark, Part, line
from prepaid.records import Source
from prepaid.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """A charge on the account that had the analyzer until it was handed over."""

    source: Source
    part: Part
    price_per_kwh: Decimal


@dataclass(frozen=True, slots=True, order=True)
class Moved:
    """So many Wh of one source that go from one account, at the price they were charged, to the other, at its own."""

    source: Source
    price_before: Decimal
    price_after: Decimal
    wh: int

    @property
    def given_back(self) -> Decimal:
        return unbilled_amount([Unbilled(self.source, self.wh, self.price_before)])

    @property
    def taken(self) -> Decimal:
        return unbilled_amount([Unbilled(self.source, self.wh, self.price_after)])


def stays_wh(whole: Part, handed_over_at: datetime) -> int:
    """How many Wh of a charge lie before the true instant, and stay where they were charged."""
    return whole.wh if whole.end.at <= handed_over_at else _behind(whole, handed_over_at).wh - whole.begin.wh


def moved_between(
    charged: Iterable[Charged], handed_over_at: datetime, site: Site, account_id: int
) -> tuple[Moved, ...]:
    """What belongs to the account from the true instant on: a proposal, with all Wh of one source and price together.

    1. Of a charge that spans the instant only what lies behind it, on the straight line of its counters.
    2. It is divided where the price of the account changes, on the same line: no Wh is lost or made.
    """
    sums: dict[tuple[Source, Decimal, Decimal], int] = {}
    for each in charged:
        for piece in _pieces(each, handed_over_at, site, account_id):
            price_after = site.price(account_id, each.source, piece.begin.at)[1]
            at = (each.source, each.price_per_kwh, price_after)
            sums[at] = sums.get(at, 0) + piece.wh
    return tuple(sorted(Moved(*at, wh) for at, wh in sums.items() if wh))


def _pieces(each: Charged, handed_over_at: datetime, site: Site, account_id: int) -> Iterator[Part]:
    whole = each.part
    if whole.end.at <= handed_over_at:
        return
    begin = _behind(whole, handed_over_at)
    changes = {
        boundary.at
        for boundary in site.price_boundaries(account_id, each.source, begin.at, whole.end.at)
        if boundary.at < whole.end.at
    }
    marks: list[Mark] = [begin, *(line(whole.begin, whole.end, at) for at in sorted(changes)), whole.end]
    for first, last in pairwise(marks):
        yield Part(first, last, whole.cause, whole.spread)


def _behind(whole: Part, handed_over_at: datetime) -> Mark:
    """Where the part of a charge begins that lies behind the instant."""
    return whole.begin if whole.begin.at >= handed_over_at else line(whole.begin, whole.end, handed_over_at)
