"""Wishes to test a device on the spot: asked by a person, taken by the enforcer, followed phase by phase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right
from prepaid.commissioning import Finding, Outcome, Phase
from prepaid.errors.wishes import NothingToRevoke, NothingToTest, SupplyLocked, SupplyTestUnderWay
from prepaid.metering import Swap
from prepaid.records import WishKind, WishState
from prepaid.wishes import ONE_SHOT, TEST_KINDS, why
from sql.acts import Act, acting
from sql.analyzers import lock_analyzer
from sql.commissioning import findings_of, keep_record, passed_record, revocation
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.sites import load_settings
from sql.tables import analyzer_states, analyzers, commissionings, locks, wishes
from sql.wishes import Asked, Wanted, place


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTest:
    """A test that somebody asked for and that has not ended. `switch`: the supply may be cut for it; `switch_on`: one
    that is off may be switched on first, nobody works there. `swap`: the device is a new one."""

    wish_id: int
    analyzer_id: int
    kind: WishKind
    state: WishState
    asked_by: str
    switch: bool
    switch_on: bool
    swap: Swap | None
    details: dict[str, Any]


@repeated
def ask_commissioning(
    database: Database, signed_in: SignedIn, analyzer_id: int, reason: str, *, switch: bool, switch_on: bool = False
) -> Asked:
    """Asks the enforcer to test an analyzer. Without `switch` it only looks.

    Raises NotAllowed, NotFound, AnalyzerRetired, WishReasonMissing, SupplyTestUnderWay, SupplyLocked, NothingToTest.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        analyzer = lock_analyzer(act, Right.ASK_ENFORCER, analyzer_id)
        wanted = Wanted(
            kind=WishKind.COMMISSION,
            site_id=analyzer.site_id,
            analyzer_id=analyzer_id,
            reason=why(reason),
            until_at=act.now + ONE_SHOT,
            details={"switch": switch, "switch_on": switch_on},
        )
        refuse_second(act, wanted, analyzer.name)
        if switch and is_locked(act.conn, analyzer_id):
            raise SupplyLocked(analyzer=analyzer.name)
        if not _answers(act.conn, analyzer.site_id, analyzer_id, act.now):
            raise NothingToTest(analyzer=analyzer.name)
        return place(act, wanted, [])


def _answers(conn: Connection, site_id: int, analyzer_id: int, now: datetime) -> bool:
    read_at = conn.scalar(sa.select(analyzer_states.c.read_at).where(analyzer_states.c.analyzer_id == analyzer_id))
    stale_after = timedelta(seconds=float(load_settings(conn, site_id).stale_after_s))
    return read_at is not None and now - read_at <= stale_after


def refuse_second(act: Act, wanted: Wanted, name: str) -> None:
    """Raises SupplyTestUnderWay while another test of the analyzer has not ended."""
    question = sa.select(wishes.c.asked_by).where(
        wishes.c.analyzer_id == wanted.analyzer_id, _NOT_OVER, wishes.c.kind.in_(sorted(TEST_KINDS))
    )
    who = act.conn.scalar(question.limit(1), {"now": act.now})
    if who is not None:
        raise SupplyTestUnderWay(analyzer=name, who=who)


def is_locked(conn: Connection, analyzer_id: int) -> bool:
    """Whether a safety lock is in place."""
    question = sa.select(locks.c.id).where(locks.c.analyzer_id == analyzer_id, locks.c.removed_at.is_(None))
    return conn.scalar(question.limit(1)) is not None


_NOT_OVER = sa.and_(
    wishes.c.ended_at.is_(None),
    sa.or_(wishes.c.until_at > sa.bindparam("now"), wishes.c.state == WishState.TAKEN),
)
_OPEN_TESTS = (
    sa.select(wishes)
    .where(wishes.c.site_id == sa.bindparam("site_id"), wishes.c.kind.in_(sorted(TEST_KINDS)), _NOT_OVER)
    .order_by(wishes.c.id)
)


