"""The local hours of a whole site: what its tenants used and what its incomers counted, up to this moment."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.accounts import Unbilled, unbilled_amount
from prepaid.calendar import hour_of, hours_between, next_hour
from prepaid.records import AccountKind, Purpose, Source
from prepaid.spans import Span
from prepaid.standing import Use
from prepaid.units import MONEY_DECIMALS, ZERO
from sql.accounts import balance_question, open_ground
from sql.tables import accounts, analyzers, assignments, hours

INCOMERS = (Purpose.GRID_INCOMER, Purpose.GENERATOR_INCOMER)
_PLACES = Decimal(1).scaleb(-MONEY_DECIMALS)


class Line(NamedTuple):
    """One local hour of the site, from its beginning to its end or to the instant up to which it is known."""

    from_at: datetime
    until_at: datetime
    use: Use
    grid_supplied_wh: int | None
    generator_supplied_wh: int | None

    def part(self, span: Span) -> "Line":
        """What lies inside the span, in proportion: to compare with, never to book."""
        length = self.until_at - self.from_at
        inside = min(self.until_at, span.until_at) - max(self.from_at, span.from_at)
        if inside >= length:
            return self
        use = self.use
        return self._replace(
            use=Use(
                grid_wh=_part_wh(use.grid_wh, inside, length) or 0,
                generator_wh=_part_wh(use.generator_wh, inside, length) or 0,
                grid_amount=_part_amount(use.grid_amount, inside, length),
                generator_amount=_part_amount(use.generator_amount, inside, length),
            ),
            grid_supplied_wh=_part_wh(self.grid_supplied_wh, inside, length),
            generator_supplied_wh=_part_wh(self.generator_supplied_wh, inside, length),
        )


def lines_of(
    conn: Connection, site_id: int, currency: str, site_zone: ZoneInfo, span: Span, *, running: bool = True
) -> list[Line]:
    """Every local hour that the span touches, in order, also those without any use.

    `running`: the span ends now, and its last hour holds what is not charged yet. Asks nobody's leave: the question
    around it does.
    """
    first_at = hour_of(span.from_at, site_zone)
    edges = [first_at, *hours_between(first_at, span.until_at, site_zone)]
    if edges[-1] != span.until_at:
        edges.append(span.until_at if running else next_hour(span.until_at, site_zone))
    used = _used(conn, site_id, currency, Span(first_at, span.until_at))
    incomers = _incomers(conn, site_id)
    supplied = _supplied(conn, site_id, Span(first_at, span.until_at)) if incomers else {}
    if running and len(edges) > 1:
        _add_open(conn, site_id, currency, edges[-2], used, supplied)
    return [
        Line(
            from_at,
            until_at,
            used.get(from_at, Use()),
            *(supplied.get((from_at, purpose), 0) if purpose in incomers else None for purpose in INCOMERS),
        )
        for from_at, until_at in pairwise(edges)
    ]


def _used(conn: Connection, site_id: int, currency: str, span: Span) -> dict[datetime, Use]:
    """What the accounts of tenants were charged, by hour."""
    own_money = accounts.c.currency == currency
    question = (
        sa.select(
            hours.c.hour_at,
            sa.func.sum(hours.c.grid_wh).label("grid_wh"),
            sa.func.sum(hours.c.generator_wh).label("generator_wh"),
            sa.func.sum(sa.case((own_money, hours.c.grid_amount))).label("grid_amount"),
            sa.func.sum(sa.case((own_money, hours.c.generator_amount))).label("generator_amount"),
        )
        .join(accounts, accounts.c.id == hours.c.account_id)
        .where(
            accounts.c.site_id == site_id,
            accounts.c.kind == AccountKind.TENANT,
            hours.c.hour_at >= span.from_at,
            hours.c.hour_at < span.until_at,
        )
        .group_by(hours.c.hour_at)
    )
    return {
        row.hour_at: Use(
            grid_wh=int(row.grid_wh),
            generator_wh=int(row.generator_wh),
            grid_amount=row.grid_amount or ZERO,
            generator_amount=row.generator_amount or ZERO,
        )
        for row in conn.execute(question)
    }


def _incomers(conn: Connection, site_id: int) -> set[Purpose]:
    """The purposes of incomers that the site has."""
    question = (
        sa.select(analyzers.c.purpose)
        .where(analyzers.c.site_id == site_id, analyzers.c.purpose.in_(INCOMERS), analyzers.c.retired_at.is_(None))
        .distinct()
    )
    return set(conn.scalars(question))


def _supplied(conn: Connection, site_id: int, span: Span) -> dict[tuple[datetime, Purpose], int]:
    """What the incomers of each source counted, by hour, whatever their tariffs called it."""
    question = (
        sa.select(
            hours.c.hour_at,
            analyzers.c.purpose,
            sa.func.sum(hours.c.grid_wh + hours.c.generator_wh).label("wh"),
        )
        .join(analyzers, analyzers.c.id == hours.c.analyzer_id)
        .where(
            analyzers.c.site_id == site_id,
            analyzers.c.purpose.in_(INCOMERS),
            hours.c.hour_at >= span.from_at,
            hours.c.hour_at < span.until_at,
        )
        .group_by(hours.c.hour_at, analyzers.c.purpose)
    )
    return {(row.hour_at, row.purpose): int(row.wh) for row in conn.execute(question)}


def _add_open(
    conn: Connection,
    site_id: int,
    currency: str,
    hour_at: datetime,
    used: dict[datetime, Use],
    supplied: dict[tuple[datetime, Purpose], int],
) -> None:
    """Adds what the counters have gone on since the last charges to the hour that runs."""
    question = (
        balance_question()
        .add_columns(accounts.c.kind, accounts.c.currency, analyzers.c.purpose)
        .outerjoin(analyzers, analyzers.c.id == assignments.c.analyzer_id)
        .where(accounts.c.site_id == site_id)
    )
    sold: list[Unbilled] = []
    priced: list[Unbilled] = []
    for row in conn.execute(question):
        ground = open_ground([row])
        if row.kind is AccountKind.TENANT:
            sold += ground
            priced += ground if row.currency == currency else []
        elif row.purpose in INCOMERS and ground:
            supplied[hour_at, row.purpose] = supplied.get((hour_at, row.purpose), 0) + ground[0].wh
    used[hour_at] = used.get(hour_at, Use()) + Use(
        grid_wh=_wh(sold, Source.GRID),
        generator_wh=_wh(sold, Source.GENERATOR),
        grid_amount=unbilled_amount(part for part in priced if part.source is Source.GRID),
        generator_amount=unbilled_amount(part for part in priced if part.source is Source.GENERATOR),
    )


def _wh(ground: list[Unbilled], source: Source) -> int:
    return sum(part.wh for part in ground if part.source is source)


def _part_wh(wh: int | None, inside: timedelta, length: timedelta) -> int | None:
    return None if wh is None else wh * (inside // timedelta(milliseconds=1)) // (length // timedelta(milliseconds=1))


def _part_amount(amount: Decimal, inside: timedelta, length: timedelta) -> Decimal:
    return (amount * (inside // timedelta(milliseconds=1)) / (length // timedelta(milliseconds=1))).quantize(_PLACES)
