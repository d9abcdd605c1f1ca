"""Step 2 of a pass: each reading is judged by the rules of metering; what fits moves the books forward."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from enforcer.timekeeping import NEVER_STOOD_STILL, Standstill
from prepaid.books import Book
from prepaid.metering import Judgement, Meter, Sample, Verdict, judge
from prepaid.records import Reading
from prepaid.site import Analyzer, Site

MOVING = frozenset({Verdict.ADVANCE, Verdict.STEP_BACK, Verdict.NEW_BASE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One judged reading with the book before and after it. `moved`: the counters of the book went on."""

    analyzer: Analyzer
    reading: Reading
    judgement: Judgement
    before: Book
    after: Book

    @property
    def moved(self) -> bool:
        return self.judgement.verdict in MOVING

    @property
    def takes_over(self) -> bool:
        """Whether the pending assignment of the analyzer begins with this reading."""
        pending = self.analyzer.pending
        return self.moved and pending is not None and pending.asked_from_at <= self.reading.read_at


def accept(
    site: Site,
    books: Mapping[int, Book],
    readings: Sequence[Reading],
    counted_from_s: float,
    standstill: Standstill = NEVER_STOOD_STILL,
) -> list[Accepted]:
    """Judges readings in their order of arrival. Readings of analyzers that the site no longer has are passed over.
    Those behind a new base or a handover wait for the next pass, when the rows that their charges need are there;
    counters go on, so nothing is lost.

    `counted_from_s` is the monotonic second at which this run began, or earlier where nobody knows how long nobody was
    there: before the first accepted reading of a run, elapsed time is what the stored instants say, and never less.
    Devices count on through a `standstill` of this machine, which its monotonic clock may not know of.
    """
    current: dict[int, Book] = {}
    waiting: set[int] = set()
    judged = []
    for reading in readings:
        analyzer = site.analyzers.get(reading.analyzer_id)
        if analyzer is None:
            continue
        before = current.get(reading.analyzer_id) or books.get(reading.analyzer_id) or new_book(analyzer)
        if reading.analyzer_id in waiting:
            why = "its new base or account is written first"
            judgement = Judgement(verdict=Verdict.AWAITED, meter=before.meter, why=why)
        else:
            judgement = judge(before.meter, sample_of(analyzer, reading, before, counted_from_s, standstill))
        moved = judgement.verdict in MOVING
        after = replace(
            before,
            meter=judgement.meter,
            accepted_s=reading.monotonic_s if moved else before.accepted_s,
        )
        current[reading.analyzer_id] = after
        each = Accepted(analyzer=analyzer, reading=reading, judgement=judgement, before=before, after=after)
        if judgement.verdict is Verdict.NEW_BASE or each.takes_over:
            waiting.add(reading.analyzer_id)
        judged.append(each)
    return judged


def new_book(analyzer: Analyzer) -> Book:
    """The book of an analyzer that was never read."""
    return Book(meter=Meter(serial_number=analyzer.serial_number, rated_power_w=float(analyzer.rated_power_w)))


def sample_of(
    analyzer: Analyzer,
    reading: Reading,
    book: Book,
    counted_from_s: float,
    standstill: Standstill = NEVER_STOOD_STILL,
) -> Sample:
    """What metering needs of a reading: tariffs become sources by the analyzer's proven property."""
    tariffs = (reading.energies.import_tariff_1_wh, reading.energies.import_tariff_2_wh)
    generator = analyzer.generator_tariff - 1
    return Sample(
        at=reading.read_at,
        elapsed_s=_elapsed_s(reading, book, counted_from_s, standstill),
        serial_number=reading.serial_number,
        grid_wh=tariffs[1 - generator],
        generator_wh=tariffs[generator],
        diagnostics=reading.status.diagnostics,
    )


def _elapsed_s(reading: Reading, book: Book, counted_from_s: float, standstill: Standstill) -> float:
    if book.accepted_s is not None:
        return reading.monotonic_s - book.accepted_s + standstill.since(book.accepted_s)
    run_s = reading.monotonic_s - counted_from_s
    if book.meter.accepted_at is None:
        return run_s
    return max(run_s, (reading.read_at - book.meter.accepted_at).total_seconds())
