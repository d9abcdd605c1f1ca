"""What is said of a log by its newest rows: each fault has its sentence, and a sound log has none."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from prepaid.kepware.findings import interval_finding, log_findings
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import LogRow, LogTable, Shape, Stamps
from prepaid.kepware.proposal import propose
from prepaid.kepware.samples import Sample, samples_of
from prepaid.kepware.tags import REQUIRED, MappedTag, units

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
BAGHDAD = ZoneInfo("Asia/Baghdad")
DEVICE = "PAC.Bakery"
GROUP = LogGroup(
    group_id=1,
    name="Metering",
    table=LogTable(schema=None, name="KepwareLog", shape=Shape.NARROW, id_column="id"),
    stamps=Stamps.UTC,
    zone=BAGHDAD,
    decimal_comma=False,
    interval_ms=5_000,
    purge_after_h=None,
    tags={f"{DEVICE}.{name}": MappedTag(f"{DEVICE}.{name}", 7, name, units(name)[0]) for name in REQUIRED},
)


def rows(change: Callable[[str, int, LogRow], LogRow | None] = lambda _name, _number, row: row) -> list[LogRow]:
    """Two minutes of a sound log up to now, each row of it changed (None: left out)."""
    made: list[LogRow] = []
    for number in range(24):
        for name in REQUIRED:
            stamp = (NOW - timedelta(seconds=5 * (23 - number))).replace(tzinfo=None)
            value = str(20_000_001 + 7 * number) if name.endswith("_wh") else str(number)
            row = change(name, number, LogRow(len(made) + 1, f"{DEVICE}.{name}", value, stamp, 192))
            if row is not None:
                made.append(row)
    return made


def complaints(found: list[LogRow], group: LogGroup = GROUP) -> list[str]:
    remarks = log_findings(group, samples_of(found), {7: "Bakery"}, NOW)
    return [remark.sentence for remark in remarks if not remark.good]


def test_of_a_sound_log_nothing_bad_is_said() -> None:
    assert complaints(rows()) == []


def test_stamps_of_the_last_change_are_sound_too() -> None:
    steady = {name for name in REQUIRED if name not in ("operating_s", "import_tariff_1_wh")}
    first = (NOW - timedelta(days=2)).replace(tzinfo=None)

    found = rows(lambda name, _number, row: row._replace(stamped_at=first) if name in steady else row)

    assert complaints(found) == []


def test_tags_that_are_logged_when_they_change_are_no_static_interval() -> None:
    def change(name: str, number: int, row: LogRow) -> LogRow | None:
        if name == "operating_s":
            return row
        return row if name.endswith("_wh") and number in (1, 2, 9, 10, 11, 20, 22) else None

    assert "static interval" in " ".join(complaints(rows(change)))


def test_an_interval_that_is_not_the_one_that_is_set_is_told() -> None:
    assert "It logs every 5 s" in " ".join(complaints(rows(), replace(GROUP, interval_ms=60_000)))


def test_too_few_rows_tell_no_interval() -> None:
    assert not interval_finding(samples_of(rows()[:20]), 5_000).good


def test_local_stamps_that_are_set_as_universal_are_told() -> None:
    def local(_name: str, _number: int, row: LogRow) -> LogRow:
        assert row.stamped_at is not None
        return row._replace(stamped_at=row.stamped_at + timedelta(hours=3))

    assert "other kind" in " ".join(complaints(rows(local)))
    assert complaints(rows(local), replace(GROUP, stamps=Stamps.LOCAL)) == []


@pytest.mark.parametrize(("seconds", "said"), [(-600, "600 s old"), (700, "700 s ahead")])
def test_a_log_that_is_late_or_ahead_is_told(seconds: int, said: str) -> None:
    def shifted(_name: str, _number: int, row: LogRow) -> LogRow:
        assert row.stamped_at is not None
        return row._replace(stamped_at=row.stamped_at + timedelta(seconds=seconds))

    assert said in " ".join(complaints(rows(shifted)))


def test_bad_quality_is_told_by_the_tags() -> None:
    found = rows(lambda name, _number, row: row._replace(quality=24) if name == "outputs" else row)

    assert f"{DEVICE}.outputs" in " ".join(complaints(found))


def test_values_that_cannot_be_used_are_told_as_they_stand() -> None:
    found = rows(lambda name, _number, row: row._replace(value="12,5") if name == "import_tariff_1_wh" else row)

    assert '"12,5"' in " ".join(complaints(found))


def test_counters_of_single_precision_are_told_with_their_step() -> None:
    def single(name: str, number: int, row: LogRow) -> LogRow:
        if not name.endswith("_wh"):
            return row
        (coarse,) = struct.unpack("f", struct.pack("f", 200_000_000.0 + 100 * number))
        return row._replace(value=repr(coarse))

    assert "steps of up to 16 Wh" in " ".join(complaints(rows(single)))


def test_doubles_whose_words_are_swapped_are_told() -> None:
    def swapped(name: str, _number: int, row: LogRow) -> LogRow:
        if not name.endswith("_wh"):
            return row
        raw = struct.pack(">d", float(str(row.value)))
        (absurd,) = struct.unpack(">d", raw[4:] + raw[:4])
        return row._replace(value=repr(absurd))

    assert "words" in " ".join(complaints(rows(swapped)))


def test_a_required_tag_that_nobody_mapped_is_told_with_the_analyzer() -> None:
    group = replace(GROUP, tags={tag: each for tag, each in GROUP.tags.items() if each.parameter != "inputs"})

    assert "Bakery is not read: no tag is mapped for inputs." in complaints(rows(), group)


def test_a_mapped_tag_that_is_not_logged_is_told() -> None:
    found = rows(lambda name, _number, row: None if name == "inputs" else row)

    assert f"{DEVICE}.inputs" in " ".join(complaints(found))


def test_a_proposal_is_what_the_log_seems_to_be() -> None:
    def local(_name: str, _number: int, row: LogRow) -> LogRow:
        assert row.stamped_at is not None
        return row._replace(stamped_at=row.stamped_at + timedelta(hours=3))

    found = propose(samples_of(rows(local)), {7: "Bakery", 8: "Bar"}, {}, BAGHDAD, NOW)

    assert (found.interval_ms, found.stamps, found.decimal_comma) == (5_000, Stamps.LOCAL, False)
    [device] = found.devices
    assert set(device.tags) == set(REQUIRED)
    assert found.analyzers == {DEVICE: 7}


def test_a_proposal_for_an_empty_log_is_the_usual_one() -> None:
    found = propose({}, {7: "Bakery"}, {}, BAGHDAD, NOW)

    assert (found.interval_ms, found.stamps, found.devices) == (5_000, Stamps.UTC, ())


def test_a_sample_keeps_its_newest_row_by_the_stamp() -> None:
    late, newest = (NOW - timedelta(hours=1)).replace(tzinfo=None), NOW.replace(tzinfo=None)
    sample = Sample((LogRow(1, "a.b.c", "2", newest, 192), LogRow(2, "a.b.c", "1", late, 192)))

    assert sample.value == "2"
