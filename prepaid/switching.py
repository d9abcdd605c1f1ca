"""From a decision to a proven supply: what to send for a wiring, what is drift, what counts as evidence.

Nothing here sends anything. `act` compares the decision with what the device shows; `evidence` compares what was
measured before and after. A row never proves anything; only the device's own answer does.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from prepaid.records import Wiring
from prepaid.supply import Answer, Decision, Reason

CURRENT_FLOOR_A = 0.1
CURRENT_SHARE_OF_PRIMARY = 0.002
VOLTAGE_GONE_V = 10.0
PROOF_AFTER_S = 3.0
LOOK_AGAIN_S = 0.25
FIRST_RETRY_S = 2.0
LAST_RETRY_S = 300.0
ALARM_AFTER_TRIES = 3
BYPASS_AFTER_S = 10.0
BYPASS_REPEATS = 3
CREDIT_REASONS = frozenset({Reason.OUT_OF_CREDIT, Reason.STILL_OUT})
_NEVER_WRITTEN = frozenset({Reason.NOT_SWITCHABLE, Reason.NOT_COMMISSIONED})
REWRITTEN_WITHIN = 3
"""A held output that falls back after a time is written again every third of it."""
ASKED = frozenset({Reason.WISH_RESTORE, Reason.WISH_KEEP_ON, Reason.COMMISSIONING})
"""For these a supply is switched on whoever cut it."""


class Supply(StrEnum):
    """The state of a tenant's supply, as the device shows it."""

    ON = "on"
    CUT = "cut"
    UNKNOWN = "unknown"


class Progress(StrEnum):
    """How far a supply change has come; each step only by evidence."""

    WANTED = "wanted"
    WRITTEN = "written"
    CONFIRMED = "confirmed"
    PROVEN = "proven"
    SUPERSEDED = "superseded"


class Evidence(StrEnum):
    """What proved that the supply followed the output."""

    NONE = "none"
    FEEDBACK = "feedback"
    VOLTAGE = "voltage"
    CURRENT = "current"
    NO_LOAD = "no_load"


PROOF = frozenset({Evidence.FEEDBACK, Evidence.VOLTAGE, Evidence.CURRENT})
"""What shows that the supply itself followed, not the output alone."""


class Act(StrEnum):
    """What the switch step does with one analyzer now."""

    NOTHING = "nothing"
    WRITE_CUT = "write_cut"
    WRITE_ON = "write_on"
    ADOPT = "adopt"
    DRIFT_TO_CUT = "drift_to_cut"
    DRIFT_TO_ON = "drift_to_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How one analyzer's output acts on its supply, and what can prove it."""

    wiring: Wiring
    output: int = 0
    close_output: int | None = None
    output_group: int | None = None
    feedback_input: int | None = None
    feedback_on_means_supply: bool = True
    taps_below_contactor: bool = False
    ct_primary_a: float = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the device showed: bits of 207 and 209, the phase currents and the phase voltages."""

    outputs: int
    inputs: int
    currents_a: tuple[float, float, float]
    voltages_v: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An open supply change: what is wanted, how far it has come, when to try again. `before` is the look before it."""

    change_id: int
    wanted: Answer
    reason: Reason
    progress: Progress
    decided_at: datetime
    tries: int = 0
    try_at: datetime | None = None
    alarmed: bool = False
    before: Look | None = None

    @property
    def supply(self) -> Supply:
        """The supply this change is to bring about."""
        return Supply.CUT if self.wanted is Answer.CUT else Supply.ON


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A supply that is lent to a supervised test, by the wish that asked for it: cut until then, on behind that."""

    wish_id: int
    cut_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyState:
    """What is held true of one supply: the state as last confirmed by the device and its reason, and an open change.

    `restarted`: the analyzer restarted since the state was last confirmed. `load_since` is when load was first seen
    while cut; `repeats` how often the cut was repeated for that. `lent`: to a test, until it is seen on behind it.
    """

    supply: Supply = Supply.UNKNOWN
    reason: Reason | None = None
    change: Change | None = None
    restarted: bool = False
    drifted: bool = False
    load_since: datetime | None = None
    repeats: int = 0
    lent: Lent | None = None

    @property
    def cut_for_credit(self) -> bool:
        """Cut now, and credit is the reason."""
        return self.supply is Supply.CUT and self.reason in CREDIT_REASONS


def output_for(wiring: Wiring, supply: Supply) -> bool:
    """The output bit that a held wiring needs for that supply."""
    assert wiring in (Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT), "only held wirings have a standing output"
    return (supply is Supply.ON) == (wiring is Wiring.HELD_ON_SUPPLY)


def rewrite_every_s(contact: Contact, timeout_s: int) -> float | None:
    """How often a held output is written again that falls back after so long (51718, 51727; 0: it never does).
    None: never."""
    held = contact.wiring in (Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT)
    return timeout_s / REWRITTEN_WITHIN if held and timeout_s > 0 else None


def may_stand(decision: Decision, state: "SupplyState") -> bool:
    """Whether the supply that a device shows may be written to it once more: the decision wants it, or wants nothing
    else; or it is cut and waits for its turn to be switched on. What may not be switched is not written to, either."""
    change = state.change
    if decision.answer is Answer.KEEP:
        return state.supply is not Supply.UNKNOWN and decision.reason not in _NEVER_WRITTEN
    if state.supply is (Supply.CUT if decision.answer is Answer.CUT else Supply.ON):
        return change is None or change.supply is state.supply
    return state.supply is Supply.CUT and change is not None and change.progress is Progress.WANTED


def shown(contact: Contact, look: Look) -> Supply:
    """The supply as the device's own outputs or feedback contact show it."""
    if contact.feedback_input is not None:
        closed = bool(look.inputs >> contact.feedback_input & 1)
        return Supply.ON if closed == contact.feedback_on_means_supply else Supply.CUT
    return commanded(contact, look)


