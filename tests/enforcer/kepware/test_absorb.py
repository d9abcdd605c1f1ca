"""Rows become values of analyzers: whatever the clock of Kepware shows, a value keeps its instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from enforcer.kepware.absorb import Absorber
from prepaid.kepware.assembly import Assembly, Known
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import LogRow, Stamps
from prepaid.kepware.tags import REQUIRED, MappedTag, units
from tests.enforcer.kepware.logged_site import TABLE, tag

METER = 7
EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
MOVING = frozenset(("import_tariff_1_wh", "operating_s"))
GROUP = LogGroup(
    group_id=1,
    name="Metering",
    table=TABLE,
    stamps=Stamps.UTC,
    zone=ZoneInfo("UTC"),
    decimal_comma=False,
    interval_ms=5_000,
    purge_after_h=None,
    tags={tag(name): MappedTag(tag(name), METER, name, units(name)[0]) for name in REQUIRED},
)


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_stamps_that_stand_keep_their_instants_when_the_clock_of_kepware_is_set(step_s: float) -> None:
    assembly = Assembly(METER, GROUP.interval_s, 60.0, Known())
    absorber = Absorber(GROUP, {METER: assembly}.get, None)
    taken = []

    for moment in range(30):
        second = 5.0 * moment
        stamp_s = second + (step_s if moment >= 6 else 0.0)
        rows = [
            LogRow(
                row_id=moment * len(REQUIRED) + number,
                tag=tag(name),
                value=1000 + moment if name in MOVING else 1,
                stamped_at=(EIGHT + timedelta(seconds=stamp_s * (name in MOVING))).replace(tzinfo=None),
                quality=192,
            )
            for number, name in enumerate(REQUIRED, 1)
        ]
        read_at = EIGHT + timedelta(seconds=second + 0.5)
        absorber.absorb(rows, read_at, second + 0.5)
        taken += assembly.ripe(read_at, second + 0.5)

    read = [(each.reading.energies.import_tariff_1_wh, each.reading.read_at - EIGHT) for each in taken]
    assert all(abs(at - timedelta(seconds=5 * ((counter or 0) - 1000))) < timedelta(seconds=1) for counter, at in read)
    assert {counter for counter, _ in read} >= {*range(1000, 1006), *range(1007, 1030)}


def test_rows_that_show_less_than_was_read_are_late_though_they_come_at_the_pace_of_time() -> None:
    """Somebody writes an hour of old rows again, while nothing new is logged."""
    assembly = Assembly(METER, GROUP.interval_s, 60.0, Known())
    absorber = Absorber(GROUP, {METER: assembly}.get, None)
    taken = []

    for moment in range(30):
        second = 5.0 * moment
        is_old = moment >= 10
        rows = [
            LogRow(
                row_id=moment * len(REQUIRED) + number,
                tag=tag(name),
                value=(1000 + moment - 100 * is_old) if name in MOVING else 1,
                stamped_at=(EIGHT + timedelta(seconds=second - 3600 * is_old)).replace(tzinfo=None),
                quality=192,
            )
            for number, name in enumerate(REQUIRED, 1)
        ]
        read_at = EIGHT + timedelta(seconds=second + 0.5)
        absorber.absorb(rows, read_at, second + 0.5)
        taken += assembly.ripe(read_at, second + 0.5)

    fresh = [each.reading.energies.import_tariff_1_wh for each in taken if not each.late]
    assert fresh == list(range(1000, 1010))


def test_stamps_that_stand_keep_their_instants_though_a_clock_that_is_ahead_is_never_ahead_by_quite_the_same() -> None:
    assembly = Assembly(METER, GROUP.interval_s, 60.0, Known())
    absorber = Absorber(GROUP, {METER: assembly}.get, None)
    ahead = timedelta(seconds=30)
    taken = []

    for moment, delay_s in enumerate((0.9, 0.4, *[0.1] * 10, 0.0, *[0.2] * 27)):
        sampled_s = 5.0 * moment
        read_at, read_s = EIGHT + timedelta(seconds=sampled_s + delay_s), sampled_s + delay_s
        rows = [
            LogRow(
                row_id=moment * len(REQUIRED) + number,
                tag=tag(name),
                value=1000 + moment if name in MOVING else 1,
                stamped_at=(EIGHT + ahead + timedelta(seconds=sampled_s * (name in MOVING))).replace(tzinfo=None),
                quality=192,
            )
            for number, name in enumerate(REQUIRED, 1)
        ]
        absorber.absorb(rows, read_at, read_s)
        taken += assembly.ripe(read_at + timedelta(seconds=1), read_s + 1)

    counters = [each.reading.energies.import_tariff_1_wh for each in taken]
    assert counters == list(range(1000, 1040))
