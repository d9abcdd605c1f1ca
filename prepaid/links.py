"""How far the values shown for an analyzer can be believed, in one word."""

from datetime import datetime, timedelta
from enum import StrEnum

from prepaid.metering import Verdict


class Presence(StrEnum):
    """What stands between people and the true values of an analyzer now; the gravest word is chosen."""

    ANSWERING = "answering"
    SILENT = "silent"
    NEVER_SEEN = "never_seen"
    WRONG_DEVICE = "wrong_device"
    ON_HOLD = "on_hold"
    IN_DOUBT = "in_doubt"


_DOUBTFUL = frozenset({Verdict.QUARANTINED, Verdict.DOUBT, Verdict.AWAITED})


def presence(
    *, read_at: datetime | None, now: datetime, stale_after: timedelta, verdict: Verdict | None, held: bool
) -> Presence:
    """The word for an analyzer whose newest reading was taken at `read_at` and judged so.

    An old reading means silence whatever was last known of the link: who writes it may be dead, too. A hold of an
    analyzer that is silent is told when it answers again.
    """
    if read_at is None:
        return Presence.NEVER_SEEN
    if now - read_at > stale_after:
        return Presence.SILENT
    if verdict is Verdict.WRONG_DEVICE:
        return Presence.WRONG_DEVICE
    if held:
        return Presence.ON_HOLD
    return Presence.IN_DOUBT if verdict in _DOUBTFUL else Presence.ANSWERING
