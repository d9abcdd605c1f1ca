"""Invariants 1 and 3: charges are unbroken stretches of a counter, from its opening to its mark, at exact prices.

From this follows, per analyzer and source: charged Wh + unbilled Wh = sum over bases (highest - opening).
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.numbers import EnergyInvalid
from prepaid.language import _
from prepaid.records import Source
from prepaid.units import ZERO, cost
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.proofs.proven import rows_to_prove
from sql.tables import accounts, analyzers, bases, charges, hours

ROWS_AT_ONCE = 10_000


def prove_counters(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Hours hold all of history in a few sums, so they are compared only when everything is asked for."""
    yield from _starts(conn, scope)
    yield from _marks(conn)
    yield from _prices(conn, scope)
    if scope.everything:
        yield from _hours(conn)


def _starts(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Every charge begins where another one of its base ended, or at the opening.

    Begin and end are unique within a base and the one lies before the other, so these charges form one chain: nothing
    is left out between them, and nothing is charged twice, whatever splits and steps back there were.
    """
    earlier = charges.alias("earlier")
    follows = sa.exists().where(earlier.c.base_id == charges.c.base_id, earlier.c.to_wh == charges.c.from_wh)
    question = (
        sa.select(charges.c.account_id, charges.c.entry_no, charges.c.base_id, charges.c.from_wh)
        .select_from(charges if scope.everything else rows_to_prove(charges, scope))
        .join(bases, bases.c.id == charges.c.base_id)
        .where(charges.c.from_wh != bases.c.opening_wh, ~follows)
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _(
            "Entry {entry_no} of account {account_id} charges base {base_id} from {from_wh} Wh on,"
            " where no other charge ends: a gap, or charged twice."
        )
        yield told(3, "charges.chain", said, row, "account_id", "entry_no")


def _marks(conn: Connection) -> Iterator[Breach]:
    """The last charge of a base ends at its mark; a closed base is charged in full; unbilled is never negative."""
    ends = sa.exists().where(charges.c.base_id == bases.c.id, charges.c.to_wh == bases.c.charged_wh)
    goes_on = sa.exists().where(charges.c.base_id == bases.c.id, charges.c.from_wh >= bases.c.charged_wh)
    question = (
        sa.select(
            bases.c.id.label("base_id"),
            analyzers.c.name.label("analyzer"),
            bases.c.source,
            bases.c.opening_wh,
            bases.c.charged_wh,
            bases.c.highest_wh,
        )
        .join(analyzers, analyzers.c.id == bases.c.analyzer_id)
        .where(
            sa.or_(
                sa.and_(bases.c.charged_wh != bases.c.opening_wh, ~ends),
                goes_on,
                bases.c.charged_wh < bases.c.opening_wh,
                bases.c.charged_wh > bases.c.highest_wh,
                sa.and_(bases.c.closed_at.is_not(None), bases.c.charged_wh != bases.c.highest_wh),
            )
        )
        .order_by(bases.c.id)
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _(
            "The charges of {analyzer} ({source}, base {base_id}) do not end at its mark: opened at {opening_wh} Wh,"
            " marked at {charged_wh} Wh, highest {highest_wh} Wh."
        )
        yield told(1, "charges.mark", said, row, "base_id")


def _prices(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Each Wh, price and amount that ever came together is computed once, here: SQL does not compute with money."""
    question = (
        sa.select(
            charges.c.wh,
            (charges.c.to_wh - charges.c.from_wh).label("span_wh"),
            charges.c.price_per_kwh,
            charges.c.amount,
        )
        .select_from(charges if scope.everything else rows_to_prove(charges, scope))
        .distinct()
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    with conn.execute(question) as rows:
        wrong = list(islice((row for row in rows if not _is_exact(row)), MOST_TOLD))
    for row in wrong:
        yield _wrong_price(conn, row)


def _is_exact(row: Any) -> bool:
    try:
        return bool(row.wh == row.span_wh and cost(row.wh, row.price_per_kwh) == row.amount)
    except EnergyInvalid:
        return False


def _wrong_price(conn: Connection, wrong: Any) -> Breach:
    question = (
        sa.select(
            charges.c.account_id,
            charges.c.entry_no,
            charges.c.from_wh,
            charges.c.to_wh,
            charges.c.wh,
            charges.c.price_per_kwh,
            charges.c.amount,
        )
        .where(
            charges.c.wh == wrong.wh,
            charges.c.to_wh - charges.c.from_wh == wrong.span_wh,
            charges.c.price_per_kwh == wrong.price_per_kwh,
            charges.c.amount == wrong.amount,
        )
        .limit(1)
    )
    row = conn.execute(question).mappings().one()
    said = _(
        "Entry {entry_no} of account {account_id} charges {amount} for {wh} Wh from {from_wh} to {to_wh} Wh at"
        " {price_per_kwh}: that is not their product."
    )
    return told(3, "charges.amount", said, row, "account_id", "entry_no")


def _hours(conn: Connection) -> Iterator[Breach]:
    """Per analyzer and account: the hours add up to the charges, in Wh and in money. Each is summed by itself first."""
    both = sa.union_all(_charged(), _shown()).subquery()
    missing = [sa.func.sum(both.c[name]) for name in _MEASURED]
    zeros: list[int | Decimal] = [0, 0, ZERO, ZERO]
    question = (
        sa.select(
            analyzers.c.name.label("analyzer"),
            accounts.c.number.label("account"),
            *(each.label(name) for each, name in zip(missing, _MEASURED, strict=True)),
        )
        .join(analyzers, analyzers.c.id == both.c.analyzer_id)
        .join(accounts, accounts.c.id == both.c.account_id)
        .group_by(both.c.analyzer_id, both.c.account_id, analyzers.c.name, accounts.c.number)
        .having(sa.or_(*(each != zero for each, zero in zip(missing, zeros, strict=True))))
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _(
            "The hours of {analyzer} on account {account} are not the sum of its charges: {grid_wh} Wh and"
            " {grid_amount} are missing on grid, {generator_wh} Wh and {generator_amount} on the generator."
        )
        yield told(1, "hours.sum", said, row, "analyzer", "account")


_MEASURED = ("grid_wh", "generator_wh", "grid_amount", "generator_amount")


def _charged() -> sa.Select[Any]:
    of_grid = charges.c.source == Source.GRID
    nothing = sa.literal(ZERO, charges.c.amount.type)
    return sa.select(
        charges.c.analyzer_id,
        charges.c.account_id,
        sa.func.sum(sa.case((of_grid, charges.c.wh), else_=0)).label("grid_wh"),
        sa.func.sum(sa.case((of_grid, 0), else_=charges.c.wh)).label("generator_wh"),
        sa.func.sum(sa.case((of_grid, charges.c.amount), else_=nothing)).label("grid_amount"),
        sa.func.sum(sa.case((of_grid, nothing), else_=charges.c.amount)).label("generator_amount"),
    ).group_by(charges.c.analyzer_id, charges.c.account_id)


def _shown() -> sa.Select[Any]:
    return sa.select(
        hours.c.analyzer_id,
        hours.c.account_id,
        *(-sa.func.sum(hours.c[name]) for name in _MEASURED),
    ).group_by(hours.c.analyzer_id, hours.c.account_id)
