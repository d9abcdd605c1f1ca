"""The handovers by which an account got its analyzers, newest first: those that may still be mended."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit
from sql.questions.owners import permit_account
from sql.tables import accounts, analyzers, assignments, bookings

HANDOVERS_AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverLine:
    """An assignment that has begun. `earliest_at` is when the account before got the analyzer."""

    assignment_id: int
    analyzer: str
    before_number: str
    earliest_at: datetime
    from_at: datetime


def handovers_to(conn: Connection, viewer: Viewer, account_id: int) -> tuple[HandoverLine, ...]:
    """Those to this account that nobody has mended. Raises NotAllowed, NotFound."""
    permit(viewer, Right.ADMINISTER)
    permit_account(conn, viewer, account_id)
    before = assignments.alias("before")
    ended = sa.and_(
        before.c.analyzer_id == assignments.c.analyzer_id,
        before.c.from_at.is_not(None),
        before.c.until_at == assignments.c.from_at,
        before.c.id != assignments.c.id,
    )
    question = (
        sa.select(
            assignments.c.id.label("assignment_id"),
            analyzers.c.name.label("analyzer"),
            accounts.c.number.label("before_number"),
            before.c.from_at.label("earliest_at"),
            assignments.c.from_at,
        )
        .select_from(assignments)
        .join(before, ended)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .join(accounts, accounts.c.id == before.c.account_id)
        .outerjoin(bookings, bookings.c.assignment_id == assignments.c.id)
        .where(assignments.c.account_id == account_id, bookings.c.entry_no.is_(None))
        .order_by(assignments.c.from_at.desc(), assignments.c.id)
        .limit(HANDOVERS_AT_MOST)
    )
    return tuple(HandoverLine(**row) for row in conn.execute(question).mappings())
