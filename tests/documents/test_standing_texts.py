"""An account in the words of its tenant: what is wrong, what to do, how long the credit lasts; and nothing more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from documents.formats import Formats
from documents.standing_texts import advice, age, lasts, left_words, price_change, supply_headline, supply_sentences
from prepaid.alerts import Level
from prepaid.records import Source, Stage, Wiring
from prepaid.standing import PriceLine, Standing, Supplied
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from tests.building import MORNING
from tests.prepaid.standings import CUT, ON, outlook, standing

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
MINUTE = timedelta(minutes=1)
LOCKED = replace(CUT, name="Fridge", reason=Reason.LOCK, answer_reason=Reason.LOCK, lock_phone="+964 1")


def plain(text: str) -> str:
    """Without the spaces that keep numbers and their units together."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_where_all_is_well_there_is_nothing_to_say() -> None:
    well = standing(ON, replace(ON, name="Fridge"), outlook=outlook(9))

    assert supply_headline(well, FORMATS) == "Supply is on"
    assert (supply_sentences(well, FORMATS), advice(well), age(well, MORNING, MINUTE, FORMATS)) == ([], "", "")


def test_a_cut_for_credit_says_since_when_and_how_much_brings_it_back() -> None:
    cut = standing(CUT, live="-2.341", restore_threshold=Decimal(5))

    assert plain(supply_headline(cut, FORMATS)) == "Supply is cut since Jan 5, 2026, 9:00 AM"
    assert supply_sentences(cut, FORMATS) == [
        (
            "",
            "The credit is used up. Recharge more than $7.35: the electricity comes back by itself, within about"
            " a minute.",
        )
    ]
    assert left_words(cut.live, cut.currency, FORMATS) == "debt: a recharge pays it back first"


def test_what_a_meter_on_hold_has_probably_used_must_be_recharged_too() -> None:
    cut = standing(CUT, live="12", provisional=Decimal("20.5"))

    [(_names, sentence)] = supply_sentences(cut, FORMATS)

    assert "Recharge more than $8.50" in sentence


def test_a_cut_that_no_recharge_ends_names_no_amount() -> None:
    cut = standing(LOCKED)

    ((names, sentence),) = supply_sentences(cut, FORMATS)

    assert names == ""
    assert "lock" in sentence and "Phone: +964 1" in sentence
    assert "$" not in sentence


def test_a_cut_through_which_load_flows_is_not_called_a_cut() -> None:
    welded = standing(replace(CUT, load_while_cut=True), live="-1")
    locked = standing(replace(LOCKED, load_while_cut=True))

    assert supply_headline(welded, FORMATS) == supply_headline(locked, FORMATS) == "Supply is being switched off"
    assert supply_sentences(welded, FORMATS) == [
        ("", "The credit is used up. The electricity is being switched off now.")
    ]
    assert "is being switched off now" in supply_sentences(locked, FORMATS)[0][1]


def test_different_supplies_are_told_by_name_alike_ones_together() -> None:
    mixed = standing(CUT, replace(CUT, name="Lights"), LOCKED, replace(ON, name="Door"), live="0")

    sentences = supply_sentences(mixed, FORMATS)

    assert mixed.supplied is Supplied.PARTLY_CUT
    assert [names for names, _sentence in sentences] == ["Oven, Lights", "Fridge"]


def test_a_recharge_on_its_way_is_told() -> None:
    coming = standing(replace(CUT, answer=Answer.ON, answer_reason=Reason.RECHARGED))

    assert supply_headline(coming, FORMATS) == "Supply is coming back"
    assert supply_sentences(coming, FORMATS)[0][1].startswith("Recharged.")


def test_a_breaker_that_waits_for_a_hand_says_so() -> None:
    released = replace(CUT, wiring=Wiring.PULSE_TRIP, answer=Answer.ON, answer_reason=Reason.RECHARGED)

    assert "by hand" in supply_sentences(standing(released), FORMATS)[0][1]


