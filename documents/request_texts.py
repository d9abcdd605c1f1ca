"""What became of something that waited for a second person, in words for who asked."""

from documents.formats import Formats
from prepaid.language import _, later
from prepaid.requests import RequestState

_BECAME = {
    RequestState.WAITING: later("It waits for a second person."),
    RequestState.CONFIRMED: later("Confirmed by {name}, booked as entry {entry}."),
    RequestState.REFUSED: later("Refused by {name}: {why}"),
    RequestState.WITHDRAWN: later("Withdrawn; nothing was booked."),
    RequestState.EXPIRED: later("Nobody confirmed it in time; nothing was booked."),
}


def became_words(
    state: RequestState, decided_by: str | None, why: str | None, entry_no: int | None, formats: Formats
) -> str:
    """One sentence. The fields that a state has not are not in it."""
    facts = {"name": formats.name(decided_by or ""), "why": formats.name(why or ""), "entry": str(entry_no or "")}
    return formats.sentence(_(_BECAME[state]), **facts)
