"""What happened at one analyzer: holds, readings that were not believed, changes of supply, charges."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.metering import Verdict
from prepaid.records import ChargeCause, HoldCause, Source
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress
from prepaid.wishes import Course
from sql.questions.analyzers import permit_analyzer
from sql.questions.rows import columns_of, newest
from sql.tables import (
    accounts,
    charges,
    holds,
    quarantined_readings,
    step_backs,
    supply_changes,
)

MOST_CHARGES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A billing hold; `ended_at` None: it holds now."""

    cause: HoldCause
    why: str
    began_at: datetime
    protects_until_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A reading that was kept as evidence and not used. It stands for `times` of its kind, up to `last_read_at`."""

    read_at: datetime
    last_read_at: datetime | None
    times: int
    verdict: Verdict
    why: str
    serial_number: str
    grid_counter: str
    generator_counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBack:
    """A fall of a counter at a restart: `forgone_wh` were used and are never charged."""

    source: Source
    seen_at: datetime
    from_wh: int
    to_wh: int
    forgone_wh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What metering did not believe: how many readings were not used, and the newest of each kind."""

    quarantined_count: int
    quarantined: tuple[Quarantined, ...]
    step_backs: tuple[StepBack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyChange:
    """A change of supply, with when each step was reached; only the device's answer fills the last two."""

    change_id: int
    wanted: Answer
    reason: Reason
    progress: Progress
    evidence: Evidence
    live_balance: Decimal
    currency: str
    wish_id: int | None
    decided_at: datetime
    written_at: datetime | None
    confirmed_at: datetime | None
    proven_at: datetime | None
    ended_at: datetime | None
    tries: int
    error: str | None
    current_before_a: float | None
    current_after_a: float | None

    @property
    def course(self) -> Course:
        """How far it has come, in the form of a wish's road."""
        return Course(
            asked_at=self.decided_at,
            taken_at=self.decided_at,
            written_at=self.written_at,
            confirmed_at=self.confirmed_at,
            proven_at=self.proven_at,
            progress=self.progress,
            evidence=self.evidence,
            tries=self.tries,
            error=self.error,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """One charge of this analyzer: from which counter to which, at which price."""

    entry_no: int
    account_number: str
    currency: str
    source: Source
    from_wh: int
    to_wh: int
    wh: int
    price_per_kwh: Decimal
    amount: Decimal
    period_from: datetime
    period_to: datetime
    cause: ChargeCause
    spread: bool


def holds_of(conn: Connection, viewer: Viewer, analyzer_id: int, most: int = 10) -> tuple[Hold, ...]:
    """Billing holds, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = sa.select(*columns_of(holds, Hold)).where(holds.c.analyzer_id == analyzer_id)
    return tuple(Hold(**row) for row in newest(conn, question, holds.c.id, most))


def doubts_of(conn: Connection, viewer: Viewer, analyzer_id: int, most: int = 10) -> Doubts:
    """What metering did not believe, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    of_it = quarantined_readings.c.analyzer_id == analyzer_id
    count = conn.scalar(sa.select(sa.func.sum(quarantined_readings.c.times)).where(of_it))
    kept = sa.select(*columns_of(quarantined_readings, Quarantined)).where(of_it)
    fallen = sa.select(*columns_of(step_backs, StepBack)).where(step_backs.c.analyzer_id == analyzer_id)
    return Doubts(
        quarantined_count=int(count or 0),
        quarantined=tuple(
            Quarantined(**{**row, "verdict": Verdict(row["verdict"])})
            for row in newest(conn, kept, quarantined_readings.c.read_at, most)
        ),
        step_backs=tuple(StepBack(**row) for row in newest(conn, fallen, step_backs.c.seen_at, most)),
    )


def supply_changes_of(conn: Connection, viewer: Viewer, analyzer_id: int, most: int = 20) -> tuple[SupplyChange, ...]:
    """Changes of the supply with their evidence, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = (
        sa.select(
            *columns_of(supply_changes, SupplyChange, but={"change_id", "currency"}),
            supply_changes.c.id.label("change_id"),
            accounts.c.currency,
        )
        .join(accounts, accounts.c.id == supply_changes.c.account_id)
        .where(supply_changes.c.analyzer_id == analyzer_id)
    )
    return tuple(SupplyChange(**row) for row in newest(conn, question, supply_changes.c.decided_at, most))


def charges_of(
    conn: Connection, viewer: Viewer, analyzer_id: int, from_at: datetime, most: int = MOST_CHARGES
) -> tuple[Charged, ...]:
    """What this analyzer's use was charged from that instant on, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_BALANCES, analyzer_id)
    question = (
        sa.select(
            *columns_of(charges, Charged, but={"account_number", "currency"}),
            accounts.c.number.label("account_number"),
            accounts.c.currency,
        )
        .join(accounts, accounts.c.id == charges.c.account_id)
        .where(charges.c.analyzer_id == analyzer_id, charges.c.period_from >= from_at)
    )
    return tuple(Charged(**row) for row in newest(conn, question, charges.c.period_from, min(most, MOST_CHARGES)))
