"""What a person may ask of the enforcer: until when a wish holds, which wishes end each other, what is in the way.

The enforcer carries out CUT, KEEP_ON, RESTORE, COMMISSION, SWAP, PAUSE and RELEASE_HOLD. A cut or keep-on holds until
its end, and then the rules decide again: a cut that ends is switched on again where there is credit. A restore is done
once it is confirmed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from prepaid.errors.wishes import (
    RestoreInVain,
    SupplyBeingTested,
    SupplyLocked,
    SupplyNotAssigned,
    SupplyNotCommissioned,
    SupplyNotSwitched,
    SupplyOnAlready,
    WishEndInvalid,
    WishReasonMissing,
    WishRefused,
)
from prepaid.lengths import shortened
from prepaid.records import WishKind
from prepaid.supply import Answer, Facts, Reason, decide
from prepaid.switching import Evidence, Progress, Supply

ONE_SHOT = timedelta(minutes=10)
LONGEST = timedelta(days=7)
LONGEST_REASON = 400
SUPPLY_KINDS = frozenset({WishKind.CUT, WishKind.KEEP_ON, WishKind.RESTORE})
TEST_KINDS = frozenset({WishKind.COMMISSION, WishKind.SWAP})
OFFERED = SUPPLY_KINDS | TEST_KINDS | {WishKind.PAUSE}
REASONS = {
    WishKind.CUT: Reason.WISH_CUT,
    WishKind.KEEP_ON: Reason.WISH_KEEP_ON,
    WishKind.RESTORE: Reason.WISH_RESTORE,
}


class Obstacle(StrEnum):
    """Why a wish about a supply would do nothing, or nothing that lasts."""

    LOCKED = "locked"
    NOT_SWITCHABLE = "not_switchable"
    NOT_COMMISSIONED = "not_commissioned"
    BEING_TESTED = "being_tested"
    NOT_ASSIGNED = "not_assigned"
    CUT_AGAIN = "cut_again"
    ON_ALREADY = "on_already"


REFUSALS: dict[Obstacle, type[WishRefused]] = {
    Obstacle.LOCKED: SupplyLocked,
    Obstacle.NOT_SWITCHABLE: SupplyNotSwitched,
    Obstacle.NOT_COMMISSIONED: SupplyNotCommissioned,
    Obstacle.BEING_TESTED: SupplyBeingTested,
    Obstacle.NOT_ASSIGNED: SupplyNotAssigned,
    Obstacle.CUT_AGAIN: RestoreInVain,
    Obstacle.ON_ALREADY: SupplyOnAlready,
}
_IN_THE_WAY = {
    Reason.LOCK: Obstacle.LOCKED,
    Reason.NOT_SWITCHABLE: Obstacle.NOT_SWITCHABLE,
    Reason.NOT_COMMISSIONED: Obstacle.NOT_COMMISSIONED,
    Reason.COMMISSIONING: Obstacle.BEING_TESTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a wish of that kind would bring now. `then`: what the rules say when it has ended, as things stand now."""

    kind: WishKind
    obstacle: Obstacle | None
    then: Answer | None


def prospect(kind: WishKind, facts: Facts | None, supply: Supply) -> Prospect:
    """Asks the decision itself what a wish would do. `facts` None: the analyzer has no account yet.

    1. A wish that the decision would not follow has the decision's own reason as its obstacle.
    2. A restore is over as soon as it is confirmed: where the rules would cut again at once it is no help.
    """
    assert kind in SUPPLY_KINDS, "a pause is about no supply of its own"
    if facts is None:
        return Prospect(kind=kind, obstacle=Obstacle.NOT_ASSIGNED, then=None)
    wished = decide(replace(facts, wish=kind, wish_until=None))
    if wished.reason is not REASONS[kind]:
        return Prospect(kind=kind, obstacle=_IN_THE_WAY[wished.reason], then=None)
    then = decide(replace(facts, wish=None, wish_until=None, cut_for_credit=False)).answer
    obstacle = None
    if kind is WishKind.RESTORE:
        if supply is Supply.ON:
            obstacle = Obstacle.ON_ALREADY
        elif then is Answer.CUT:
            obstacle = Obstacle.CUT_AGAIN
    return Prospect(kind=kind, obstacle=obstacle, then=then)


def lock_obstacle(facts: Facts | None) -> Obstacle | None:
    """Why a safety lock would cut nothing. Where an analyzer is not commissioned a lock still cuts."""
    if facts is None:
        return Obstacle.NOT_ASSIGNED
    return None if facts.switchable else Obstacle.NOT_SWITCHABLE


def without_locks(facts: Facts) -> Answer:
    """What the rules say, as things stand now, when the last lock is taken away."""
    return decide(replace(facts, locked=False)).answer


def ends_at(kind: WishKind, asked_at: datetime, until: datetime | None) -> datetime:
    """Until when a wish holds: a restore for 10 minutes, any other as asked, at most 7 days. Raises WishEndInvalid."""
    if kind is WishKind.RESTORE:
        return asked_at + ONE_SHOT
    if until is None or not asked_at < until <= asked_at + LONGEST:
        raise WishEndInvalid(days=LONGEST.days)
    return until


def ended_by(kind: WishKind) -> frozenset[WishKind]:
    """Which open wishes about the same supply end when a wish of this kind is placed: the other ones.

    Were an older cut left open, a restore would be undone as soon as it is done.
    """
    return SUPPLY_KINDS - {kind} if kind in SUPPLY_KINDS else frozenset()


def why(reason: str) -> str:
    """What a person wrote as the reason, on one line. Raises WishReasonMissing."""
    line = " ".join(reason.split())
    if not line:
        raise WishReasonMissing
    return shortened(line, LONGEST_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a wish has come. `taken_at` is when the enforcer decided by it; `in_force`: it decides by it now.

    A wish for what is so already needs no frame: it is in force, and nothing is written.
    """

    asked_at: datetime
    taken_at: datetime | None = None
    written_at: datetime | None = None
    confirmed_at: datetime | None = None
    proven_at: datetime | None = None
    progress: Progress | None = None
    evidence: Evidence = Evidence.NONE
    tries: int = 0
    error: str | None = None
    in_force: bool = False

    @property
    def nothing_to_send(self) -> bool:
        return self.in_force and self.taken_at is None
