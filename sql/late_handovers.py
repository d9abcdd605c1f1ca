"""Late handovers: what was charged to the account before is given back, and charged to the account that came too late.

No assignment begins in the past, and no charge is altered: two transfers that name each other mend it, each at the
prices of its own account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.bookings import MovedTo, reason_given
from prepaid.charging import Mark, Part
from prepaid.errors.access import NotFound
from prepaid.errors.ledger import HandoverCorrected, HandoverMended, HandoverNotLate, HandoverTooFar, HandoverUntouched
from prepaid.errors.tenants import ChangedMeanwhile
from prepaid.handovers import Charged, Moved, moved_between, stays_wh
from prepaid.language import _
from prepaid.units import add, cost, negative, to_text
from sql.acts import Act
from sql.bookings import Booked, Locked, Order, book
from sql.connection import Database
from sql.ledger import Posting
from sql.sessions import SignedIn
from sql.sites import load_site
from sql.tables import accounts, analyzers, assignments, bookings, charges, entries
from sql.transfers import linked

MOST_CHARGES = 10_000
"""Of one analyzer, some 200 days of hours of both sources."""
CAUSE = "handover.late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What would mend a handover: `moved` goes from the account before to the account that has the analyzer now."""

    assignment_id: int
    analyzer: str
    before_account_id: int
    before_number: str
    after_account_id: int
    after_number: str
    currency: str
    earliest_at: datetime
    from_at: datetime
    handed_over_at: datetime
    moved: tuple[Moved, ...]

    @property
    def given_back(self) -> Decimal:
        return add(*(each.given_back for each in self.moved))

    @property
    def taken(self) -> Decimal:
        return add(*(each.taken for each in self.moved))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """A person accepts what was proposed, as it was `seen`."""

    seen: Late
    reason: str
    key: str


def late_handover(conn: Connection, viewer: Viewer, assignment_id: int, handed_over_at: datetime) -> Late:
    """The proposal, computed from the charges between the true instant and the one at which the assignment began.

    Raises NotAllowed, NotFound, HandoverNotLate, HandoverMended, HandoverTooFar, HandoverCorrected, HandoverUntouched.
    """
    permit(viewer, Right.ADMINISTER)
    row = _begun(conn, assignment_id)
    permit_site(viewer, Right.ADMINISTER, row.site_id)
    return _late(conn, row, handed_over_at)


def mend(database: Database, signed_in: SignedIn, wanted: Mending) -> Booked:
    """Books the two transfers, once per key and once per assignment; answers the one that takes.

    Raises what `late_handover` raises, ChangedMeanwhile, BookingReasonMissing, TextInvalid and what
    `sql.bookings.book` raises.
    """
    seen, reason = wanted.seen, reason_given(wanted.reason)

    def make(act: Act, locked: Sequence[Locked]) -> list[Posting]:
        found = late_handover(act.conn, act.person.viewer, seen.assignment_id, seen.handed_over_at)
        if found != seen:
            raise ChangedMeanwhile
        after, before = locked
        return linked(after, before, negative(found.taken), found.given_back, CAUSE, signed_in.actor, reason)

    order = Order(
        key=wanted.key,
        action="handover.mended",
        account_ids=(seen.after_account_id, seen.before_account_id),
        asked={
            "assignment": seen.assignment_id,
            "handed_over_at": seen.handed_over_at.isoformat(),
            "moved": [_fact(each) for each in seen.moved],
            "reason": reason,
        },
        make=make,
        assignment_id=seen.assignment_id,
    )
    return book(database, signed_in, order)


def _fact(each: Moved) -> dict[str, Any]:
    prices = {"price_before": to_text(each.price_before), "price_after": to_text(each.price_after)}
    return {"source": str(each.source), "wh": each.wh, **prices}


def _begun(conn: Connection, assignment_id: int) -> Any:
    """The assignment with the one that it ended. Raises NotFound for one that has not begun, or was the first."""
    before, owner, former = assignments.alias("before"), accounts.alias("owner"), accounts.alias("former")
    ended = sa.and_(
        before.c.analyzer_id == assignments.c.analyzer_id,
        before.c.from_at.is_not(None),
        before.c.until_at == assignments.c.from_at,
        before.c.id != assignments.c.id,
    )
    question = (
        sa.select(
            assignments.c.id,
            assignments.c.analyzer_id,
            assignments.c.account_id,
            assignments.c.from_at,
            before.c.account_id.label("before_account_id"),
            before.c.from_at.label("earliest_at"),
            analyzers.c.name,
            analyzers.c.site_id,
            owner.c.number,
            owner.c.currency,
            former.c.number.label("before_number"),
        )
        .select_from(assignments)
        .join(before, ended)
        .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .join(owner, owner.c.id == assignments.c.account_id)
        .join(former, former.c.id == before.c.account_id)
        .where(assignments.c.id == assignment_id, assignments.c.from_at.is_not(None))
        .order_by(before.c.id.desc())
        .limit(1)
    )
    row = conn.execute(question).one_or_none()
    if row is None:
        raise NotFound(what=_("handover"), name=assignment_id)
    return row