def test_why_it_stays_on_without_credit_is_told() -> None:
    spared = replace(ON, answer=Answer.KEEP, answer_reason=Reason.WINDOW)

    assert "stays on in these hours" in supply_sentences(standing(spared, live="-1"), FORMATS)[0][1]


@pytest.mark.parametrize(
    ("live", "words"), [("0.01", "left"), ("0.001", "nothing left"), ("-0.001", "nothing left"), ("-0.01", "debt")]
)
def test_the_number_is_named_as_it_is_shown(live: str, words: str) -> None:
    assert left_words(Decimal(live), "USD", FORMATS).startswith(words)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (standing(level=Level.FINE), ""),
        (standing(level=Level.LOW), "Recharge in time"),
        (standing(level=Level.CRITICAL), "Recharge today"),
        (standing(level=Level.CRITICAL, exempt=True), ""),
        (standing(level=Level.CRITICAL, stage=Stage.WARNED), "Recharge today"),
        (standing(level=Level.CRITICAL, stage=Stage.OBSERVED), ""),
        (standing(level=Level.EXHAUSTED), "Your credit is used up. Recharge now"),
        (standing(CUT, level=Level.EXHAUSTED), ""),
    ],
)
def test_what_to_do_while_the_supply_is_on(of: Standing, words: str) -> None:
    assert advice(of).startswith(words)
    assert bool(advice(of)) is bool(words)


def test_how_long_it_lasts_is_told_with_its_band() -> None:
    """MORNING is 11:00 on a Monday in Baghdad."""
    until, band = lasts(outlook(2.01, 1.0, 3.1), FORMATS)

    assert plain(until) == "Lasts until Wed Jan 7, 11:00 AM"
    assert plain(band) == "between Tue Jan 6, 11:00 AM and Thu Jan 8, 1:00 PM"


def test_far_ahead_the_day_is_enough() -> None:
    assert lasts(outlook(90, 80, 100), FORMATS) == (
        "Lasts until Apr 5, 2026",
        "between Mar 26, 2026 and Apr 15, 2026",
    )


def test_what_is_not_known_of_the_end_is_not_told() -> None:
    assert plain(lasts(outlook(2, 1), FORMATS)[1]) == "at the earliest Tue Jan 6, 11:00 AM"
    assert lasts(outlook(2), FORMATS)[1] == ""
    assert lasts(outlook(2, 2.001, 2.002), FORMATS)[1] == "", "within the hour"
    assert lasts(outlook(400), FORMATS) == ("Lasts more than a year", "")
    assert lasts(outlook(0), FORMATS) == ("", "")
    assert lasts(None, FORMATS) == ("How long it lasts is known after a day of use.", "")


def test_old_readings_are_told_with_what_that_means() -> None:
    later = MORNING + timedelta(minutes=12)
    fresh = replace(ON, name="Fridge", read_at=later)
    never = replace(ON, name="Lights", read_at=None)

    assert age(standing(ON), later, MINUTE, FORMATS).replace("\u202f", " ").startswith("These numbers are of 11:00 AM.")
    assert age(standing(ON, fresh), later, MINUTE, FORMATS).startswith("Oven: not read for 12 minutes.")
    assert age(standing(never), later, MINUTE, FORMATS).startswith("Your meter has not been read yet.")
    assert age(standing(fresh), later, MINUTE, FORMATS) == ""


def test_a_change_of_price_is_told_ahead() -> None:
    line = PriceLine(
        source=Source.GENERATOR,
        price_per_kwh=Decimal("0.4"),
        next_price_per_kwh=Decimal("0.45"),
        next_from_at=MORNING,
    )

    assert plain(price_change(line, "USD", FORMATS)) == "from Jan 5, 2026, 11:00 AM: $0.45/kWh"
    assert price_change(replace(line, next_from_at=None), "USD", FORMATS) == ""


def test_a_supply_nobody_has_seen_is_not_called_cut() -> None:
    unknown = standing(replace(ON, supply=Supply.UNKNOWN, answer=None, answer_reason=None))

    assert supply_headline(unknown, FORMATS) == "Supply is not known"
    assert supply_headline(replace(unknown, points=()), FORMATS) == "No meter yet"
