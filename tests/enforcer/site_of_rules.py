"""A site without a database: readings of an analyzer, and passes of accept and bill over them."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from enforcer.accept import Accepted, accept
from enforcer.charge import Bill, ChargeLine, bill
from prepaid.books import Book, Ground
from prepaid.charging import Mark
from prepaid.metering import Meter, Verdict
from prepaid.parameters import Energies, Measures, Status
from prepaid.records import SOURCES, AccountKind, Purpose, Reading, Source, Stage, Wiring
from prepaid.settings import SiteSettings
from prepaid.site import Account, Analyzer, Pending, PriceFrom, Site
from prepaid.switching import Contact
from prepaid.units import add
from sql.hours import HourLine
from tests.building import MORNING

SERIAL = "LQN/1"
OVEN, BAKERY, FLORIST, HOUSE = 1, 11, 12, 10
SHOPS, OFFICES, OWN = 1, 2, 3
RATED_W = 20_000
STARTED_S = 1000.0


def at(seconds: float) -> datetime:
    """An instant, in seconds after the morning."""
    return MORNING + timedelta(seconds=seconds)


def read(
    second: float, grid_wh: int | None, generator_wh: int | None = 0, *, bits: int = 0, wall_s: float = 0
) -> Reading:
    """A reading of the oven. `wall_s`: how far the wall clock has run ahead of the monotonic one."""
    return Reading(
        analyzer_id=OVEN,
        read_at=at(second + wall_s),
        serial_number=SERIAL,
        answer_ms=20.0,
        measures=Measures(*[0.0] * len(Measures._fields)),
        status=Status(0, bits, 1, 0, 0, 0, 0, 0, 0.0),
        energies=Energies(grid_wh, generator_wh, 0, 0, 0, 0, 0, 0, 0, 0),
        phases=None,
        monotonic_s=STARTED_S + second,
    )


def site_of(
    prices: Mapping[tuple[int, Source], Sequence[tuple[float, str]]],
    plans: Sequence[tuple[float, int]] = ((-1e6, SHOPS),),
    zone: str = "Asia/Baghdad",
    account_id: int = BAKERY,
    generator_tariff: int = 2,
) -> Site:
    """A site with one oven. Prices and plans are given with the second from which on they hold."""
    oven = Analyzer(
        analyzer_id=OVEN,
        name="Oven",
        purpose=Purpose.TENANT,
        host="127.0.0.1",
        port=502,
        unit_id=1,
        serial_number=SERIAL,
        rated_power_w=RATED_W,
        generator_tariff=generator_tariff,
        contact=Contact(wiring=Wiring.HELD_ON_SUPPLY),
        ct_secondary_a=5,
        priority=0,
        exempt=False,
        passed_serials=frozenset({SERIAL}),
        account_id=account_id,
    )
    return Site(
        site_id=1,
        name="Mall",
        zone=ZoneInfo(zone),
        zone_name=zone,
        currency="IQD",
        language="en",
        settings=SiteSettings(),
        analyzers={OVEN: oven},
        accounts={
            HOUSE: _account(HOUSE, AccountKind.HOUSE, [(-1e6, OWN)]),
            BAKERY: _account(BAKERY, AccountKind.TENANT, plans),
            FLORIST: _account(FLORIST, AccountKind.TENANT, [(-1e6, OFFICES)]),
        },
        prices={key: tuple(PriceFrom(at(second), Decimal(text)) for second, text in of) for key, of in prices.items()},
    )


def handing_over(site: Site, account_id: int, asked_from_s: float) -> Site:
    """The site with an assignment of the oven that was entered and has not begun."""
    pending = Pending(assignment_id=5, account_id=account_id, asked_from_at=at(asked_from_s))
    return replace(site, analyzers={OVEN: replace(site.analyzers[OVEN], pending=pending)})


def _account(account_id: int, kind: AccountKind, plans: Sequence[tuple[float, int]]) -> Account:
    return Account(
        account_id=account_id,
        number=f"A-{account_id}",
        kind=kind,
        stage=Stage.ENFORCED,
        currency="IQD",
        tenant_name="",
        emergency_credit=Decimal(0),
        restore_threshold=Decimal(0),
        exempt=kind is AccountKind.HOUSE,
        plans=tuple((at(second), plan_id) for second, plan_id in plans),
    )


@dataclass(slots=True)
class Passes:
    """Pass after pass over one oven; what would be written is kept instead."""

    site: Site
    books: dict[int, Book] = field(default_factory=dict)
    lines: list[ChargeLine] = field(default_factory=list)
    hours: list[HourLine] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    closed: list[tuple[int, Meter]] = field(default_factory=list)
    opened: int = 0

    def run(self, readings: Iterable[Reading], *, trusted: bool = True) -> Bill:
        """One pass; afterwards the books are what the transaction would have made of them."""
        judged = accept(self.site, self.books, list(readings), STARTED_S)
        made = bill(self.site, judged, trusted=trusted)
        self.lines += made.lines
        self.hours += made.hours
        self.verdicts += [each.judgement.verdict for each in judged]
        for each in judged:
            if each.judgement.verdict is Verdict.NEW_BASE:
                made.books[OVEN] = self._open_bases(each, made.books[OVEN])
        self.books.update(made.books)
        if made.handovers:
            self._hand_over()
        return made

    def run_in(self, readings: Sequence[Reading], cuts: Iterable[int]) -> None:
        """The readings in passes that end at the cuts."""
        marks = [0, *sorted(set(cuts)), len(readings)]
        for begin, end in itertools.pairwise(marks):
            self.run(readings[begin:end])

    def supply_changed(self, second: float) -> None:
        """A supply change was confirmed at that second."""
        book = self.books[OVEN]
        self.books[OVEN] = replace(book, supply_changed_at=(*book.supply_changed_at, at(second)))

    def reload(self, site: Site) -> None:
        """The site was read again after somebody changed it."""
        self.site = site
        self.books = {key: replace(book, due_at=None) for key, book in self.books.items()}

    @property
    def charged_wh(self) -> int:
        return sum(line.part.wh for line in self.lines)

    @property
    def unbilled_wh(self) -> int:
        return sum(self.books[OVEN].unbilled_wh(source) for source in SOURCES)

    @property
    def used_wh(self) -> int:
        """The sum over all bases of highest minus opening."""
        meters = [meter for _, meter in self.closed]
        if OVEN in self.books and self.books[OVEN].grid is not None:
            meters.append(self.books[OVEN].meter)
        counters = [meter.counter(source) for meter in meters for source in SOURCES]
        return sum(counter.highest_wh - counter.opening_wh for counter in counters)

    @property
    def amount(self) -> Decimal:
        return add(*(hour.amount for hour in self.hours))

    def _open_bases(self, each: Accepted, book: Book) -> Book:
        if each.before.meter.grid is not None:
            self.closed.append((self.opened, each.before.meter))
        self.opened += 2
        opened_at = each.reading.read_at
        grid, generator = (Mark(opened_at, each.after.meter.counter(source).opening_wh) for source in SOURCES)
        return Book(
            meter=book.meter,
            grid=Ground(base_id=self.opened - 1, charged=grid),
            generator=Ground(base_id=self.opened, charged=generator),
            accepted_s=book.accepted_s,
        )

    def _hand_over(self) -> None:
        oven = self.site.analyzers[OVEN]
        assert oven.pending is not None, "only a pending assignment takes over"
        taken = replace(oven, account_id=oven.pending.account_id, pending=None)
        self.reload(replace(self.site, analyzers={OVEN: taken}))
