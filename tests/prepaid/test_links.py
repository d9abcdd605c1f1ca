"""How far the values shown for an analyzer can be believed."""

from datetime import UTC, datetime, timedelta

import pytest

from prepaid.links import Presence, presence
from prepaid.metering import Verdict

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
STALE = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("age_s", "verdict", "held", "word"),
    [
        (5, Verdict.ADVANCE, False, Presence.ANSWERING),
        (60, Verdict.STEP_BACK, False, Presence.ANSWERING),
        (60.001, Verdict.ADVANCE, False, Presence.SILENT),
        (3600, Verdict.WRONG_DEVICE, True, Presence.SILENT),
        (5, Verdict.WRONG_DEVICE, True, Presence.WRONG_DEVICE),
        (5, Verdict.QUARANTINED, True, Presence.ON_HOLD),
        (5, Verdict.QUARANTINED, False, Presence.IN_DOUBT),
        (5, Verdict.AWAITED, False, Presence.IN_DOUBT),
        (5, None, False, Presence.ANSWERING),
    ],
)
def test_the_gravest_word_is_chosen(age_s: float, verdict: Verdict | None, held: bool, word: Presence) -> None:
    read_at = NOW - timedelta(seconds=age_s)

    assert presence(read_at=read_at, now=NOW, stale_after=STALE, verdict=verdict, held=held) is word


def test_an_analyzer_that_never_answered_was_never_seen() -> None:
    assert presence(read_at=None, now=NOW, stale_after=STALE, verdict=None, held=True) is Presence.NEVER_SEEN
