"""What became of a message, in words: for the staff, and for the tenant whose message it is."""

from datetime import datetime

from documents.formats import Formats
from prepaid.alerts import Channel, MessageState
from prepaid.language import _, later

STATES = {
    MessageState.WAITING: later("waits to be sent"),
    MessageState.CLAIMED: later("is being sent"),
    MessageState.SENT: later("sent"),
    MessageState.FAILED: later("could not be delivered"),
    MessageState.WITHDRAWN: later("withdrawn: it was over before it could be sent"),
}


def way_words(channel: Channel, name: str, words: Formats) -> str:
    """By which way somebody is told; `name` may be empty."""
    if channel is Channel.MAIL:
        return words.sentence(_("Mail to {name}"), name=words.name(name)) if name else _("Mail")
    return words.sentence(_("Channel of {name}"), name=words.name(name)) if name else _("Channel")


def outcome_words(
    state: MessageState, due_at: datetime, sent_at: datetime | None, now: datetime, words: Formats
) -> str:
    """How far a message has come, and since or until when."""
    if sent_at is not None:
        return words.sentence(_("sent {instant}"), instant=words.near(sent_at, now))
    if state is MessageState.WAITING and due_at > now:
        return words.sentence(_("waits until {instant}"), instant=words.near(due_at, now))
    return _(STATES[state])
