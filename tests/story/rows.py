"""What the rows say of one analyzer, for the worlds of the story."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import Source
from sql.tables import bases, charges, supply_changes


def used_wh(conn: Connection, analyzer_id: int, source: Source) -> int:
    """Charged and unbilled Wh."""
    of = (charges.c.analyzer_id == analyzer_id, charges.c.source == source)
    charged = conn.scalar(sa.select(sa.func.sum(charges.c.wh)).where(*of)) or 0
    open_wh = sa.select(bases.c.highest_wh, bases.c.charged_wh).where(
        bases.c.analyzer_id == analyzer_id, bases.c.source == source
    )
    return int(charged) + sum(int(row.highest_wh - row.charged_wh) for row in conn.execute(open_wh))


def registered_wh(conn: Connection, analyzer_id: int, source: Source, registers_wh: tuple[float, float]) -> int:
    """What the device's own counters say was used since its first base was opened; tariff 2 is the generator's."""
    opening = sa.select(sa.func.min(bases.c.opening_wh)).where(
        bases.c.analyzer_id == analyzer_id, bases.c.source == source
    )
    return round(registers_wh[0 if source is Source.GRID else 1]) - int(conn.scalar(opening) or 0)


def changes_of(conn: Connection, analyzer_id: int) -> list[tuple[str, str, str]]:
    """Supply changes in order: (wanted, progress, evidence)."""
    of = supply_changes.c
    question = sa.select(of.wanted, of.progress, of.evidence).where(of.analyzer_id == analyzer_id).order_by(of.id)
    return [(row.wanted.value, row.progress.value, row.evidence.value) for row in conn.execute(question)]
