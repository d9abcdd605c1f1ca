"""Why a supply is as it is, in words: complete, true, and with what to do."""

from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from documents.formats import Formats
from documents.reason_texts import REASON_WORDS, SUPPLY_WORDS
from documents.reasons import SupplyFacts, Turn, reason_for_staff, reason_for_tenant, supply_words, turn
from prepaid.connecting import Place
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
EVENING = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)


def decided(supply: Supply, answer: Answer, answer_reason: Reason, reason: Reason | None = None) -> SupplyFacts:
    return SupplyFacts(supply=supply, reason=reason, answer=answer, answer_reason=answer_reason)


def test_every_supply_and_every_reason_has_words() -> None:
    assert set(SUPPLY_WORDS) == set(Supply)
    assert set(REASON_WORDS) == set(Reason)
    assert supply_words(Supply.CUT) == "Cut"


@pytest.mark.parametrize(
    ("supply", "answer", "answer_reason"), list(product(Supply, (None, *Answer), (None, *Reason))), ids=str
)
def test_whatever_the_rows_hold_there_is_a_sentence(
    supply: Supply, answer: Answer | None, answer_reason: Reason | None
) -> None:
    for reason in (None, *Reason):
        for until_at in (None, EVENING):
            facts = SupplyFacts(
                supply=supply, reason=reason, answer=answer, answer_reason=answer_reason, until_at=until_at
            )

            for said in (reason_for_tenant(facts, FORMATS), reason_for_staff(facts, FORMATS)):
                assert said.endswith(".")
                assert "{" not in said


def test_a_tenant_cut_for_credit_is_told_that_a_recharge_brings_it_back() -> None:
    cut = decided(Supply.CUT, Answer.CUT, Reason.STILL_OUT, Reason.OUT_OF_CREDIT)

    assert reason_for_tenant(cut, FORMATS) == (
        "Cut: the credit is used up. It comes back by itself after a recharge that covers the debt."
    )


def test_a_recharged_supply_that_is_still_off_is_being_switched_on() -> None:
    coming = decided(Supply.CUT, Answer.ON, Reason.RECHARGED, Reason.OUT_OF_CREDIT)

    assert "being switched on" in reason_for_tenant(coming, FORMATS)
    by_hand = SupplyFacts(
        supply=Supply.CUT,
        reason=Reason.OUT_OF_CREDIT,
        answer=Answer.ON,
        answer_reason=Reason.RECHARGED,
        close_by_hand=True,
    )
    assert "by hand" in reason_for_tenant(by_hand, FORMATS)


def test_a_lock_is_never_promised_to_end_with_a_recharge() -> None:
    locked = decided(Supply.CUT, Answer.CUT, Reason.LOCK, Reason.OUT_OF_CREDIT)

    assert "A recharge does not end it" in reason_for_tenant(locked, FORMATS)


def test_a_supply_that_others_switched_off_is_not_said_to_be_cut_by_this_product() -> None:
    found_off = decided(Supply.CUT, Answer.ON, Reason.CREDIT)

    assert turn(found_off) == (Turn.FOUND_OFF, None)
    assert "Look at your own breakers" in reason_for_tenant(found_off, FORMATS)
    assert "A person decides" in reason_for_staff(found_off, FORMATS)


def test_a_supply_that_is_spared_names_the_end_of_it() -> None:
    paused = SupplyFacts(supply=Supply.ON, answer=Answer.KEEP, answer_reason=Reason.PAUSED, until_at=EVENING)

    assert "until Jan 5, 2026, 6:30\u202fPM; without a recharge" in reason_for_tenant(paused, FORMATS)
    assert "paused until Jan 5, 2026, 6:30\u202fPM" in reason_for_staff(paused, FORMATS)


def test_a_cut_that_would_not_be_started_now_still_comes_back_by_a_recharge() -> None:
    kept_cut = decided(Supply.CUT, Answer.KEEP, Reason.PAUSED, Reason.WISH_CUT)

    assert "after a recharge" in reason_for_tenant(kept_cut, FORMATS)


def test_what_is_only_metered_is_said_to_be_metered() -> None:
    metered = decided(Supply.UNKNOWN, Answer.KEEP, Reason.NOT_SWITCHABLE)

    assert reason_for_staff(metered, FORMATS) == "Metered only: no output acts on this supply."


def test_an_exchanged_device_is_not_promised_to_switch_on() -> None:
    exchanged = decided(Supply.CUT, Answer.KEEP, Reason.NOT_COMMISSIONED, Reason.OUT_OF_CREDIT)

    assert reason_for_tenant(exchanged, FORMATS) == "Off. The device cannot be switched now; ask the staff."


@pytest.mark.parametrize(
    ("place", "tenant", "staff"),
    [
        (
            Place(1, 1.0),
            "Recharged. The electricity is being switched on now.",
            "Recharged: it is being switched on now.",
        ),
        (
            Place(12, 12.0),
            "The electricity comes back by itself in about 15 seconds: supplies are switched on one after the other.",
            "To be switched on: place 12 in the queue, in about 15 seconds.",
        ),
        (
            Place(1, 1.0, stopped=True),
            "The electricity comes back by itself as soon as the supply of the building is steady again.",
            "To be switched on: it waits, because the incomer is out of range and nothing is connected.",
        ),
    ],
)
def test_whoever_waits_to_be_switched_on_reads_for_how_long(place: Place, tenant: str, staff: str) -> None:
    facts = SupplyFacts(
        supply=Supply.CUT,
        reason=Reason.OUT_OF_CREDIT,
        answer=Answer.ON,
        answer_reason=Reason.RECHARGED,
        place=place,
    )

    assert reason_for_tenant(facts, FORMATS) == tenant
    assert reason_for_staff(facts, FORMATS) == staff
