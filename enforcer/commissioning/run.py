"""One test of one device as it goes on: what was found, how far it has come, and the record it ends with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from documents.commissioning_texts import verdict
from prepaid.commissioning import Finding, Found, Outcome, Phase, outcome_of
from prepaid.device_findings import Examined, Wanted, device_findings, tariff_finding
from prepaid.records import Source, Wiring
from prepaid.site import Analyzer
from prepaid.tamper import Fingerprint
from prepaid.trial import Trial, trial_findings
from sql.commissioning import Record
from sql.commissioning_wishes import DeviceTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A test under way. `noted` are findings that are neither of the device nor of the cut; `broken` says that it was
    broken off. `phase_s` and `cut_s` are the monotonic seconds at which its phase began and its cut was seen."""

    wish: DeviceTest
    analyzer: Analyzer
    began_at: datetime
    phase: Phase
    phase_s: float
    cut_s: float | None = None
    examined: Examined | None = None
    found: Sequence[Finding] = ()
    noted: Sequence[Finding] = ()
    tariff_proven: bool = False
    trial: Trial = field(default_factory=Trial)
    broken: bool = False

    @property
    def tries_cut(self) -> bool:
        """Whether the supply is in the hands of the test."""
        return self.phase in (Phase.SWITCHING_ON, Phase.CUTTING, Phase.RESTORING)


def wanted_of(analyzer: Analyzer, serial_number: str | None) -> Wanted:
    """What the product knows of the analyzer."""
    return Wanted(
        contact=analyzer.contact,
        purpose=analyzer.purpose,
        serial_number=serial_number,
        ct_primary_a=round(analyzer.contact.ct_primary_a),
        ct_secondary_a=analyzer.ct_secondary_a,
        generator_tariff=analyzer.generator_tariff,
    )


def judged(wanted: Wanted, seen: Examined, source: Source | None) -> tuple[list[Finding], bool]:
    """All findings about the device, and whether its tariff input is proven."""
    tariff = tariff_finding(wanted, None if seen.words_swapped else seen.status, source)
    return [*device_findings(wanted, seen), tariff], tariff.found is Found.TARIFF_AGREES


def result_of(run: Run) -> tuple[Outcome, tuple[Finding, ...]]:
    """What a test that has ended says, and everything that it found."""
    findings = (*run.found, *run.noted, *_tried(run))
    proven = run.trial.proven and not run.broken
    return outcome_of(findings, run.analyzer.contact.wiring, cut_proven=proven), findings


def record_of(run: Run, serial_number: str, now: datetime) -> Record:
    """What is kept of it."""
    outcome, findings = result_of(run)
    return Record(
        analyzer_id=run.analyzer.analyzer_id,
        serial_number=serial_number,
        wiring=run.analyzer.contact.wiring,
        wish_id=run.wish.wish_id,
        began_at=run.began_at,
        ended_at=now,
        outcome=outcome,
        tariff_proven=run.tariff_proven,
        answers_while_cut=run.trial.answered,
        cut_confirmed_at=run.trial.confirmed_at,
        cut_proven_at=run.trial.proven_at,
        restored_at=run.trial.restored_at,
        by_whom=run.wish.asked_by,
        verdict=verdict(outcome, serial_number, findings),
        findings=findings,
        settings={} if run.examined is None else run.examined.settings,
    )


def _tried(run: Run) -> Sequence[Finding]:
    """What the supervised cut showed; where it was not tried, why, unless that is said already."""
    if run.analyzer.contact.wiring is Wiring.NONE or run.broken or (run.noted and not run.trial.begun):
        return ()
    return trial_findings(run.analyzer.contact, run.trial)


def fingerprint_of(seen: Examined) -> Fingerprint | None:
    """How the device was when it passed: what differs later is a trace of a hand."""
    if seen.status is None:
        return None
    return Fingerprint(
        serial_number=seen.serial_number,
        parameter_changes=seen.status.parameter_changes,
        setting_changes=seen.status.setting_changes,
        export_wh=None,
        settings=seen.settings,
    )