def open_tests(conn: Connection, site_id: int, now: datetime) -> Sequence[DeviceTest]:
    """The tests of the site that have not ended; one that was taken does not end by time."""
    return [_test(row) for row in conn.execute(_OPEN_TESTS, {"site_id": site_id, "now": now}).mappings()]


def note_phase(conn: Connection, wish: DeviceTest, phase: Phase, now: datetime) -> None:
    """The enforcer is at work on the wish, and how far it has come; from now on it can no longer be taken back."""
    conn.execute(
        wishes.update()
        .where(wishes.c.id == wish.wish_id, wishes.c.ended_at.is_(None))
        .values(
            state=WishState.TAKEN,
            taken_at=sa.func.coalesce(wishes.c.taken_at, sa.bindparam("taken", now, wishes.c.taken_at.type)),
            details={**wish.details, "phase": phase.value},
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a test has come, and what was said at its end. `outcome` None: nothing was kept of it."""

    state: WishState
    phase: Phase | None
    result: str | None
    outcome: Outcome | None
    verdict: str | None
    findings: tuple[Finding, ...]

    @property
    def ended(self) -> bool:
        return self.state not in (WishState.OPEN, WishState.TAKEN)


def course_of(conn: Connection, wish_id: int) -> Course:
    """The course of one test, by its wish."""
    question = (
        sa.select(
            wishes.c.state,
            wishes.c.details,
            wishes.c.result,
            commissionings.c.outcome,
            commissionings.c.verdict,
            commissionings.c.findings,
        )
        .select_from(wishes)
        .outerjoin(commissionings, commissionings.c.wish_id == wishes.c.id)
        .where(wishes.c.id == wish_id)
    )
    row = conn.execute(question).one()
    phase = (row.details or {}).get("phase")
    return Course(
        state=row.state,
        phase=None if phase is None else Phase(phase),
        result=row.result,
        outcome=row.outcome,
        verdict=row.verdict,
        findings=findings_of(row.findings or {}),
    )


@repeated
def revoke(database: Database, signed_in: SignedIn, analyzer_id: int, reason: str) -> None:
    """Takes back the record that lets an analyzer be switched: from now on nothing is switched by the rules.

    Raises NotAllowed, NotFound, AnalyzerRetired, WishReasonMissing, NothingToRevoke.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        analyzer, reason = lock_analyzer(act, Right.ADMINISTER, analyzer_id), why(reason)
        question = (
            sa.select(commissionings.c.serial_number, analyzers.c.wiring)
            .join(analyzers, analyzers.c.id == commissionings.c.analyzer_id)
            .where(analyzers.c.id == analyzer_id, passed_record())
            .order_by(commissionings.c.id.desc())
        )
        found = act.conn.execute(question).all()
        if not found:
            raise NothingToRevoke(analyzer=analyzer.name)
        for serial_number in dict.fromkeys(row.serial_number for row in found):
            record = revocation(analyzer_id, serial_number, found[0].wiring, act.person.display_name, reason, act.now)
            keep_record(act.conn, record, analyzer.site_id)
            facts = {"serial_number": serial_number, "reason": reason}
            act.note(f"commissioning.{Outcome.REVOKED}", f"analyzer:{analyzer_id}", analyzer.site_id, after=facts)


def _test(row: sa.RowMapping) -> DeviceTest:
    details = dict(row["details"] or {})
    swap = None
    if row["kind"] is WishKind.SWAP:
        swap = Swap(row["id"], details["serial_number"], details.get("grid_wh"), details.get("generator_wh"))
    return DeviceTest(
        wish_id=row["id"],
        analyzer_id=row["analyzer_id"],
        kind=row["kind"],
        state=row["state"],
        asked_by=row["asked_by"],
        switch=bool(details.get("switch")),
        switch_on=bool(details.get("switch_on")),
        swap=swap,
        details=details,
    )
