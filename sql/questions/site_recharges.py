"""What was recharged at a whole site in some spans, by one statement."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import EntryKind
from prepaid.spans import Span
from prepaid.units import ZERO
from sql.tables import accounts, entries

SPANS_AT_MOST = 40
NOT_CHARGED = entries.c.kind != sa.literal_column("'charge'")
"""As the filtered index spells it: most entries are charges, and neither engine looks behind a parameter."""


def recharged_in(conn: Connection, site_id: int, currency: str, spans: Sequence[Span]) -> list[tuple[Decimal, int]]:
    """For each span the sum of the recharges, less those that were taken back in it, and how many were sold.

    Only accounts kept in that money. Asks nobody's leave: the question around it does.
    """
    assert 0 < len(spans) <= SPANS_AT_MOST, "each span is two columns"
    row = conn.execute(_question(site_id, currency, spans)).one()
    return [(row[2 * place] or ZERO, int(row[2 * place + 1] or 0)) for place in range(len(spans))]


def _question(site_id: int, currency: str, spans: Sequence[Span]) -> sa.Select[Any]:
    undone = entries.alias("undone")
    sold = entries.c.kind == EntryKind.ALLOCATION
    # Asked for each entry: joined, SQLite would begin with the accounts and read all entries of each.
    of_site = sa.exists().where(
        accounts.c.id == entries.c.account_id, accounts.c.site_id == site_id, accounts.c.currency == currency
    )
    columns: list[sa.ColumnElement[Any]] = []
    for place, span in enumerate(spans):
        inside = sa.and_(entries.c.posted_at >= span.from_at, entries.c.posted_at < span.until_at)
        columns.append(sa.func.sum(sa.case((inside, entries.c.amount))).label(f"amount_{place}"))
        columns.append(sa.func.sum(sa.case((sa.and_(inside, sold), 1), else_=0)).label(f"number_{place}"))
    return (
        sa.select(*columns)
        .select_from(entries)
        .outerjoin(
            undone,
            sa.and_(undone.c.account_id == entries.c.account_id, undone.c.entry_no == entries.c.corrects_entry_no),
        )
        .where(
            NOT_CHARGED,
            entries.c.posted_at >= min(span.from_at for span in spans),
            entries.c.posted_at < max(span.until_at for span in spans),
            of_site,
            sa.or_(sold, sa.and_(entries.c.kind == EntryKind.REVERSAL, undone.c.kind == EntryKind.ALLOCATION)),
        )
    )
