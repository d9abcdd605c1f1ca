"""Analyzers in words: complete for every state, registers bit by bit, ages short."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from documents import analyzer_texts as texts
from documents.formats import Formats
from prepaid.links import Presence
from prepaid.metering import Verdict
from prepaid.records import BaseCause, Feed, HoldCause, Purpose, Stage, Wiring
from prepaid.standing import Supplied
from prepaid.switching import Evidence, Progress

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_every_word_that_can_be_shown_is_there() -> None:
    for table, words in (
        (texts.PRESENCE, Presence),
        (texts.SUPPLIED, Supplied),
        (texts.PROOFS, Evidence),
        (texts.SHORT_PROOFS, Evidence),
        (texts.PROGRESS, Progress),
        (texts.PURPOSES, Purpose),
        (texts.WIRINGS, Wiring),
        (texts.FEEDS, Feed),
        (texts.VERDICTS, Verdict),
        (texts.HOLDS, HoldCause),
        (texts.BASES, BaseCause),
        (texts.STAGES, Stage),
    ):
        assert set(table) == set(words)


def test_silence_is_told_with_its_length() -> None:
    read_at = NOW - timedelta(hours=3, minutes=5)

    assert texts.presence_words(Presence.SILENT, read_at, NOW, FORMATS) == "Silent for 3 hours 5 minutes"
    assert texts.presence_words(Presence.NEVER_SEEN, None, NOW, FORMATS) == "Never seen"
    assert texts.presence_words(Presence.ON_HOLD, NOW, NOW, FORMATS) == "Billing on hold"


@pytest.mark.parametrize(
    ("presence", "said"),
    [
        (Presence.SILENT, "no connection"),
        (Presence.NEVER_SEEN, "no connection"),
        (Presence.WRONG_DEVICE, "another one"),
        (Presence.IN_DOUBT, "another one"),
        (Presence.ON_HOLD, "another one"),
        (Presence.ANSWERING, ""),
    ],
)
def test_what_is_wrong_is_told_as_it_was_found_and_only_while_it_is(presence: Presence, said: str) -> None:
    assert texts.trouble(presence, "no connection", "another one") == said
    assert texts.trouble(presence, None, None) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7_199, "1 h"), (86_400, "1 d"), (8_640_000, "100 d")],
)
def test_an_age_is_short(seconds: int, shown: str) -> None:
    assert texts.age(NOW - timedelta(seconds=seconds), NOW, FORMATS) == shown


def test_a_supply_that_nobody_here_switched_has_no_proof() -> None:
    assert texts.proof_words(None) == "found so, not switched by this product"
    assert texts.proof_words(Evidence.VOLTAGE) == "proven by the voltage"


def test_diagnostics_are_told_bit_by_bit_also_those_without_a_name() -> None:
    assert texts.diagnostics_words(0) == []
    assert texts.diagnostics_words(0x800 | 0x80000000) == ["Modbus writing is protected", "The device restarted"]
    assert texts.diagnostics_words(0x2) == ["Bit 1"]


def test_outputs_and_limits_are_told_by_bit_number() -> None:
    assert texts.switch_words(0b10, ("DO 0.0", "DO 0.1")) == ["DO 0.0: off", "DO 0.1: on"]
    assert texts.limit_words(0b101) == "0, 2"
    assert texts.limit_words(0) == "None"
