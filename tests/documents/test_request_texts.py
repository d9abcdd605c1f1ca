"""What became of something that waited, in words."""

from zoneinfo import ZoneInfo

import pytest

from documents.formats import Formats
from documents.request_texts import became_words
from prepaid.requests import RequestState

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (RequestState.WAITING, "It waits for a second person."),
        (RequestState.CONFIRMED, "Confirmed by Omar, booked as entry 7."),
        (RequestState.REFUSED, "Refused by Omar: not paid"),
        (RequestState.WITHDRAWN, "Withdrawn; nothing was booked."),
        (RequestState.EXPIRED, "Nobody confirmed it in time; nothing was booked."),
    ],
)
def test_each_state_has_its_sentence(state: RequestState, told: str) -> None:
    assert became_words(state, "Omar", "not paid", 7, FORMATS) == told


@pytest.mark.parametrize("state", RequestState)
def test_a_sentence_is_whole_without_facts(state: RequestState) -> None:
    assert "{" not in became_words(state, None, None, None, FORMATS)
