"""What would become of a supply if the balance or the policy of its account were another: told before it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from prepaid.records import Stage, Wiring
from prepaid.standing import Point
from prepaid.switching import CREDIT_REASONS, Supply
from prepaid.tenancy import Policy
from prepaid.units import add, negative


class Effect(StrEnum):
    """What happens to one supply."""

    STAYS_ON = "stays_on"
    CUT = "cut"
    RESTORED = "restored"
    RESTORED_BY_HAND = "restored_by_hand"
    STAYS_OUT = "stays_out"
    STAYS_OFF = "stays_off"
    LOCKED = "locked"
    NOT_SWITCHED = "not_switched"
    NOT_KNOWN = "not_known"


BACK = frozenset({Effect.RESTORED, Effect.RESTORED_BY_HAND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What happens to each supply of an account. `missing` is how much more the balance needs so that those that are
    out of credit come back; None: nothing is missing."""

    of_points: tuple[tuple[Point, Effect], ...]
    missing: Decimal | None

    def count(self, *effects: Effect) -> int:
        """How many supplies have one of these effects."""
        return sum(effect in effects for _point, effect in self.of_points)


def effects(points: Iterable[Point], live: Decimal, policy: Policy) -> Effects:
    """What the enforcer will do at the next pass with that live balance and that policy (design, section 7, Deciding),
    as far as it depends on them: a wish, a hold, a window or the guard may still delay a cut."""
    of_points = tuple((point, effect(point, live, policy)) for point in points)
    out = any(each is Effect.STAYS_OUT for _point, each in of_points)
    return Effects(of_points=of_points, missing=add(policy.back_above, negative(live)) if out else None)


def effect(point: Point, live: Decimal, policy: Policy) -> Effect:
    """What happens to one supply."""
    if point.lock_phone is not None:
        return Effect.LOCKED
    if point.wiring is Wiring.NONE:
        return Effect.NOT_SWITCHED
    if point.supply is Supply.UNKNOWN:
        return Effect.NOT_KNOWN
    if point.supply is Supply.CUT:
        return _of_a_cut(point, live, policy)
    due = not policy.exempt and policy.stage is Stage.ENFORCED and live <= policy.cut_at
    return Effect.CUT if due else Effect.STAYS_ON


def _of_a_cut(point: Point, live: Decimal, policy: Policy) -> Effect:
    """Credit ends only a cut for credit: what a person asked for, or what was found off, stays off."""
    if point.reason not in CREDIT_REASONS:
        return Effect.STAYS_OFF
    if not policy.exempt and live <= policy.back_above:
        return Effect.STAYS_OUT
    return Effect.RESTORED_BY_HAND if point.wiring is Wiring.PULSE_TRIP else Effect.RESTORED
