"""Billing holds in words: what happens next and when, and how one ended."""

from datetime import datetime

from documents.formats import NOTHING, Formats
from prepaid.holds import OpenHold, Release
from prepaid.language import _, later
from prepaid.records import BaseCause, HoldCause

ENDS_BY_ITSELF = later("It ends by itself after three readings that go on from the counter last accepted.")
PROTECTED = later(
    "Its account is not cut for credit until {until}. After that it is decided on the balance less what the analyzer "
    "usually uses."
)
UNPROTECTED = later(
    "It protects its account no longer, since {until}: decisions count {amount} of provisional use, reckoned up to "
    "{instant}."
)
NOT_RECKONED = later("It protects its account no longer, since {until}.")
NO_PROTECTION = later("A counter that jumped protects nobody: what was charged so far decides.")
WAITING = later("{who} asked to release it. The enforcer does so with two readings that agree, until {until}.")
ENDS = {
    "advance": later("By itself: the counter fitted again"),
    "step_back": later("By a restart that explained it"),
    BaseCause.RESET: later("By a reset of the counters"),
    BaseCause.PERSON: later("By the word of a person"),
    BaseCause.SWAP: later("By a swap of the device"),
    "new_base": later("By a new base"),
}


def hold_next_words(hold: OpenHold, now: datetime, formats: Formats) -> list[str]:
    """What happens next, and when."""
    return [_(ENDS_BY_ITSELF), _protection(hold, now, formats)]


def release_words(release: Release, formats: Formats) -> str:
    """What was asked and not answered yet."""
    until, who = formats.instant(release.until_at), formats.name(release.asked_by)
    return formats.sentence(_(WAITING), who=who, until=until)


def hold_end_words(ended_by: str | None) -> str:
    """How a hold ended."""
    return NOTHING if ended_by is None else _(ENDS[ended_by]) if ended_by in ENDS else ended_by


def _protection(hold: OpenHold, now: datetime, formats: Formats) -> str:
    if hold.cause is not HoldCause.FELL or hold.protects_until_at is None:
        return _(NO_PROTECTION)
    until = formats.instant(hold.protects_until_at)
    if hold.protects(now):
        return formats.sentence(_(PROTECTED), until=until)
    if hold.provisional_amount is None or hold.provisional_at is None or hold.currency is None:
        return formats.sentence(_(NOT_RECKONED), until=until)
    return formats.sentence(
        _(UNPROTECTED),
        until=until,
        amount=formats.money(hold.provisional_amount, hold.currency),
        instant=formats.instant(hold.provisional_at),
    )
