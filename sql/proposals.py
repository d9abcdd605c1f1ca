"""What the new bases of an analyzer left unknown, with the estimate that a person may post or dismiss."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.expected import NOTHING_EXPECTED, Expected, expected_use
from prepaid.price_steps import PriceStep
from prepaid.proposals import Dismissed, Proposal, entry_cause, unknown_use
from prepaid.records import SOURCES, BaseCause, EntryKind, Source
from prepaid.site import Site
from prepaid.usual import usual
from sql.past_use import past_use
from sql.sites import load_site
from sql.tables import accounts, assignments, bases, dismissed_estimates, entries, users

MOST = 5
CAUSES = (BaseCause.RESET, BaseCause.PERSON, BaseCause.SWAP)


def load_proposals(conn: Connection, site_id: int, analyzer_id: int) -> tuple[Proposal, ...]:
    """The newest of them. Bases of before kept no counter of their beginning: nothing is proposed for these."""
    found = _pairs(conn, analyzer_id)
    if not found:
        return ()
    site = load_site(conn, site_id)
    return tuple(_proposal(conn, site, analyzer_id, pair) for pair in found)


def _pairs(conn: Connection, analyzer_id: int) -> list[Mapping[Source, Any]]:
    """Both sources of each new base, newest first, with where the base before it ended and whose account it was."""
    old = bases.alias("old")
    question = (
        sa.select(
            bases.c.id,
            bases.c.source,
            bases.c.cause,
            bases.c.opened_at,
            bases.c.opening_wh,
            bases.c.began_wh,
            old.c.accepted_at,
            (old.c.highest_wh - old.c.counter_wh).label("named_wh"),
            accounts.c.id.label("account_id"),
            accounts.c.number,
            accounts.c.currency,
            users.c.display_name.label("dismissed_by"),
            dismissed_estimates.c.dismissed_at,
            dismissed_estimates.c.why,
        )
        .join(
            old,
            sa.and_(
                old.c.analyzer_id == bases.c.analyzer_id,
                old.c.source == bases.c.source,
                old.c.closed_at == bases.c.opened_at,
            ),
        )
        .join(
            assignments,
            sa.and_(
                assignments.c.analyzer_id == bases.c.analyzer_id,
                assignments.c.from_at <= old.c.accepted_at,
                sa.or_(assignments.c.until_at.is_(None), assignments.c.until_at > bases.c.opened_at),
            ),
        )
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .outerjoin(dismissed_estimates, dismissed_estimates.c.base_id == bases.c.id)
        .outerjoin(users, users.c.id == dismissed_estimates.c.dismissed_by_id)
        .where(bases.c.analyzer_id == analyzer_id, bases.c.cause.in_(CAUSES), bases.c.began_wh.is_not(None))
        .order_by(bases.c.id.desc())
        .limit(MOST * len(SOURCES))
    )
    of: dict[datetime, dict[Source, Any]] = {}
    for row in conn.execute(question):
        of.setdefault(row.opened_at, {})[row.source] = row
    return [pair for pair in of.values() if len(pair) == len(SOURCES)]


def _proposal(conn: Connection, site: Site, analyzer_id: int, pair: Mapping[Source, Any]) -> Proposal:
    grid, generator = pair[Source.GRID], pair[Source.GENERATOR]
    from_at, until_at = max(grid.accepted_at, generator.accepted_at), grid.opened_at
    counted = Expected(_counted_wh(grid), _counted_wh(generator))
    prices = {source: site.price(grid.account_id, source, from_at)[1] for source in SOURCES}
    past = past_use(conn, site, from_at, analyzer_id)
    step = PriceStep(from_at, prices[Source.GRID], prices[Source.GENERATOR])
    habit = usual(past.hours, past.accounts.get(grid.account_id, ()), step)
    expected = None if habit is None else expected_use(habit, from_at, until_at, site.zone)
    unknown = NOTHING_EXPECTED if expected is None else unknown_use(expected, counted)
    dismissed = None
    if grid.dismissed_at is not None:
        dismissed = Dismissed(by=grid.dismissed_by, at=grid.dismissed_at, why=grid.why)
    return Proposal(
        analyzer_id=analyzer_id,
        base_id=grid.id,
        cause=grid.cause,
        account_id=grid.account_id,
        account_number=grid.number,
        currency=grid.currency,
        from_at=from_at,
        until_at=until_at,
        usual=expected,
        counted=counted,
        unknown=unknown,
        grid_price=prices[Source.GRID],
        generator_price=prices[Source.GENERATOR],
        posted=_posted(conn, grid.account_id, grid.id),
        dismissed=dismissed,
    )


def _counted_wh(row: Any) -> int:
    """What the new base has charged of that time; of a swap, what a person read from the old device beyond its last
    accepted counter."""
    named_wh: int = row.named_wh if row.cause is BaseCause.SWAP else 0
    return int(row.began_wh - row.opening_wh) + named_wh


def _posted(conn: Connection, account_id: int, base_id: int) -> bool:
    question = sa.select(entries.c.entry_no).where(
        entries.c.account_id == account_id,
        entries.c.kind == EntryKind.ESTIMATE,
        entries.c.cause == entry_cause(base_id),
    )
    return conn.scalar(question.limit(1)) is not None
