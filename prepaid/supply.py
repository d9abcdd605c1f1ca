"""The supply decision: cut, on or keep, for one analyzer, with its reason. A pure function; the first match wins."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from prepaid.records import WishKind
from prepaid.units import add, negative


class Answer(StrEnum):
    """What shall be done with the supply. `keep` means: do not touch it."""

    CUT = "cut"
    ON = "on"
    KEEP = "keep"


class Reason(StrEnum):
    """Why the answer is so; the words people read are in documents/reasons.py."""

    LOCK = "lock"
    NOT_SWITCHABLE = "not_switchable"
    NOT_COMMISSIONED = "not_commissioned"
    COMMISSIONING = "commissioning"
    WISH_CUT = "wish_cut"
    WISH_KEEP_ON = "wish_keep_on"
    WISH_RESTORE = "wish_restore"
    EXEMPT = "exempt"
    RECHARGED = "recharged"
    STILL_OUT = "still_out"
    CREDIT = "credit"
    OUT_OF_CREDIT = "out_of_credit"
    NOT_ENFORCED = "not_enforced"
    PAUSED = "paused"
    WINDOW = "window"
    HOLD = "hold"
    NOTICE = "notice"
    GUARD = "guard"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the decision for one analyzer depends on, read together at `now`.

    `emergency_credit` is 0 before the first recharge. `commissioned`: a passed record exists for the serial number
    that answers now. `trial_cut_until`: a supervised test has this supply; it is cut until then and on behind that,
    whatever the rules say. `cut_for_credit`: the analyzer is cut now, and credit is the reason. `window_until`: no-cut
    hours protect until then, down to `window_floor` beyond the emergency credit (None: without a floor).
    `notice_until`: a crossing seen late is not cut before this instant. `guarded`: the guard against mass cuts holds
    this account. `time_trusted`: the clocks agree, so windows and cuts may act.
    """

    now: datetime
    live_balance: Decimal
    locked: bool = False
    switchable: bool = True
    commissioned: bool = True
    trial_cut_until: datetime | None = None
    wish: WishKind | None = None
    wish_until: datetime | None = None
    exempt: bool = False
    cut_for_credit: bool = False
    emergency_credit: Decimal = Decimal(0)
    restore_threshold: Decimal = Decimal(0)
    enforced: bool = True
    paused_until: datetime | None = None
    window_until: datetime | None = None
    window_floor: Decimal | None = None
    hold_protects: bool = False
    notice_until: datetime | None = None
    guarded: bool = False
    time_trusted: bool = True

    @property
    def cut_at(self) -> Decimal:
        """At or below this balance a cut is due."""
        return negative(self.emergency_credit)

    @property
    def back_above(self) -> Decimal:
        """Above this balance a supply comes back that was cut for credit: never where the next cut would be due."""
        return max(self.restore_threshold, self.cut_at)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, why, until when it is expected to hold, and what would have been done were nothing in the way."""

    answer: Answer
    reason: Reason
    until: datetime | None = None
    would: Answer | None = None


def decide(facts: Facts) -> Decision:
    """Design, section 7, Deciding: lines 1 to 7 in this order. A supervised test comes before the record it makes."""
    if facts.locked:
        return Decision(Answer.CUT, Reason.LOCK)
    if not facts.switchable:
        return Decision(Answer.KEEP, Reason.NOT_SWITCHABLE)
    if facts.trial_cut_until is not None:
        cut = facts.now < facts.trial_cut_until
        return Decision(Answer.CUT if cut else Answer.ON, Reason.COMMISSIONING, facts.trial_cut_until if cut else None)
    if not facts.commissioned:
        return Decision(Answer.KEEP, Reason.NOT_COMMISSIONED)
    wished = _wished(facts)
    if wished is not None:
        return wished
    if facts.exempt:
        return Decision(Answer.ON, Reason.EXEMPT)
    if facts.cut_for_credit:
        if facts.live_balance > facts.back_above:
            return Decision(Answer.ON, Reason.RECHARGED)
        return Decision(Answer.CUT, Reason.STILL_OUT)
    if facts.live_balance > facts.cut_at:
        return Decision(Answer.ON, Reason.CREDIT)
    return _due(facts)


def _wished(facts: Facts) -> Decision | None:
    if facts.wish_until is not None and facts.now >= facts.wish_until:
        return None
    if facts.wish is WishKind.CUT:
        return Decision(Answer.CUT, Reason.WISH_CUT, facts.wish_until)
    if facts.wish is WishKind.KEEP_ON:
        return Decision(Answer.ON, Reason.WISH_KEEP_ON, facts.wish_until)
    if facts.wish is WishKind.RESTORE:
        return Decision(Answer.ON, Reason.WISH_RESTORE, facts.wish_until)
    return None


def _due(facts: Facts) -> Decision:
    """A cut is due; what stands in its way only forbids starting it, and never restores."""
    if not facts.enforced:
        return Decision(Answer.KEEP, Reason.NOT_ENFORCED, would=Answer.CUT)
    if not facts.time_trusted:
        return Decision(Answer.KEEP, Reason.CLOCK, would=Answer.CUT)
    if facts.paused_until is not None and facts.now < facts.paused_until:
        return Decision(Answer.KEEP, Reason.PAUSED, facts.paused_until, Answer.CUT)
    if _window_protects(facts):
        return Decision(Answer.KEEP, Reason.WINDOW, facts.window_until, Answer.CUT)
    if facts.hold_protects:
        return Decision(Answer.KEEP, Reason.HOLD, would=Answer.CUT)
    if facts.notice_until is not None and facts.now < facts.notice_until:
        return Decision(Answer.KEEP, Reason.NOTICE, facts.notice_until, Answer.CUT)
    if facts.guarded:
        return Decision(Answer.KEEP, Reason.GUARD, would=Answer.CUT)
    return Decision(Answer.CUT, Reason.OUT_OF_CREDIT)


def _window_protects(facts: Facts) -> bool:
    if facts.window_until is None or facts.now >= facts.window_until:
        return False
    return facts.window_floor is None or facts.live_balance > add(facts.cut_at, negative(facts.window_floor))
