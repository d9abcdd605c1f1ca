"""Stamps and texts as the DataLogger of a KEPServerEX writes them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from enforcer.kepserver.tags import METERING_TAGS, SERIAL_NUMBER
from enforcer.simulator.data_logger.form import LogForm

BERLIN = ZoneInfo("Europe/Berlin")
TAGS = {tag.name: tag for tag in METERING_TAGS}
COUNTER, BITS, POWER = TAGS["import_tariff_1_wh"], TAGS["diagnostics"], TAGS["power_w"]
NIGHT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half past two in Berlin, for the first time in that night."""


def test_a_stamp_is_universal_time_without_a_zone() -> None:
    assert LogForm().stamp(NIGHT) == datetime.fromisoformat("2026-10-25T00:30:00")


def test_in_the_hour_that_clocks_go_back_two_instants_have_one_local_stamp() -> None:
    form = LogForm(zone=BERLIN)

    first, second = form.stamp(NIGHT), form.stamp(NIGHT + timedelta(hours=1))

    assert first == second == datetime.fromisoformat("2026-10-25T02:30:00")
    assert first.fold == second.fold == 0


def test_a_local_hour_is_skipped_when_clocks_go_forward() -> None:
    form = LogForm(zone=BERLIN)
    before = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)

    assert form.stamp(before) == datetime.fromisoformat("2026-03-29T01:59:59")
    assert form.stamp(before + timedelta(seconds=1)) == datetime.fromisoformat("2026-03-29T03:00:00")


@pytest.mark.parametrize(
    ("milliseconds", "kept"), [(0, 0), (1, 0), (2, 3), (3, 3), (5, 7), (6, 7), (9, 10), (998, 997), (999, 1000)]
)
def test_a_stamp_has_the_steps_of_the_column(milliseconds: int, kept: int) -> None:
    whole = datetime.fromisoformat("2026-01-05T08:00:00")

    stamp = LogForm().stamp(whole.replace(tzinfo=UTC) + timedelta(milliseconds=milliseconds))

    assert stamp - whole == timedelta(milliseconds=kept)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (LogForm(), "12345678.90625"),
        (LogForm(kilo=True), "12345.67890625"),
        (LogForm(single=True), "1.234568e+07"),
    ],
)
def test_a_counter_keeps_all_its_digits_unless_the_tag_is_set_wrong(form: LogForm, text: str) -> None:
    assert form.text(COUNTER, 12_345_678.90625) == text


def test_bits_are_whole_numbers_and_texts_stay_texts() -> None:
    assert LogForm().text(BITS, 2048.0) == "2048"
    assert LogForm().text(POWER, 1234.5) == "1234.5"
    assert LogForm().text(POWER, float("nan")) == "NaN"
    assert LogForm().text(SERIAL_NUMBER, "LQ0001") == "LQ0001"