def _late(conn: Connection, row: Any, handed_over_at: datetime) -> Late:
    if not row.earliest_at <= handed_over_at < row.from_at:
        raise HandoverNotLate(
            analyzer=row.name, from_at=row.from_at.isoformat(), earliest_at=row.earliest_at.isoformat()
        )
    if conn.scalar(sa.select(bookings.c.entry_no).where(bookings.c.assignment_id == row.id)) is not None:
        raise HandoverMended(analyzer=row.name)
    charged = _charged(conn, row, handed_over_at)
    moved = moved_between(charged, handed_over_at, load_site(conn, row.site_id), row.account_id)
    if not moved:
        raise HandoverUntouched(analyzer=row.name)
    return Late(
        assignment_id=row.id,
        analyzer=row.name,
        before_account_id=row.before_account_id,
        before_number=row.before_number,
        after_account_id=row.account_id,
        after_number=row.number,
        currency=row.currency,
        earliest_at=row.earliest_at,
        from_at=row.from_at,
        handed_over_at=handed_over_at,
        moved=moved,
    )


def _charged(conn: Connection, row: Any, handed_over_at: datetime) -> list[Charged]:
    """The charges of the analyzer on the account before, from the true instant on."""
    correcting = entries.alias("correcting")
    names_it = sa.and_(
        correcting.c.account_id == charges.c.account_id, correcting.c.corrects_entry_no == charges.c.entry_no
    )
    question = (
        sa.select(charges, correcting.c.entry_no.label("corrected_by"))
        .outerjoin(correcting, names_it)
        .where(
            charges.c.analyzer_id == row.analyzer_id,
            charges.c.account_id == row.before_account_id,
            charges.c.period_to > handed_over_at,
            charges.c.period_from < row.from_at,
        )
        .order_by(charges.c.entry_no)
        .limit(MOST_CHARGES + 1)
    )
    rows = conn.execute(question).all()
    if len(rows) > MOST_CHARGES:
        raise HandoverTooFar(most=MOST_CHARGES)
    found = []
    for each in rows:
        if each.corrected_by is not None:
            raise HandoverCorrected(entry_no=each.entry_no)
        found.append(Charged(source=each.source, part=_part(each), price_per_kwh=each.price_per_kwh))
    return found


def moved_to(conn: Connection, account_id: int, entry_no: int) -> MovedTo | None:
    """Where a charge has gone with a handover that was mended; None for one that still stands as it was charged."""
    taken, owner = entries.alias("taken"), accounts.alias("owner")
    question = (
        sa.select(charges, bookings.c.asked, taken.c.entry_no.label("taken_no"), owner.c.number)
        .join(assignments, assignments.c.analyzer_id == charges.c.analyzer_id)
        .join(bookings, bookings.c.assignment_id == assignments.c.id)
        .join(
            taken,
            sa.and_(taken.c.account_id == bookings.c.account_id, taken.c.entry_no == bookings.c.entry_no),
        )
        .join(owner, owner.c.id == taken.c.account_id)
        .where(
            charges.c.account_id == account_id,
            charges.c.entry_no == entry_no,
            taken.c.linked_account_id == account_id,
            charges.c.period_from < assignments.c.from_at,
        )
        .order_by(assignments.c.from_at)
    )
    for row in conn.execute(question).all():
        handed_over_at = datetime.fromisoformat(row.asked["handed_over_at"])
        if row.period_to > handed_over_at:
            stays = cost(stays_wh(_part(row), handed_over_at), row.price_per_kwh)
            return MovedTo(account=row.number, by=row.taken_no, stays=stays)
    return None


def _part(row: Any) -> Part:
    begin, end = Mark(row.period_from, row.from_wh), Mark(row.period_to, row.to_wh)
    return Part(begin, end, row.cause, spread=row.spread)
