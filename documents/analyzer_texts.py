"""Analyzers in the words of the staff: whether they answer, what they are for, how a supply was proven."""

from collections.abc import Iterator
from datetime import datetime

from documents.formats import NOTHING, Formats
from prepaid.language import _, later
from prepaid.links import Presence
from prepaid.metering import COUNTERS_RESET, PARAMETERS_CHANGED, RESTARTED, Verdict
from prepaid.records import BaseCause, Feed, HoldCause, Purpose, Stage, Wiring
from prepaid.standing import Supplied
from prepaid.switching import Evidence, Progress

PRESENCE = {
    Presence.ANSWERING: later("Answering"),
    Presence.SILENT: later("Silent"),
    Presence.NEVER_SEEN: later("Never seen"),
    Presence.WRONG_DEVICE: later("Wrong device"),
    Presence.ON_HOLD: later("Billing on hold"),
    Presence.IN_DOUBT: later("In doubt"),
}
SUPPLIED = {
    Supplied.ON: later("On"),
    Supplied.CUT: later("Cut"),
    Supplied.PARTLY_CUT: later("Partly cut"),
    Supplied.COMING_ON: later("Coming back"),
    Supplied.GOING_OFF: later("Being cut"),
    Supplied.UNKNOWN: later("Not known"),
    Supplied.NONE: later("Metered only"),
}
PROOFS = {
    Evidence.FEEDBACK: later("proven by the feedback contact"),
    Evidence.VOLTAGE: later("proven by the voltage"),
    Evidence.CURRENT: later("proven by the current"),
    Evidence.NO_LOAD: later("confirmed, no load to see"),
    Evidence.NONE: later("confirmed, not proven"),
}
NOT_OURS = later("found so, not switched by this product")
SHORT_PROOFS = {
    Evidence.FEEDBACK: later("Proven"),
    Evidence.VOLTAGE: later("Proven"),
    Evidence.CURRENT: later("Proven"),
    Evidence.NO_LOAD: later("Confirmed, no load"),
    Evidence.NONE: later("Unproven"),
}
PROGRESS = {
    Progress.WANTED: later("Decided"),
    Progress.WRITTEN: later("Written"),
    Progress.CONFIRMED: later("Confirmed"),
    Progress.PROVEN: later("Proven"),
    Progress.SUPERSEDED: later("Given up for a newer decision"),
}
PURPOSES = {
    Purpose.TENANT: later("Tenant"),
    Purpose.COMMON: later("Common areas"),
    Purpose.GRID_INCOMER: later("Grid incomer"),
    Purpose.GENERATOR_INCOMER: later("Generator incomer"),
    Purpose.CHECK: later("Check meter"),
}
WIRINGS = {
    Wiring.NONE: later("None: metered only"),
    Wiring.HELD_ON_SUPPLY: later("Held output, on = supply on"),
    Wiring.HELD_ON_CUT: later("Held output, on = supply cut"),
    Wiring.PULSE_TRIP: later("Pulse trips the breaker, closed by hand"),
    Wiring.PULSE_PAIR: later("Pulses open and close, two outputs"),
}
FEEDS = {Feed.MODBUS: later("Modbus TCP"), Feed.KEPWARE: later("Kepware")}
VERDICTS = {
    Verdict.ADVANCE: later("Accepted"),
    Verdict.AWAITED: later("Waits for a second reading that agrees"),
    Verdict.QUARANTINED: later("Not used: it does not fit"),
    Verdict.DOUBT: later("Not used: billing hold began"),
    Verdict.STEP_BACK: later("Accepted: fell back at a restart"),
    Verdict.NEW_BASE: later("Accepted: counting began anew"),
    Verdict.WRONG_DEVICE: later("Not used: another device answered"),
    Verdict.LATE: later("Not used: came late"),
}
HOLDS = {
    HoldCause.FELL: later("A counter fell"),
    HoldCause.JUMPED: later("A counter jumped"),
    HoldCause.WRONG_DEVICE: later("Another device answers"),
}
BASES = {
    BaseCause.FIRST: later("First reading"),
    BaseCause.RESET: later("Reset of the counters"),
    BaseCause.PERSON: later("Word of a person"),
    BaseCause.SWAP: later("Swapped device"),
}
STAGES = {
    Stage.DRAFT: later("Draft"),
    Stage.OBSERVED: later("Observed"),
    Stage.WARNED: later("Warned"),
    Stage.ENFORCED: later("Enforced"),
    Stage.CLOSED: later("Closed"),
}
NOT_COMMISSIONED = later("Not commissioned: nothing is switched automatically.")
_DIAGNOSTICS = {
    0x04000000: later("Voltage overload"),
    0x08000000: later("Current overload"),
    0x20000000: later("Update active"),
    0x40000000: later("Hardware write protection is on"),
    0x80000000: later("Modbus writing is protected"),
    PARAMETERS_CHANGED: later("Settings were changed"),
    RESTARTED: later("The device restarted"),
    COUNTERS_RESET: later("The energy counters were reset"),
}


def presence_words(presence: Presence, read_at: datetime | None, now: datetime, formats: Formats) -> str:
    """Whether the analyzer answers, and how long it has not."""
    if presence is Presence.SILENT and read_at is not None:
        return formats.sentence(_("Silent for {time}"), time=formats.duration(now - read_at))
    return _(PRESENCE[presence])


def trouble(presence: Presence, link_error: str | None, verdict_why: str | None) -> str:
    """What stands between people and the true values, as it was found; empty where nothing does."""
    if presence in (Presence.SILENT, Presence.NEVER_SEEN):
        return link_error or ""
    return verdict_why or "" if presence is not Presence.ANSWERING else ""


def age(instant: datetime | None, now: datetime, formats: Formats) -> str:
    """How old something is, in its largest unit and short: it stands in a large number; a dash for never."""
    if instant is None:
        return NOTHING
    seconds = max(0, int((now - instant).total_seconds()))
    for size, unit in ((86_400, later("{number} d")), (3_600, later("{number} h")), (60, later("{number} min"))):
        if seconds >= size:
            return _(unit).format(number=formats.number(seconds // size))
    return _("{number} s").format(number=formats.number(seconds))


def proof_words(evidence: Evidence | None) -> str:
    """How it is known that the supply is so; None: this product did not bring it about."""
    return _(NOT_OURS) if evidence is None else _(PROOFS[evidence])


def diagnostics_words(bits: int) -> list[str]:
    """Every diagnostics bit that is set in 205, in words; a bit that is not documented as its number."""
    found = [_(words) for bit, words in _DIAGNOSTICS.items() if bits & bit]
    unknown = bits & ~sum(_DIAGNOSTICS)
    return [*found, *(_("Bit {number}").format(number=number) for number in _numbers(unknown))]


def switch_words(bits: int, names: tuple[str, str]) -> list[str]:
    """The state of two outputs or inputs by name, as 207 and 209 tell it."""
    return [
        _("{name}: {state}").format(name=name, state=_("on") if bits >> n & 1 else _("off"))
        for n, name in enumerate(names)
    ]


def limit_words(bits: int) -> str:
    """The limits that are violated now."""
    numbers = list(_numbers(bits))
    return ", ".join(str(number) for number in numbers) if numbers else _("None")


def _numbers(bits: int) -> Iterator[int]:
    return (number for number in range(64) if bits >> number & 1)
