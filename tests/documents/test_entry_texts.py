"""Entries in words: what each was, and how a charge came about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from documents.entry_texts import KINDS, calculation, cause_words, counters, kind_words, period
from documents.formats import Formats
from prepaid.records import ChargeCause, EntryKind, Source
from tests.documents.test_standing_texts import plain

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
ELEVEN_AT_NIGHT = datetime(2026, 1, 5, 20, tzinfo=UTC)


def test_every_kind_of_entry_has_a_name_and_a_charge_its_source() -> None:
    assert set(KINDS) == set(EntryKind)
    assert kind_words(EntryKind.ALLOCATION) == "Recharge"
    assert kind_words(EntryKind.CHARGE, Source.GENERATOR) == "Charge, generator"


def test_a_charge_is_energy_times_price_from_counter_to_counter() -> None:
    assert plain(calculation(1_234, Decimal("0.1500"), "USD", FORMATS)) == "1.234 kWh × $0.15/kWh"
    assert plain(counters(6_043_634, 6_043_970, FORMATS)) == "Counter 6,043.634 to 6,043.970 kWh"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0.5, "Mon Jan 5, 11:00 PM – 11:30 PM"),
        (1, "Mon Jan 5, 11:00 PM – 12:00 AM"),
        (2, "Mon Jan 5, 11:00 PM – Jan 6 1:00 AM"),
        (25, "Mon Jan 5, 11:00 PM – Jan 7 12:00 AM"),
    ],
)
def test_the_day_of_a_period_is_named_once_where_it_is_one(hours: float, expected: str) -> None:
    assert plain(period(ELEVEN_AT_NIGHT, ELEVEN_AT_NIGHT + timedelta(hours=hours), FORMATS)) == expected


def test_only_a_charge_that_ends_with_no_hour_says_why() -> None:
    assert cause_words(ChargeCause.HOUR) == ""
    assert all(cause_words(cause) for cause in ChargeCause if cause is not ChargeCause.HOUR)
