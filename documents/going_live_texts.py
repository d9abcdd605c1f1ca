"""The report before a site goes live, in words: what prevents an account from being enforced, and what to do."""

from collections.abc import Sequence

from prepaid.going_live import Metered, Obstacle
from prepaid.language import _, later

OBSTACLES = {
    Obstacle.DRAFT: later("It is a draft: make it observed first"),
    Obstacle.NO_ANALYZER: later("No analyzer belongs to it: assign one"),
    Obstacle.WAITING: later("An analyzer waits for its first reading"),
    Obstacle.NOT_SWITCHED: later("No output acts on the supply of {analyzers}"),
    Obstacle.NOT_COMMISSIONED: later("No passed test on the spot: {analyzers}"),
    Obstacle.NOT_READ: later("Not read now: {analyzers}"),
    Obstacle.WRONG_DEVICE: later("Another device answers: {analyzers}"),
    Obstacle.ON_HOLD: later("Billing is on hold: {analyzers}"),
    Obstacle.IN_DOUBT: later("Readings are in doubt: {analyzers}"),
    Obstacle.NOBODY_TOLD: later("No contact has a mail address: nobody would be told"),
}
NAMED_AT_MOST = 3


def obstacle_words(obstacles: Sequence[Obstacle], analyzers: Sequence[Metered]) -> str:
    """What prevents it, with the analyzers that are concerned; empty where nothing does."""
    return "; ".join(
        _(OBSTACLES[obstacle]).format(analyzers=_names([each.name for each in analyzers if obstacle in each.obstacles]))
        for obstacle in obstacles
    )


def _names(names: Sequence[str]) -> str:
    shown = list(names[:NAMED_AT_MOST])
    if len(names) > NAMED_AT_MOST:
        shown.append(_("and {number} more").format(number=len(names) - NAMED_AT_MOST))
    return ", ".join(shown)
