"""Whatever becomes of the rows of a log, what is counted at the end is what the device counted."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.log import is_good
from prepaid.kepware.tags import COUNTERS, REQUIRED
from prepaid.metering import RESTARTED, Verdict
from tests.prepaid.kepware.logged import INTERVAL_S, T1, T2, Logged, at_s
from tests.prepaid.meters import RATED_W, Metering, based

FIRST_WH = 5_000_000
DIP_WH = 4_000_000
MOST_IN_A_PERIOD_WH = int(RATED_W * INTERVAL_S / 3600)
LOADS = st.lists(st.integers(0, MOST_IN_A_PERIOD_WH), min_size=20, max_size=60)
QUALITIES = st.sampled_from([192, 192, 192, 192, 216, 0, 24, 28, 64])


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a narrow table, and when it can be read."""

    tag: str
    second: float
    value: Any
    quality: int
    arrives_s: float


def log_of(loads: list[int], *, zeros: bool, dip_from: int, dip_rows: int) -> list[Row]:
    """The rows of a device that uses `loads` an interval, dips once, and shows 0 in every second moment."""
    rows, wh = [], FIRST_WH
    for number, used_wh in enumerate(loads, 1):
        wh += used_wh
        dipped = dip_from <= number - 1 < dip_from + dip_rows
        rows += moment(INTERVAL_S * number, wh - DIP_WH if dipped else wh)
        if zeros:
            rows += moment(INTERVAL_S * number + INTERVAL_S / 2, 0)
    return rows


def moment(second: float, wh: int, bits: int = 0) -> list[Row]:
    values = dict.fromkeys(REQUIRED, 1) | {T1: wh, T2: 0, "diagnostics": bits, "operating_s": int(second)}
    return [Row(name, second, value, 192, second) for name, value in values.items()]


def count(rows: list[Row], metering: Metering, until_s: float) -> list[tuple[float, Verdict]]:
    """Ingests the rows as they arrive, a look every second; answers what was judged."""
    logged, judged = Logged(), []
    waiting = sorted(rows, key=lambda row: row.arrives_s)
    place, second = 0, 0.0
    while second <= until_s:
        while place < len(waiting) and waiting[place].arrives_s <= second:
            row = waiting[place]
            place += 1
            if is_good(row.quality):
                logged.assembly.add(row.tag, at_s(row.second), row.value, place, second)
        for ripe in logged.assembly.ripe(at_s(second), second):
            if not ripe.late:
                energies, status = ripe.reading.energies, ripe.reading.status
                read = (energies.import_tariff_1_wh, energies.import_tariff_2_wh, status.diagnostics)
                judged.append((ripe.reading.monotonic_s, metering.read(ripe.reading.monotonic_s, *read).verdict))
        second += 1.0
    return judged


@given(loads=LOADS, dip_from=st.integers(0, 9), dip_rows=st.integers(1, 8), zeros=st.booleans(), fate=st.data())
def test_late_repeated_bad_and_lost_rows_cost_no_wh(
    loads: list[int], dip_from: int, dip_rows: int, zeros: bool, fate: st.DataObject
) -> None:
    rows = log_of(loads, zeros=zeros, dip_from=dip_from, dip_rows=dip_rows)
    chosen = fate.draw(st.lists(st.tuples(st.integers(0, len(rows) - 1), QUALITIES, st.floats(0, 90)), max_size=60))
    fated = dict(enumerate(rows))
    for number, quality, delay_s in chosen:
        row = rows[number]
        fated[number] = Row(row.tag, row.second, row.value, quality, row.second + delay_s)
    again = [Row(row.tag, row.second, row.value, 192, row.second + 40) for row in rows[::7]]
    last_s = INTERVAL_S * (len(loads) + 1)
    wh = FIRST_WH + sum(loads)
    after = [row for number in range(30) for row in moment(last_s + INTERVAL_S * number, wh)]
    metering = based(FIRST_WH, 0)

    count([*fated.values(), *again, *after], metering, last_s + 30 * INTERVAL_S)

    assert metering.consumed_wh == sum(loads)
    assert metering.meter.hold is None
    assert metering.holds <= 1


@given(loads=LOADS, fallen_wh=st.integers(1, 1000), told_after=st.integers(0, 5), restarts_at=st.integers(3, 12))
def test_a_restart_is_a_step_back_however_late_its_bit_is_logged(
    loads: list[int], fallen_wh: int, told_after: int, restarts_at: int
) -> None:
    """Counters of a device that restarted come back lower; 0x800 follows within half a minute."""
    rows, wh = [], FIRST_WH
    for number, used_wh in enumerate(loads, 1):
        wh += used_wh - (fallen_wh if number == restarts_at else 0)
        bits = RESTARTED if number >= restarts_at + told_after else 0
        rows += moment(INTERVAL_S * number, wh, bits)
    metering = based(FIRST_WH, 0)

    count(rows, metering, INTERVAL_S * len(loads) + 40)

    lost_wh = max(0, fallen_wh - loads[restarts_at - 1])
    assert metering.holds == 0
    assert metering.forgone_wh in (0, lost_wh)
    assert metering.consumed_wh <= sum(loads)


def test_the_rows_of_one_tag_alone_change_nothing() -> None:
    metering = based(FIRST_WH, 0)
    rows = [row for number in range(1, 40) for row in moment(INTERVAL_S * number, FIRST_WH + number)]

    judged = count([row for row in rows if row.tag in COUNTERS], metering, 240)

    assert judged == []
