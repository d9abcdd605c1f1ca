"""Billing holds that outlast their protection: decided on the ledger less what the analyzer usually uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import HoldCause
from prepaid.switching import Supply
from prepaid.units import ZERO, add
from sql.tables import analyzers, assignments, bases, holds, supply_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Unprotected:
    """A hold from a counter that fell, beyond its protection. `reckoned_to_at` is how far its use is in the amount,
    at first the last accepted reading; `cut_since_at`: the supply is off since then."""

    hold_id: int
    analyzer_id: int
    began_at: datetime
    reckoned_to_at: datetime
    amount: Decimal
    cut_since_at: datetime | None


_ACCEPTED = (
    sa.select(sa.func.max(bases.c.accepted_at))
    .where(bases.c.analyzer_id == holds.c.analyzer_id, bases.c.closed_at.is_(None))
    .correlate(holds)
    .scalar_subquery()
)
_UNPROTECTED = (
    sa.select(
        holds.c.id,
        holds.c.analyzer_id,
        holds.c.began_at,
        holds.c.provisional_amount,
        holds.c.provisional_at,
        _ACCEPTED.label("accepted_at"),
        supply_states.c.supply,
        supply_states.c.since_at,
    )
    .join(analyzers, analyzers.c.id == holds.c.analyzer_id)
    .outerjoin(supply_states, supply_states.c.analyzer_id == holds.c.analyzer_id)
    .where(
        analyzers.c.site_id == sa.bindparam("site_id"),
        holds.c.ended_at.is_(None),
        holds.c.cause == HoldCause.FELL,
        holds.c.protects_until_at <= sa.bindparam("now"),
    )
    .order_by(holds.c.id)
)


def unprotected_holds(conn: Connection, site_id: int, now: datetime) -> Sequence[Unprotected]:
    """The open holds of the site that protect nobody any more."""
    return [
        Unprotected(
            hold_id=row.id,
            analyzer_id=row.analyzer_id,
            began_at=row.began_at,
            reckoned_to_at=row.provisional_at or row.accepted_at or row.began_at,
            amount=row.provisional_amount or ZERO,
            cut_since_at=row.since_at if row.supply is Supply.CUT else None,
        )
        for row in conn.execute(_UNPROTECTED, {"site_id": site_id, "now": now})
    ]


def save_provisional(conn: Connection, hold_id: int, amount: Decimal, until_at: datetime) -> None:
    """What the analyzer in hold has probably used, reckoned up to the instant."""
    conn.execute(holds.update().where(holds.c.id == hold_id).values(provisional_amount=amount, provisional_at=until_at))


_COUNTING = (
    holds.c.ended_at.is_(None),
    holds.c.protects_until_at <= sa.bindparam("now"),
    holds.c.provisional_amount.is_not(None),
)
_PROVISIONAL = (
    sa.select(assignments.c.account_id, holds.c.provisional_amount)
    .join(holds, holds.c.analyzer_id == assignments.c.analyzer_id)
    .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
    .where(
        analyzers.c.site_id == sa.bindparam("site_id"),
        assignments.c.from_at.is_not(None),
        assignments.c.until_at.is_(None),
        *_COUNTING,
    )
)


def provisional_amounts(conn: Connection, site_id: int, now: datetime) -> Mapping[int, Decimal]:
    """By account: what its analyzers in unprotected holds have probably used and nobody has charged."""
    found: dict[int, Decimal] = {}
    for row in conn.execute(_PROVISIONAL, {"site_id": site_id, "now": now}):
        found[row.account_id] = add(found.get(row.account_id, ZERO), row.provisional_amount)
    return found


def provisional_of(account_id: sa.ColumnElement[int]) -> sa.ScalarSelect[Any]:
    """The same for one account, inside a statement that has it and the parameter `now`; NULL where there is none."""
    held = assignments.alias("held")
    return (
        sa.select(sa.func.sum(holds.c.provisional_amount))
        .join(held, held.c.analyzer_id == holds.c.analyzer_id)
        .where(held.c.account_id == account_id, held.c.from_at.is_not(None), held.c.until_at.is_(None), *_COUNTING)
        .scalar_subquery()
    )
