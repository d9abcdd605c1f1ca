"""Where the simulated devices of a loaded demo site begin: at the counters and supplies of its books."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import Source
from prepaid.switching import Supply
from sql.connection import Database
from sql.demo.site import Start
from sql.tables import analyzers, bases, supply_states


def start_counters(database: Database) -> dict[str, Start]:
    """By serial number, as the newest bases say. Nothing where there is no database, or one without tables."""
    if not exists(database):
        return {}
    with database.reading() as conn:
        return _starts(conn)


def exists(database: Database) -> bool:
    """Whether there is a database with tables to ask. Asking SQLite itself would make the file."""
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        return False
    with database.reading() as conn:
        schema = None if database.is_sqlite else bases.schema
        return sa.inspect(conn).has_table(bases.name, schema=schema)


def _starts(conn: Connection) -> dict[str, Start]:
    question = (
        sa.select(
            analyzers.c.serial_number,
            analyzers.c.generator_tariff,
            bases.c.source,
            bases.c.counter_wh,
            supply_states.c.supply,
        )
        .join(bases, bases.c.analyzer_id == analyzers.c.id)
        .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .where(bases.c.closed_at.is_(None), analyzers.c.serial_number.is_not(None), analyzers.c.retired_at.is_(None))
    )
    starts: dict[str, Start] = {}
    for row in conn.execute(question):
        start = starts.get(row.serial_number, Start(0.0, 0.0))._replace(connected=row.supply is not Supply.CUT)
        is_tariff_2 = (row.source is Source.GENERATOR) == (row.generator_tariff == 2)
        counter_wh = float(row.counter_wh)
        starts[row.serial_number] = (
            start._replace(tariff_2_wh=counter_wh) if is_tariff_2 else start._replace(tariff_1_wh=counter_wh)
        )
    return starts
