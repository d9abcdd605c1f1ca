"""Why a supply is as it is, in a sentence: for the tenant whose supply it is, and for the staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from documents import reason_texts as texts
from documents.alert_texts import CLOSE_BY_HAND
from documents.formats import Formats
from prepaid.connecting import Place
from prepaid.language import _
from prepaid.supply import Answer, Reason
from prepaid.switching import ASKED, Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyFacts:
    """What is known of one supply.

    `supply` and the `reason` of a cut are as the device confirmed them; `answer`, `answer_reason` and `until_at` are
    the newest decision. `close_by_hand`: after a restore somebody must close the breaker. `place`: where it waits in
    the queue of connecting.
    """

    supply: Supply
    reason: Reason | None = None
    answer: Answer | None = None
    answer_reason: Reason | None = None
    until_at: datetime | None = None
    close_by_hand: bool = False
    place: Place | None = None


SOON_S, ROUNDED_S = 5.0, 5
"""What takes no longer is said to be now; the rest is told in steps."""


class Turn(StrEnum):
    """Where a supply stands between what it is and what was decided."""

    ON = "on"
    GOING = "going"
    CUT = "cut"
    COMING = "coming"
    FOUND_OFF = "found_off"
    LEFT_OFF = "left_off"
    NOT_SEEN = "not_seen"


def reason_for_tenant(facts: SupplyFacts, formats: Formats) -> str:
    """Whether the electricity is on, why, and what the tenant can do about it."""
    return _sentence(facts, formats, _FOR_TENANT)


def reason_for_staff(facts: SupplyFacts, formats: Formats) -> str:
    """Whether the supply is on, why, and what would change it."""
    return _sentence(facts, formats, _FOR_STAFF)


def supply_words(supply: Supply) -> str:
    """The state of a supply in one or two words."""
    return _(texts.SUPPLY_WORDS[supply])


def reason_words(reason: Reason) -> str:
    """A reason in a table or a badge, for the staff."""
    return _(texts.REASON_WORDS[reason])


def turn(facts: SupplyFacts) -> tuple[Turn, Reason | None]:
    """Where the supply stands, and the reason that explains it.

    A cut that this product did not make has no reason of its own; only a person's wish switches it on again. What may
    not be switched now is left off. A cut that would not be started now still stands: credit brings it back.
    """
    if facts.supply is Supply.UNKNOWN:
        return Turn.NOT_SEEN, facts.answer_reason
    if facts.supply is Supply.ON:
        return (Turn.GOING if facts.answer is Answer.CUT else Turn.ON), facts.answer_reason
    if facts.answer is Answer.CUT:
        return Turn.CUT, facts.answer_reason
    if facts.answer is Answer.ON and (facts.reason is not None or facts.answer_reason in ASKED):
        return Turn.COMING, facts.answer_reason
    if facts.reason is None:
        return Turn.FOUND_OFF, None
    if facts.answer_reason in _METERED:
        return Turn.LEFT_OFF, facts.answer_reason
    return Turn.CUT, (Reason.STILL_OUT if facts.answer_reason in _SPARED else facts.reason)


class _Words(NamedTuple):
    """All sentences for one kind of reader."""

    turns: Mapping[Turn, Mapping[Reason, str]]
    until: Mapping[Reason, str]
    found_off: str
    left_off: str
    not_seen: str
    queued: str
    stopped: str


def _sentence(facts: SupplyFacts, formats: Formats, words: _Words) -> str:
    stands, reason = turn(facts)
    if stands is Turn.FOUND_OFF:
        return _(words.found_off)
    if stands is Turn.LEFT_OFF:
        return _(words.left_off)
    if stands is Turn.NOT_SEEN:
        return _(words.turns[Turn.ON][reason]) if reason in _METERED else _(words.not_seen)
    if stands is Turn.COMING and facts.close_by_hand:
        return _(CLOSE_BY_HAND)
    if stands is Turn.COMING and facts.place is not None:
        queued = _queued(facts.place, formats, words)
        if queued:
            return queued
    if reason is None:
        return _(texts.ON)
    settled = stands in (Turn.ON, Turn.CUT)
    if settled and facts.until_at is not None and reason is facts.answer_reason and reason in words.until:
        return formats.sentence(_(words.until[reason]), until=formats.instant(facts.until_at))
    # A decision can be newer than the supply it speaks of; then only the supply itself is told.
    found = words.turns[stands].get(reason)
    if found is None:
        return _(words.found_off) if stands is Turn.CUT else _(texts.ON)
    return _(found)


def _queued(place: Place, formats: Formats, words: _Words) -> str:
    """How long it still takes; nothing where its turn is now."""
    if place.stopped:
        return _(words.stopped)
    if place.in_s <= SOON_S:
        return ""
    seconds = ceil(place.in_s / ROUNDED_S) * ROUNDED_S
    return formats.sentence(
        _(words.queued),
        duration=formats.duration(timedelta(seconds=seconds)),
        place=formats.number(place.number),
    )


_METERED = (Reason.NOT_SWITCHABLE, Reason.NOT_COMMISSIONED)
_SPARED = {
    Reason.NOT_ENFORCED,
    Reason.PAUSED,
    Reason.WINDOW,
    Reason.HOLD,
    Reason.NOTICE,
    Reason.GUARD,
    Reason.CLOCK,
}
_FOR_TENANT = _Words(
    turns={
        Turn.ON: texts.ON_FOR_TENANT,
        Turn.GOING: texts.GOING_FOR_TENANT,
        Turn.CUT: texts.CUT_FOR_TENANT,
        Turn.COMING: texts.COMING_FOR_TENANT,
    },
    until=texts.UNTIL_FOR_TENANT,
    found_off=texts.FOUND_OFF,
    left_off=texts.LEFT_OFF,
    not_seen=texts.NOT_SEEN,
    queued=texts.QUEUED,
    stopped=texts.STOPPED,
)
_FOR_STAFF = _Words(
    turns={
        Turn.ON: texts.ON_FOR_STAFF,
        Turn.GOING: texts.GOING_FOR_STAFF,
        Turn.CUT: texts.CUT_FOR_STAFF,
        Turn.COMING: texts.COMING_FOR_STAFF,
    },
    until=texts.UNTIL_FOR_STAFF,
    found_off=texts.FOUND_OFF_STAFF,
    left_off=texts.LEFT_OFF_STAFF,
    not_seen=texts.NOT_SEEN_STAFF,
    queued=texts.QUEUED_STAFF,
    stopped=texts.STOPPED_STAFF,
)
