"""Where a charge ends, how many Wh lie on each side of a boundary, and how a charge is divided over local hours."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.calendar import hour_of, hours_between
from prepaid.charging import LONG_SILENCE, Boundary, Mark, Part, Split, line, pieces, shares, split
from prepaid.records import ChargeCause
from prepaid.units import MAX_CHARGE_WH, add, cost

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
BAGHDAD = ZoneInfo("Asia/Baghdad")
PRICE = Decimal("0.1501")


def at(seconds: float) -> datetime:
    return EIGHT + timedelta(seconds=seconds)


def wh_of(made: Split) -> list[int]:
    return [part.wh for part in made.parts]


def test_the_counter_between_two_readings_is_a_straight_line_rounded_down() -> None:
    before, after = Mark(at(0), 1000), Mark(at(3), 1010)

    assert [line(before, after, at(seconds)).wh for seconds in (0, 1, 2, 3)] == [1000, 1003, 1006, 1010]


def test_the_line_counts_milliseconds() -> None:
    assert line(Mark(at(0), 0), Mark(at(0.010), 10), at(0.009)).wh == 9


def test_a_boundary_divides_and_the_rest_stays_unbilled() -> None:
    made = split(Mark(at(-3600), 400), Mark(at(-2), 1000), Mark(at(3), 1050), [Boundary(at(0), ChargeCause.HOUR)])

    assert made.parts == [Part(Mark(at(-3600), 400), Mark(at(0), 1020), ChargeCause.HOUR, spread=False)]
    assert made.charged == Mark(at(0), 1020)


def test_without_a_boundary_nothing_is_charged() -> None:
    made = split(Mark(at(0), 400), Mark(at(5), 1000), Mark(at(10), 1050), [])

    assert made == Split([], Mark(at(0), 400))


def test_a_boundary_without_consumption_makes_no_charge_but_moves_the_ground() -> None:
    made = split(Mark(at(-3600), 400), Mark(at(-2), 400), Mark(at(3), 400), [Boundary(at(0), ChargeCause.HOUR)])

    assert made == Split([], Mark(at(0), 400))


def test_two_boundaries_at_one_instant_make_one_charge() -> None:
    both = [Boundary(at(0), ChargeCause.PRICE), Boundary(at(0), ChargeCause.HOUR)]

    made = split(Mark(at(-60), 0), Mark(at(-5), 0), Mark(at(5), 10), both)

    assert wh_of(made) == [5]


def test_a_boundary_that_was_due_while_time_was_in_doubt_is_drawn_at_the_reading_before() -> None:
    made = split(Mark(at(-3600), 0), Mark(at(0), 700), Mark(at(5), 710), [Boundary(at(-60), ChargeCause.HOUR)])

    assert made.charged == Mark(at(0), 700)
    assert wh_of(made) == [700]


def test_after_a_silence_everything_is_charged_in_one_part_whatever_hours_lie_in_it() -> None:
    hours = [Boundary(at(3600 * number), ChargeCause.HOUR) for number in (1, 2, 3)]

    made = split(Mark(at(-100), 0), Mark(at(0), 50), Mark(at(3 * 3600), 3050), hours)

    assert [(part.wh, part.cause, part.spread) for part in made.parts] == [
        (50, ChargeCause.GAP, False),
        (3000, ChargeCause.GAP, True),
    ]
    assert made.charged == Mark(at(3 * 3600), 3050)


def test_a_silence_with_a_price_change_is_one_part_per_price() -> None:
    change = Boundary(at(3600), ChargeCause.PRICE)

    made = split(Mark(at(-100), 0), Mark(at(0), 50), Mark(at(3 * 3600), 3050), [change])

    assert [(part.wh, part.begin.at) for part in made.parts] == [(50, at(-100)), (1000, at(0)), (2000, at(3600))]


def test_fifteen_minutes_are_no_long_silence_yet() -> None:
    made = split(Mark(at(0), 0), Mark(at(0), 0), Mark(at(0) + LONG_SILENCE, 900), [])

    assert made.parts == []


@st.composite
def readings(draw: st.DrawFn) -> list[Mark]:
    """Rising counters at rising instants, at most a silence apart."""
    steps = draw(
        st.lists(st.tuples(st.integers(1, 900_000), st.integers(0, 5_000)), min_size=1, max_size=12)
    )  # milliseconds, Wh
    marks = [Mark(EIGHT, draw(st.integers(0, 10**12)))]
    for milliseconds, wh in steps:
        marks.append(Mark(marks[-1].at + timedelta(milliseconds=milliseconds), marks[-1].wh + wh))
    return marks


@st.composite
def boundaries_in(draw: st.DrawFn, marks: Sequence[Mark]) -> list[Boundary]:
    span_ms = (marks[-1].at - marks[0].at) // timedelta(milliseconds=1)
    offsets = draw(st.lists(st.integers(1, span_ms), max_size=8))
    return [Boundary(EIGHT + timedelta(milliseconds=offset), ChargeCause.PRICE) for offset in offsets]


def charged_step_by_step(marks: Sequence[Mark], boundaries: Sequence[Boundary]) -> Split:
    """All parts of reading after reading, each with the boundaries that became due."""
    charged, parts = marks[0], []
    for before, after in itertools.pairwise(marks):
        due = [boundary for boundary in boundaries if charged.at < boundary.at <= after.at]
        made = split(charged, before, after, due)
        charged = made.charged
        parts += made.parts
    return Split(parts, charged)


@given(data=st.data(), marks=readings())
def test_parts_follow_each_other_without_gap_or_overlap_and_lose_no_wh(data: st.DataObject, marks: list[Mark]) -> None:
    made = charged_step_by_step(marks, data.draw(boundaries_in(marks)))

    ends = [marks[0].wh, *(part.end.wh for part in made.parts)]
    assert [part.begin.wh for part in made.parts] == ends[:-1]
    assert all(part.wh > 0 for part in made.parts)
    assert ends[-1] == made.charged.wh <= marks[-1].wh
    assert all(part.begin.at <= part.end.at for part in made.parts)


@given(data=st.data(), marks=readings())
def test_one_price_costs_the_same_whatever_boundaries_divide_it(data: st.DataObject, marks: list[Mark]) -> None:
    end = Boundary(marks[-1].at, ChargeCause.HOUR)

    divided = charged_step_by_step(marks, [*data.draw(boundaries_in(marks)), end])
    undivided = charged_step_by_step(marks, [end])

    assert add(*(cost(part.wh, PRICE) for part in divided.parts)) == cost(marks[-1].wh - marks[0].wh, PRICE)
    assert sum(wh_of(divided)) == sum(wh_of(undivided))


@given(data=st.data(), marks=readings())
def test_a_boundary_is_computed_once_and_does_not_move_what_was_charged_before(
    data: st.DataObject, marks: list[Mark]
) -> None:
    """The later readings of a sequence never change the parts that the earlier ones made."""
    boundaries = data.draw(boundaries_in(marks))
    known = data.draw(st.integers(2, len(marks)))

    early = charged_step_by_step(marks[:known], boundaries)
    whole = charged_step_by_step(marks, boundaries)

    assert whole.parts[: len(early.parts)] == early.parts


@given(
    seconds=st.integers(0, 3 * 3600),
    hours=st.integers(0, 40),
    wh=st.integers(1, 10**7),
    zone=st.sampled_from([BAGHDAD, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_the_shares_of_the_hours_are_the_whole_part(seconds: int, hours: int, wh: int, zone: ZoneInfo) -> None:
    part = Part(Mark(at(seconds), 500), Mark(at(seconds + 3600 * hours + 1), 500 + wh), ChargeCause.GAP, spread=True)
    inside = hours_between(part.begin.at, part.end.at, zone)

    made = shares(part, inside, hour_of(part.begin.at, zone), PRICE)

    assert sum(share.wh for share in made) == wh
    assert add(*(share.amount for share in made)) == cost(wh, PRICE)
    assert all(share.hour_at == hour_of(share.hour_at, zone) for share in made)
    assert len({share.hour_at for share in made}) == len(made) <= len(inside) + 1


def test_a_part_that_ends_at_the_hour_belongs_to_the_hour_before() -> None:
    part = Part(Mark(at(1800), 0), Mark(at(3600), 40), ChargeCause.HOUR, spread=False)

    made = shares(part, [at(3600)], at(0), PRICE)

    assert [(share.hour_at, share.wh) for share in made] == [(at(0), 40)]


@pytest.mark.parametrize("wh", [1, MAX_CHARGE_WH, MAX_CHARGE_WH + 1, 3 * MAX_CHARGE_WH, 3 * MAX_CHARGE_WH + 7])
def test_a_part_larger_than_one_charge_becomes_several(wh: int) -> None:
    """An incomer of some megawatts that was silent for weeks."""
    part = Part(Mark(at(0), 9), Mark(at(1_000_000), 9 + wh), ChargeCause.GAP, spread=True)

    made = pieces(part)

    assert sum(piece.wh for piece in made) == wh
    assert [piece.begin for piece in made] == [part.begin, *(piece.end for piece in made[:-1])]
    assert (made[-1].end, {piece.cause for piece in made}) == (part.end, {ChargeCause.GAP})
    assert all(0 < piece.wh <= MAX_CHARGE_WH for piece in made)
    assert sorted(piece.begin.at for piece in made) == [piece.begin.at for piece in made]
