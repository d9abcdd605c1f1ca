"""The supervised cut and restore: what it showed, judged by the same evidence as every other switching."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prepaid.commissioning import Finding, Found, ok, prevents, remark
from prepaid.device_findings import PHASES
from prepaid.records import Wiring
from prepaid.switching import PROOF, Contact, Evidence, Look, load_floor_a


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the device showed. `begun`: a frame to cut may have left, whatever came after it.

    `answered` is an answer that came when the supply had been off for a while; `died`: the device restarted in between.
    `refused` is why the frame was not taken.
    """

    begun: bool = False
    refused: str = ""
    confirmed: bool = False
    evidence: Evidence = Evidence.NONE
    before: Look | None = None
    after: Look | None = None
    answered: bool = False
    died: bool = False
    restored: bool = False
    confirmed_at: datetime | None = None
    proven_at: datetime | None = None
    restored_at: datetime | None = None

    @property
    def proven(self) -> bool:
        """Whether the test shows that the cutoff works: cut with evidence, asked while cut, and back on."""
        return self.confirmed and self.evidence in PROOF and self.answered and self.restored


def trial_findings(contact: Contact, trial: Trial) -> list[Finding]:
    """What the supervised cut proved, and what it did not."""
    if not trial.begun:
        return [remark(Found.CUT_NOT_TRIED)]
    return [*_cut(contact, trial), *_while_cut(trial), *_restore(contact, trial)]


def load_while_off(contact: Contact, look: Look | None) -> Finding:
    """The output says that the supply is off, and load flows."""
    return prevents(Found.LOAD_WHILE_CUT, phases=", ".join(_phases_with_load(contact, look) or PHASES))


def _cut(contact: Contact, trial: Trial) -> Iterator[Finding]:
    if not trial.confirmed:
        refused = prevents(Found.CUT_REFUSED, why=trial.refused)
        yield refused if trial.refused else prevents(Found.CUT_NOT_FOLLOWED)
        return
    if trial.evidence in PROOF:
        yield ok(Found.CUT_PROVEN, evidence=trial.evidence.value)
        unproven = _phases_without_load(contact, trial) if trial.evidence is Evidence.CURRENT else []
        if unproven:
            yield remark(Found.PHASES_UNPROVEN, phases=", ".join(unproven))
    elif trial.evidence is Evidence.NO_LOAD:
        yield remark(Found.CUT_UNSEEN)
    else:
        yield load_while_off(contact, trial.after)


def _while_cut(trial: Trial) -> Iterator[Finding]:
    if trial.answered:
        yield ok(Found.ANSWERS_WHILE_CUT)
    elif trial.died or (trial.confirmed and not trial.restored):
        yield prevents(Found.DIES_WHEN_CUT)
    elif trial.confirmed:
        yield remark(Found.SILENT_WHILE_CUT)


def _restore(contact: Contact, trial: Trial) -> Iterator[Finding]:
    if trial.restored:
        yield ok(Found.RESTORED)
    elif contact.wiring is Wiring.PULSE_TRIP:
        yield remark(Found.CLOSE_BY_HAND)
    else:
        yield prevents(Found.NOT_RESTORED)


def _phases_without_load(contact: Contact, trial: Trial) -> list[str]:
    """Phases that carried nothing before the cut: of their poles nothing is proven."""
    carrying = _phases_with_load(contact, trial.before)
    return [phase for phase in PHASES if phase not in carrying]


def _phases_with_load(contact: Contact, look: Look | None) -> list[str]:
    if look is None:
        return []
    floor_a = load_floor_a(contact)
    return [phase for phase, current in zip(PHASES, look.currents_a, strict=True) if abs(current) > floor_a]
