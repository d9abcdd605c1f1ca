"""How far the supplies of an account have come back since a recharge, as the devices themselves confirm it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.records import Wiring
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.questions.owners import permit_account
from sql.tables import analyzers, assignments, locks, supply_changes, supply_states

ANALYZERS_AT_MOST = 100


class Step(StrEnum):
    """Where a supply stands on its way back."""

    ON = "on"
    WAITING = "waiting"
    RELEASED = "released"
    CONFIRMED = "confirmed"
    PROVEN = "proven"
    BY_HAND = "by_hand"
    LOCKED = "locked"
    NOT_SWITCHED = "not_switched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """One supply. `change` instants are those of the newest change to on since the recharge; `reason` is why the supply
    is cut as long as it is."""

    analyzer_id: int
    name: str
    location: str | None
    wiring: Wiring
    supply: Supply
    reason: Reason | None
    locked: bool
    progress: Progress | None
    evidence: Evidence
    decided_at: datetime | None
    written_at: datetime | None
    confirmed_at: datetime | None
    proven_at: datetime | None
    tries: int
    error: str | None

    @property
    def step(self) -> Step:
        """Only the device's own answer makes a supply confirmed or proven."""
        if self.wiring is Wiring.NONE:
            return Step.NOT_SWITCHED
        if self.locked:
            return Step.LOCKED
        if self.supply is Supply.ON:
            if self.proven_at is not None:
                return Step.PROVEN
            return Step.ON if self.confirmed_at is None else Step.CONFIRMED
        if self.written_at is not None and self.confirmed_at is None:
            return Step.BY_HAND if self.wiring is Wiring.PULSE_TRIP else Step.RELEASED
        return Step.WAITING


def restoring(conn: Connection, viewer: Viewer, account_id: int, since_at: datetime) -> tuple[Restoring, ...]:
    """The supplies of the account, by name. For the tenant it belongs to, and for who sees balances there."""
    permit_account(conn, viewer, account_id)
    return tuple(_restoring(row) for row in conn.execute(_question(account_id, since_at)).mappings())


def _question(account_id: int, since_at: datetime) -> sa.Select[Any]:
    newest = (
        sa.select(sa.func.max(supply_changes.c.id))
        .where(
            supply_changes.c.analyzer_id == analyzers.c.id,
            supply_changes.c.wanted == Answer.ON,
            supply_changes.c.decided_at >= since_at,
        )
        .correlate(analyzers)
        .scalar_subquery()
    )
    locked = sa.exists().where(locks.c.analyzer_id == analyzers.c.id, locks.c.removed_at.is_(None))
    return (
        sa.select(
            analyzers.c.id.label("analyzer_id"),
            analyzers.c.name,
            analyzers.c.location,
            analyzers.c.wiring,
            supply_states.c.supply,
            supply_states.c.reason,
            sa.case((locked, 1), else_=0).label("locked"),
            supply_changes.c.progress,
            supply_changes.c.evidence,
            supply_changes.c.decided_at,
            supply_changes.c.written_at,
            supply_changes.c.confirmed_at,
            supply_changes.c.proven_at,
            supply_changes.c.tries,
            supply_changes.c.error,
        )
        .select_from(assignments)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(supply_changes, supply_changes.c.id == newest)
        .where(
            assignments.c.account_id == account_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
            analyzers.c.retired_at.is_(None),
        )
        .order_by(analyzers.c.name)
        .limit(ANALYZERS_AT_MOST)
    )


def _restoring(row: sa.RowMapping) -> Restoring:
    facts = dict(row)
    return Restoring(
        **{
            **facts,
            "supply": facts["supply"] or Supply.UNKNOWN,
            "locked": bool(facts["locked"]),
            "evidence": facts["evidence"] or Evidence.NONE,
            "tries": facts["tries"] or 0,
        }
    )
