"""One message: by which way to whom, and what became of it."""

from datetime import datetime

from dashboard.parts.facts import Fact
from documents.formats import Formats
from documents.message_texts import outcome_words, way_words
from prepaid.language import _
from sql.questions.told import Told


def told_fact(told: Told, now: datetime, words: Formats) -> Fact:
    """For the staff: with what the mail server or the service said."""
    outcome = _outcome(told, now, words)
    if told.error and told.sent_at is None:
        outcome = f"{outcome}: {told.error}"
    return Fact(way_words(told.channel, told.recipient_name, words), words.name(told.recipient), outcome)


def told_line(told: Told, now: datetime, words: Formats) -> str:
    """For the tenant, on one line."""
    return words.sentence(
        _("{way} ({address}): {outcome}"),
        way=way_words(told.channel, told.recipient_name, words),
        address=words.name(told.recipient),
        outcome=_outcome(told, now, words),
    )


def _outcome(told: Told, now: datetime, words: Formats) -> str:
    return outcome_words(told.state, told.due_at, told.sent_at, now, words)
