"""Assignments: to which account an analyzer belongs. A new one is entered here and begun by the enforcer, with the
first reading that it accepts at or after the instant asked for; that reading ends the one before and its charges."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.ledger import AccountClosed
from prepaid.errors.tenants import (
    AnalyzerNotForTenants,
    AssignedAlready,
    AssignmentGone,
    AssignmentPast,
    ChangedMeanwhile,
)
from prepaid.errors.wishes import AnalyzerRetired
from prepaid.language import _
from prepaid.records import AccountKind, Purpose, Stage
from sql.acts import Act, acting
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import accounts, analyzers, assignments


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An assignment that was entered. `assignment_id` None: the analyzer simply stays where it is, since the one that
    was waiting has been withdrawn."""

    assignment_id: int | None
    analyzer_id: int
    account_id: int
    asked_from_at: datetime


@repeated
def assign(
    database: Database, signed_in: SignedIn, analyzer_id: int, account_id: int | None, from_at: datetime | None = None
) -> Asked:
    """Asks that the analyzer belongs to the account from an instant on: now, or later, never in the past.

    `account_id` None is the site's own account. An assignment that was waiting is withdrawn; the current one goes on
    until the enforcer begins the new one. Raises NotAllowed, NotFound, AnalyzerRetired, AnalyzerNotForTenants,
    AccountClosed, AssignedAlready, AssignmentPast, ChangedMeanwhile.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        analyzer = _lock_analyzer(act, analyzer_id)
        account = _account(act.conn, analyzer, account_id)
        asked_from_at = act.now if from_at is None else from_at
        if asked_from_at < act.now:
            raise AssignmentPast
        current, waiting = _assignments(act.conn, analyzer_id)
        stays = current is not None and current.account_id == account.id
        if (stays and waiting is None) or _waits_for(waiting, account.id, asked_from_at):
            raise AssignedAlready(analyzer=analyzer.name, account=account.number)
        if waiting is not None:
            _withdraw(act, waiting.id)
        assignment_id = None if stays else _enter(act, analyzer_id, account.id, asked_from_at)
        after = {"account_id": account.id, "account": account.number, "from_at": asked_from_at}
        before = _facts(current, waiting)
        act.note("assignment.asked", f"analyzer:{analyzer_id}", analyzer.site_id, before=before, after=after)
    return Asked(
        assignment_id=assignment_id, analyzer_id=analyzer_id, account_id=account.id, asked_from_at=asked_from_at
    )


@repeated
def withdraw(database: Database, signed_in: SignedIn, analyzer_id: int) -> None:
    """Takes back an assignment that has not begun. An analyzer that then belonged to nobody is given to the site's own
    account. Raises NotAllowed, NotFound, AssignmentGone, ChangedMeanwhile."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        analyzer = _lock_analyzer(act, analyzer_id)
        current, waiting = _assignments(act.conn, analyzer_id)
        if waiting is None:
            raise AssignmentGone(analyzer=analyzer.name)
        _withdraw(act, waiting.id)
        stays_with = None if current is None else current.account_id
        if stays_with is None:
            stays_with = _account(act.conn, analyzer, None).id
            _enter(act, analyzer_id, stays_with, act.now)
        before, after = _facts(current, waiting), {"account_id": stays_with}
        act.note("assignment.withdrawn", f"analyzer:{analyzer_id}", analyzer.site_id, before=before, after=after)


def _lock_analyzer(act: Act, analyzer_id: int) -> Any:
    """The analyzer's row, locked until the transaction ends: two people cannot hand it over at once."""
    question = (
        sa.select(analyzers.c.id, analyzers.c.site_id, analyzers.c.name, analyzers.c.purpose, analyzers.c.retired_at)
        .where(analyzers.c.id == analyzer_id)
        .with_hint(analyzers, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    found = act.conn.execute(question).one_or_none()
    if found is None:
        raise NotFound(what=_("analyzer"), name=analyzer_id)
    act.permit_site(Right.ADMINISTER, found.site_id)
    if found.retired_at is not None:
        raise AnalyzerRetired(analyzer=found.name)
    return found


def _account(conn: Connection, analyzer: Any, account_id: int | None) -> Any:
    """The account the analyzer shall belong to: open, of the same site, and fit for what the analyzer measures. Its row
    is locked until the transaction ends, so that nobody closes it meanwhile."""
    columns = (accounts.c.id, accounts.c.site_id, accounts.c.number, accounts.c.kind, accounts.c.stage)
    question = sa.select(*columns).with_hint(accounts, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    if account_id is None:
        question = question.where(accounts.c.site_id == analyzer.site_id, accounts.c.kind == AccountKind.HOUSE)
    else:
        question = question.where(accounts.c.id == account_id)
    found = conn.execute(question).one_or_none()
    if found is None:
        raise NotFound(what=_("account"), name=_("house") if account_id is None else account_id)
    if found.site_id != analyzer.site_id:
        raise NotAllowed
    if found.stage is Stage.CLOSED:
        raise AccountClosed(account=found.number)
    if found.kind is AccountKind.TENANT and analyzer.purpose is not Purpose.TENANT:
        raise AnalyzerNotForTenants(analyzer=analyzer.name, purpose=analyzer.purpose)
    return found


def _assignments(conn: Connection, analyzer_id: int) -> tuple[Any, Any]:
    """The assignment that runs and the one that waits; either may be missing."""
    question = sa.select(
        assignments.c.id, assignments.c.account_id, assignments.c.asked_from_at, assignments.c.from_at
    ).where(assignments.c.analyzer_id == analyzer_id, assignments.c.until_at.is_(None))
    rows = conn.execute(question).all()
    running = next((row for row in rows if row.from_at is not None), None)
    waiting = next((row for row in rows if row.from_at is None), None)
    return running, waiting


def _waits_for(waiting: Any, account_id: int, asked_from_at: datetime) -> bool:
    """The same was asked before, and would begin no later."""
    return waiting is not None and waiting.account_id == account_id and waiting.asked_from_at <= asked_from_at


def _enter(act: Act, analyzer_id: int, account_id: int, asked_from_at: datetime) -> int:
    return act.insert(
        assignments,
        analyzer_id=analyzer_id,
        account_id=account_id,
        asked_from_at=asked_from_at,
        entered_at=act.now,
        entered_by=act.person.actor,
    )


def _withdraw(act: Act, assignment_id: int) -> None:
    """An assignment that ends without ever having begun. Raises ChangedMeanwhile if the enforcer was quicker."""
    ended = act.conn.execute(
        assignments.update()
        .where(assignments.c.id == assignment_id, assignments.c.from_at.is_(None))
        .values(until_at=act.now)
    )
    if not ended.rowcount:
        raise ChangedMeanwhile


def _facts(current: Any, waiting: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"account_id": None if current is None else current.account_id}
    if waiting is not None:
        facts["waiting_account_id"] = waiting.account_id
        facts["waiting_from_at"] = waiting.asked_from_at
    return facts
