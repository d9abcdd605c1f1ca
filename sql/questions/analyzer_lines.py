"""One analyzer as lists show it: its record, made of one row of the statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from prepaid.links import Presence, presence
from prepaid.metering import Verdict
from prepaid.records import HoldCause, Purpose, Source, Stage, Wiring, WishKind
from prepaid.standing import Supplied
from prepaid.supply import Answer, Reason
from prepaid.switching import ASKED, Evidence, Progress, Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerLine:
    """One analyzer with all that is known of it now.

    `supply` and `reason` are confirmed by the device; `evidence` is what proved it (NONE: confirmed only, None: this
    product did not bring it about). `answer` is the newest decision, `changing_to` an open supply change. The serial
    number is the commissioned one, else the one that answers. `power_w` and `source` are unknown of one that is silent.
    `lock_owner` is the newest lock's of `locks` open ones.
    """

    analyzer_id: int
    site_id: int
    name: str
    location: str | None
    purpose: Purpose
    serial_number: str | None
    rated_power_w: int
    wiring: Wiring
    closes_by_hand: bool
    commissioned: bool
    retired_at: datetime | None
    tenant_id: int | None
    tenant: str | None
    account_id: int | None
    account_number: str | None
    stage: Stage | None
    presence: Presence
    link_since_at: datetime | None
    link_error: str | None
    failures: int
    read_at: datetime | None
    answer_ms: float | None
    reads_due: int
    reads_missed: int
    verdict: Verdict | None
    verdict_why: str | None
    power_w: float | None
    source: Source | None
    supply: Supply
    since_at: datetime | None
    reason: Reason | None
    evidence: Evidence | None
    answer: Answer | None
    answer_reason: Reason | None
    answer_until_at: datetime | None
    would: Answer | None
    changing_to: Answer | None
    changing_since_at: datetime | None
    change_progress: Progress | None
    change_tries: int
    change_error: str | None
    drifted_at: datetime | None
    load_while_cut_since_at: datetime | None
    locks: int
    lock_owner: str | None
    lock_phone: str | None
    wish_kind: WishKind | None
    wish_until_at: datetime | None
    wish_by: str | None
    hold_cause: HoldCause | None
    hold_began_at: datetime | None

    @property
    def missed_share(self) -> float | None:
        """Which part of the reads that were due never came; None before the first."""
        return self.reads_missed / self.reads_due if self.reads_due else None

    @property
    def supplied(self) -> Supplied:
        """The supply in one word; NONE where no output acts on it."""
        if self.wiring is Wiring.NONE:
            return Supplied.NONE
        if self.supply is Supply.CUT:
            ours = self.reason is not None or self.answer_reason in ASKED
            coming = self.changing_to is Answer.ON or (self.answer is Answer.ON and ours)
            return Supplied.COMING_ON if coming else Supplied.CUT
        if self.supply is Supply.ON:
            return Supplied.GOING_OFF if Answer.CUT in (self.changing_to, self.answer) else Supplied.ON
        return Supplied.UNKNOWN

    @property
    def why(self) -> Reason | None:
        """Why the supply is as it is: of a cut the reason that was confirmed, else the newest decision's."""
        return self.reason if self.supply is Supply.CUT and self.reason is not None else self.answer_reason


def line_of(row: sa.RowMapping, now: datetime, stale_after: timedelta) -> AnalyzerLine:
    """One row of the question as a record."""
    verdict = None if row["verdict"] is None else Verdict(row["verdict"])
    supply = row["supply"] or Supply.UNKNOWN
    how = presence(
        read_at=row["read_at"],
        now=now,
        stale_after=stale_after,
        verdict=verdict,
        held=row["hold_cause"] is not None,
    )
    return AnalyzerLine(
        analyzer_id=row["id"],
        site_id=row["site_id"],
        name=row["name"],
        location=row["location"],
        purpose=row["purpose"],
        serial_number=row["own_serial_number"] or row["serial_number"],
        rated_power_w=row["rated_power_w"],
        wiring=row["wiring"],
        closes_by_hand=row["wiring"] is Wiring.PULSE_TRIP and row["close_output"] is None,
        commissioned=bool(row["is_commissioned"]),
        retired_at=row["retired_at"],
        tenant_id=row["tenant_id"],
        tenant=row["tenant"],
        account_id=row["account_id"],
        account_number=row["account_number"],
        stage=row["stage"],
        presence=how,
        link_since_at=row["link_since_at"],
        link_error=row["link_error"],
        failures=row["failures"] or 0,
        read_at=row["read_at"],
        answer_ms=row["answer_ms"],
        reads_due=row["reads_due"] or 0,
        reads_missed=row["reads_missed"] or 0,
        verdict=verdict,
        verdict_why=row["verdict_why"],
        power_w=None if how is Presence.SILENT else row["power_w"],
        source=None if how is Presence.SILENT else _source(row),
        supply=supply,
        since_at=row["since_at"],
        reason=row["reason"],
        evidence=row["evidence"] if row["confirmed_wanted"] == supply else None,
        answer=row["answer"],
        answer_reason=row["answer_reason"],
        answer_until_at=row["answer_until_at"],
        would=row["would"],
        changing_to=row["changing_to"],
        changing_since_at=row["changing_since_at"],
        change_progress=row["change_progress"],
        change_tries=row["change_tries"] or 0,
        change_error=row["change_error"],
        drifted_at=row["drifted_at"],
        load_while_cut_since_at=row["load_while_cut_since_at"],
        locks=row["locks"],
        lock_owner=row["lock_owner"],
        lock_phone=row["lock_phone"],
        wish_kind=row["wish_kind"],
        wish_until_at=row["wish_until_at"],
        wish_by=row["wish_by"],
        hold_cause=row["hold_cause"],
        hold_began_at=row["hold_began_at"],
    )


def _source(row: sa.RowMapping) -> Source | None:
    """Which source the analyzer counts, by its active tariff."""
    if row["active_tariff"] is None:
        return None
    return Source.GENERATOR if row["active_tariff"] == row["generator_tariff"] - 1 else Source.GRID
