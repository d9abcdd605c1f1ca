"""How one analyzer was tested on the spot: the test that is under way, and the records of those before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.commissioning import Finding, Outcome, Phase
from prepaid.records import WishKind, WishState
from prepaid.wishes import TEST_KINDS
from sql.commissioning import findings_of
from sql.questions.analyzers import permit_analyzer
from sql.questions.rows import columns_of, newest
from sql.tables import analyzer_states, analyzers, commissionings, wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Commissioning:
    """One test on the spot, or the taking back of those before."""

    serial_number: str
    began_at: datetime
    ended_at: datetime
    outcome: Outcome
    tariff_proven: bool
    answers_while_cut: bool
    cut_confirmed_at: datetime | None
    cut_proven_at: datetime | None
    restored_at: datetime | None
    by_whom: str
    verdict: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTest:
    """A test that somebody asked for last. `phase` None: not taken yet; `serial_number` is the new device of a swap."""

    wish_id: int
    kind: WishKind
    state: WishState
    asked_by: str
    asked_at: datetime
    until_at: datetime
    reason: str
    phase: Phase | None
    serial_number: str | None
    result: str | None
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in (WishState.OPEN, WishState.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serials:
    """Which device the analyzer is bound to, and which one answers."""

    bound: str | None
    answering: str | None

    @property
    def is_other(self) -> bool:
        """Whether another device answers than the one that it is bound to."""
        return self.bound is not None and self.answering is not None and self.answering != self.bound


def commissionings_of(conn: Connection, viewer: Viewer, analyzer_id: int, most: int = 10) -> tuple[Commissioning, ...]:
    """Commissioning records, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = sa.select(*columns_of(commissionings, Commissioning)).where(commissionings.c.analyzer_id == analyzer_id)
    return tuple(_record(row) for row in newest(conn, question, commissionings.c.id, most))


def newest_test(conn: Connection, viewer: Viewer, analyzer_id: int, now: datetime) -> AskedTest | None:
    """The newest test that was asked for. One that nobody took in its time counts as expired."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = sa.select(wishes).where(wishes.c.analyzer_id == analyzer_id, wishes.c.kind.in_(sorted(TEST_KINDS)))
    rows = newest(conn, question, wishes.c.id, 1)
    return _asked(rows[0], now) if rows else None


def serials_of(conn: Connection, viewer: Viewer, analyzer_id: int) -> Serials:
    """Which device the analyzer is bound to, and which one answers."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = (
        sa.select(analyzers.c.serial_number, analyzer_states.c.serial_number.label("answering"))
        .select_from(analyzers)
        .outerjoin(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .where(analyzers.c.id == analyzer_id)
    )
    row = conn.execute(question).one()
    return Serials(bound=row.serial_number, answering=row.answering)


def _record(row: Mapping[str, Any]) -> Commissioning:
    return Commissioning(**{**row, "findings": findings_of(row["findings"])})


def _asked(row: Mapping[str, Any], now: datetime) -> AskedTest:
    details = row["details"] or {}
    over = row["state"] is WishState.OPEN and row["until_at"] <= now
    phase = details.get("phase")
    return AskedTest(
        wish_id=row["id"],
        kind=row["kind"],
        state=WishState.EXPIRED if over else row["state"],
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        until_at=row["until_at"],
        reason=row["reason"],
        phase=None if phase is None else Phase(phase),
        serial_number=details.get("serial_number"),
        result=row["result"],
        ended_at=row["until_at"] if over else row["ended_at"],
    )
