"""What a kWh costs an account now, and the next change that is known: of a price, or of the account's plan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import SOURCES, Source
from prepaid.standing import PriceLine
from sql.tables import account_plans, prices

LINES_AT_MOST = 2000


class _Line(NamedTuple):
    plan_from_at: datetime
    plan_id: int
    source: Source
    from_at: datetime
    price_per_kwh: Decimal


def prices_of(conn: Connection, account_ids: Sequence[int], now: datetime) -> dict[int, Mapping[Source, PriceLine]]:
    """The price of each source for each account: in force now, with the next instant at which it differs.

    Asks nobody's leave: the question around it does.
    """
    lines: dict[int, list[_Line]] = defaultdict(list)
    for row in conn.execute(_question(account_ids, now)):
        lines[row.account_id].append(_Line(row.plan_from_at, row.plan_id, row.source, row.from_at, row.price_per_kwh))
    return {
        account_id: {source: _price_line(source, lines[account_id], now) for source in SOURCES}
        for account_id in account_ids
    }


def _question(account_ids: Sequence[int], now: datetime) -> sa.Select[Any]:
    """Plans and prices in force now, and all that are to come."""
    later_plan, later_price = account_plans.alias("later_plan"), prices.alias("later_price")
    replaced_plan = sa.exists().where(
        later_plan.c.account_id == account_plans.c.account_id,
        later_plan.c.from_at > account_plans.c.from_at,
        later_plan.c.from_at <= now,
    )
    replaced_price = sa.exists().where(
        later_price.c.plan_id == prices.c.plan_id,
        later_price.c.source == prices.c.source,
        later_price.c.withdrawn_at.is_(None),
        later_price.c.from_at > prices.c.from_at,
        later_price.c.from_at <= now,
    )
    return (
        sa.select(
            account_plans.c.account_id,
            account_plans.c.from_at.label("plan_from_at"),
            account_plans.c.plan_id,
            prices.c.source,
            prices.c.from_at,
            prices.c.price_per_kwh,
        )
        .join(prices, prices.c.plan_id == account_plans.c.plan_id)
        .where(
            account_plans.c.account_id.in_(account_ids),
            prices.c.withdrawn_at.is_(None),
            ~replaced_plan,
            ~replaced_price,
        )
        .order_by(account_plans.c.account_id, account_plans.c.from_at, prices.c.from_at)
        .limit(LINES_AT_MOST)
    )


def _price_line(source: Source, lines: Iterable[_Line], now: datetime) -> PriceLine:
    own = [line for line in lines if line.source is source]
    price = _price_at(own, now)
    changes = sorted({at for line in own for at in (line.plan_from_at, line.from_at) if at > now})
    for at in changes:
        then = _price_at(own, at)
        if then != price:
            return PriceLine(source=source, price_per_kwh=price, next_price_per_kwh=then, next_from_at=at)
    return PriceLine(source=source, price_per_kwh=price)


def _price_at(lines: Sequence[_Line], instant: datetime) -> Decimal | None:
    """Of the plan in force at the instant (the first one also before it began) the price in force."""
    if not lines:
        return None
    plan = max((line.plan_from_at for line in lines if line.plan_from_at <= instant), default=lines[0].plan_from_at)
    found = [line for line in lines if line.plan_from_at == plan and line.from_at <= instant]
    return max(found, key=lambda line: line.from_at).price_per_kwh if found else None
