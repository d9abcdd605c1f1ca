"""Whether an account can be enforced: what stands between it and a cut that would be right, proven and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from prepaid.links import Presence
from prepaid.records import Stage, Wiring


class Obstacle(StrEnum):
    """What prevents an account from going live; the sentences are in documents/going_live_texts.py."""

    DRAFT = "draft"
    NO_ANALYZER = "no_analyzer"
    WAITING = "waiting"
    NOT_SWITCHED = "not_switched"
    NOT_COMMISSIONED = "not_commissioned"
    NOT_READ = "not_read"
    WRONG_DEVICE = "wrong_device"
    ON_HOLD = "on_hold"
    IN_DOUBT = "in_doubt"
    NOBODY_TOLD = "nobody_told"


OF_PRESENCE = {
    Presence.SILENT: Obstacle.NOT_READ,
    Presence.NEVER_SEEN: Obstacle.NOT_READ,
    Presence.WRONG_DEVICE: Obstacle.WRONG_DEVICE,
    Presence.ON_HOLD: Obstacle.ON_HOLD,
    Presence.IN_DOUBT: Obstacle.IN_DOUBT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """One analyzer of an account, as far as going live depends on it."""

    name: str
    wiring: Wiring
    commissioned: bool
    presence: Presence

    @property
    def obstacles(self) -> frozenset[Obstacle]:
        """What is not right with this analyzer."""
        found = {OF_PRESENCE[self.presence]} if self.presence in OF_PRESENCE else set()
        if self.wiring is Wiring.NONE:
            found.add(Obstacle.NOT_SWITCHED)
        elif not self.commissioned:
            found.add(Obstacle.NOT_COMMISSIONED)
        return frozenset(found)


def obstacles_of(stage: Stage, analyzers: Sequence[Metered], *, waiting: int, told: int) -> tuple[Obstacle, ...]:
    """What prevents an account from going live, in the order in which people mend it. `waiting` assignments have not
    begun; `told` contacts get a mail before a cut."""
    found = set().union(*(analyzer.obstacles for analyzer in analyzers))
    if stage is Stage.DRAFT:
        found.add(Obstacle.DRAFT)
    if waiting:
        found.add(Obstacle.WAITING)
    elif not analyzers:
        found.add(Obstacle.NO_ANALYZER)
    if not told:
        found.add(Obstacle.NOBODY_TOLD)
    return tuple(obstacle for obstacle in Obstacle if obstacle in found)