def commanded(contact: Contact, look: Look) -> Supply:
    """The supply that a held output stands for, whatever the contacts behind it do; a pulse leaves nothing standing."""
    if contact.wiring in (Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT):
        energised = bool(look.outputs >> contact.output & 1)
        return Supply.ON if energised == (contact.wiring is Wiring.HELD_ON_SUPPLY) else Supply.CUT
    return Supply.UNKNOWN


def follows(contact: Contact, look: Look, supply: Supply) -> bool:
    """Whether the device has followed: it shows the supply, and one that is on does not hang on a welded contact."""
    return shown(contact, look) is supply and not (supply is Supply.ON and commanded(contact, look) is Supply.CUT)


def act(
    decision: Decision,
    known: Supply,
    seen: Supply,
    restarted: bool,
    *,
    ours: bool = True,
    output: Supply = Supply.UNKNOWN,
) -> Act:
    """What to do, given the decision, the supply as last recorded, as seen now, and whether a restart was recorded.

    A supply found off is never switched on by itself, unless this product had cut it, a person asks for it, or the
    device restarted since. A supply found on against the decision is corrected. One that this product had cut and that
    a welded contact keeps on is switched on all the same: its `output` still says cut, and contacts come loose.
    """
    if decision.answer is Answer.CUT:
        if seen is Supply.CUT:
            return Act.NOTHING if known is Supply.CUT else Act.ADOPT
        return Act.WRITE_CUT
    if decision.answer is Answer.ON:
        if seen is Supply.ON:
            if known is Supply.CUT and ours and output is Supply.CUT:
                return Act.WRITE_ON
            return Act.NOTHING if known is Supply.ON else Act.ADOPT
        if (known is Supply.CUT and ours) or decision.reason in ASKED or restarted:
            return Act.WRITE_ON
        return Act.DRIFT_TO_CUT
    if seen is known or seen is Supply.UNKNOWN:
        return Act.NOTHING
    if known is Supply.UNKNOWN:
        return Act.ADOPT
    return Act.DRIFT_TO_CUT if seen is Supply.CUT else Act.DRIFT_TO_ON


def carries_load(contact: Contact, look: Look) -> bool:
    """Whether any phase carries more than max(0.1 A, 0.2 % of the transformer's primary)."""
    return any(abs(current) > load_floor_a(contact) for current in look.currents_a)


def load_floor_a(contact: Contact) -> float:
    """The current below which a phase counts as without load."""
    return max(CURRENT_FLOOR_A, CURRENT_SHARE_OF_PRIMARY * contact.ct_primary_a)


def cut_evidence(contact: Contact, before: Look, after: Look) -> Evidence:
    """What proves that the supply is off, comparing the look before the write with the newest one.

    A value that is no number proves nothing.
    """
    if contact.feedback_input is not None:
        return Evidence.FEEDBACK if shown(contact, after) is Supply.CUT else Evidence.NONE
    if contact.taps_below_contactor and any(voltage > VOLTAGE_GONE_V for voltage in before.voltages_v):
        gone = all(abs(voltage) < VOLTAGE_GONE_V for voltage in after.voltages_v)
        return Evidence.VOLTAGE if gone else Evidence.NONE
    if not all(abs(current) <= load_floor_a(contact) for current in after.currents_a):
        return Evidence.NONE
    return Evidence.CURRENT if carries_load(contact, before) else Evidence.NO_LOAD


def restore_evidence(contact: Contact, after: Look) -> Evidence:
    """What proves that the supply is back. Absence of load is never a failure."""
    if contact.feedback_input is not None:
        return Evidence.FEEDBACK if shown(contact, after) is Supply.ON else Evidence.NONE
    if contact.taps_below_contactor:
        back = all(voltage > VOLTAGE_GONE_V for voltage in after.voltages_v)
        return Evidence.VOLTAGE if back else Evidence.NONE
    return Evidence.CURRENT if carries_load(contact, after) else Evidence.NO_LOAD


def retry_after_s(tries: int) -> float:
    """Back-off before the next try: 2 s, doubled each time, at most 5 minutes. Tried for ever."""
    return min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** max(0, min(tries - 1, 20)))
