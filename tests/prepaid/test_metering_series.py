"""A register as real devices tell it: zeros between the true values, one dip with its return, rows late and twice."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from prepaid.metering import RESTARTED
from tests.prepaid.meters import PERIOD_S, RATED_W, Metering, based

FIRST_WH = 5_000_000
DIP_WH = 4_000_000
MOST_IN_A_PERIOD_WH = int(RATED_W * PERIOD_S / 3600)
LOADS = st.lists(st.integers(0, MOST_IN_A_PERIOD_WH), min_size=20, max_size=80)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the register: what it shows at which second."""

    second: float
    wh: int


def register(loads: list[int], dip_from: int, dip_rows: int, *, zeros: bool) -> list[Row]:
    """The rows of a register that uses `loads` a period, dips once, and shows 0 in every second row."""
    rows, wh = [], FIRST_WH
    for number, used_wh in enumerate(loads):
        wh += used_wh
        dipped = dip_from <= number < dip_from + dip_rows
        rows.append(Row(PERIOD_S * (number + 1), wh - DIP_WH if dipped else wh))
        if zeros:
            rows.append(Row(PERIOD_S * (number + 1) + PERIOD_S / 2, 0))
    return rows


def longest_hold_s(metering: Metering, rows: list[Row]) -> float:
    """Judges the rows in their order of arrival; answers how long the longest hold was."""
    longest_s = began_s = 0.0
    for row in rows:
        judged = metering.read(row.second, row.wh, 0)
        if judged.hold_began:
            began_s = row.second
        if judged.hold_ended or judged.meter.hold is not None:
            longest_s = max(longest_s, row.second - began_s)
    return longest_s


@given(loads=LOADS, dip_from=st.integers(0, 9), dip_rows=st.integers(1, 8), zeros=st.booleans(), data=st.data())
def test_it_counts_last_minus_first_and_is_never_held_for_more_than_a_minute(
    loads: list[int], dip_from: int, dip_rows: int, zeros: bool, data: st.DataObject
) -> None:
    rows = register(loads, dip_from, dip_rows, zeros=zeros)
    again = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=40))
    late = sorted([*range(len(rows)), *again], key=lambda number: number + 3 * (again.count(number) % 2))
    metering = based(FIRST_WH, 0)

    held_s = longest_hold_s(metering, [rows[number] for number in late])

    last = Row(rows[-1].second + PERIOD_S, FIRST_WH + sum(loads))
    metering.read(last.second, last.wh, 0)
    assert metering.consumed_wh == sum(loads)
    assert held_s <= 60
    assert metering.holds <= 1
    assert metering.meter.hold is None


def test_a_stored_bit_that_the_zeros_do_not_show_is_one_edge_and_not_a_storm_of_them() -> None:
    """Nobody could acknowledge 0x800; the rows of zeros are zero in 205, too."""
    metering = based()

    edges = [metering.read(PERIOD_S * n, n % 2 and 1_000_000, 50_000, bits=n % 2 and RESTARTED) for n in range(1, 60)]

    assert [judged.new_edges for judged in edges if judged.new_edges] == [RESTARTED]
