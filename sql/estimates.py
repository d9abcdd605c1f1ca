"""Estimates: consumption before a new base that no counter knows. Only a person posts one, or decides that none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from prepaid.access import Right
from prepaid.bookings import reason_given
from prepaid.errors.access import NotFound
from prepaid.errors.ledger import EstimateDismissed, EstimatePosted
from prepaid.errors.tenants import ChangedMeanwhile
from prepaid.language import _
from prepaid.proposals import Proposal, check_postable
from prepaid.records import EntryKind
from prepaid.units import negative, to_text
from sql.acts import Act, acting
from sql.bookings import Booked, Locked, Order, book
from sql.connection import Database
from sql.ledger import Posting
from sql.proposals import load_proposals
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import analyzers, dismissed_estimates


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A person accepts what was proposed, as it was `seen`."""

    seen: Proposal
    reason: str
    key: str


def post_estimate(database: Database, signed_in: SignedIn, wanted: Estimate) -> Booked:
    """Takes what the unknown use costs, once per key and once per base. No counter moves, and no hour: an estimate is
    money only.

    Raises EstimatePosted, EstimateEmpty, ChangedMeanwhile, BookingReasonMissing, TextInvalid, NotFound and what
    `sql.bookings.book` raises.
    """
    seen, reason = wanted.seen, reason_given(wanted.reason)

    def make(act: Act, _accounts: Sequence[Locked]) -> list[Posting]:
        """Behind the lock of the account, so that of two who post it one does."""
        found = _proposal_of(act.conn, act, seen)
        check_postable(found)
        if found != seen:
            raise ChangedMeanwhile
        posting = Posting(
            account_id=found.account_id,
            kind=EntryKind.ESTIMATE,
            amount=negative(found.amount),
            cause=found.entry_cause,
            actor=signed_in.actor,
            note=reason,
        )
        return [posting]

    order = Order(
        key=wanted.key,
        action="estimate.booked",
        account_ids=(seen.account_id,),
        asked={**_facts(seen), "reason": reason},
        make=make,
    )
    return book(database, signed_in, order)


@repeated
def dismiss_estimate(database: Database, signed_in: SignedIn, seen: Proposal, reason: str) -> None:
    """Notes that nothing is charged for what a base left unknown; it may still be posted later.

    Raises SessionEnded, NotAllowed, NotFound, EstimatePosted, EstimateDismissed, BookingReasonMissing, TextInvalid.
    """
    why = reason_given(reason)
    try:
        with acting(database, signed_in, Right.ADMINISTER) as act:
            found = _proposal_of(act.conn, act, seen)
            if found.posted:
                raise EstimatePosted(account=found.account_number)
            if found.dismissed is not None:
                raise EstimateDismissed(who=found.dismissed.by)
            row = {"base_id": found.base_id, "dismissed_by_id": act.person.user_id, "dismissed_at": act.now, "why": why}
            act.conn.execute(dismissed_estimates.insert().values(row))
            facts = {**_facts(found), "amount": found.amount, "currency": found.currency, "reason": why}
            act.note("estimate.dismissed", f"account:{found.account_id}", _site_of(act.conn, seen), after=facts)
    except IntegrityError:
        raise ChangedMeanwhile from None


def _proposal_of(conn: Connection, act: Act, seen: Proposal) -> Proposal:
    """The proposal as it is computed now, at a site where the person may administer."""
    site_id = _site_of(conn, seen)
    act.permit_site(Right.ADMINISTER, site_id)
    for each in load_proposals(conn, site_id, seen.analyzer_id):
        if each.base_id == seen.base_id:
            return each
    raise NotFound(what=_("estimate"), name=seen.base_id)


def _site_of(conn: Connection, seen: Proposal) -> int:
    site_id = conn.scalar(sa.select(analyzers.c.site_id).where(analyzers.c.id == seen.analyzer_id))
    if site_id is None:
        raise NotFound(what=_("analyzer"), name=seen.analyzer_id)
    return int(site_id)


def _facts(proposal: Proposal) -> Mapping[str, Any]:
    """What the amount comes from, kept with the booking."""
    return {
        "account_id": proposal.account_id,
        "analyzer_id": proposal.analyzer_id,
        "base": proposal.base_id,
        "grid_wh": proposal.unknown.grid_wh,
        "generator_wh": proposal.unknown.generator_wh,
        "grid_price_per_kwh": to_text(proposal.grid_price),
        "generator_price_per_kwh": to_text(proposal.generator_price),
        "period_from": proposal.from_at.isoformat(),
        "period_to": proposal.until_at.isoformat(),
    }
