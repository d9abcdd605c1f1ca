"""An analyzer whose counter was found reset, with what it used before: the ground of an estimate."""

from datetime import timedelta

import sqlalchemy as sa

from prepaid.records import BaseCause, Source
from prepaid.units import cost
from sql.connection import Database
from sql.hours import HourLine, add_hours
from sql.tables import assignments, bases
from tests.building import GRID_PRICE, MORNING, Building, Person

HOUR = timedelta(hours=1)
FELL_AT = MORNING + timedelta(days=15)


def reset(database: Database, *, began_wh: int | None = 300) -> tuple[Building, Person, int, int]:
    """An oven uses 1 kWh an hour for 15 days; 6 hours later its counter is found reset, and 300 Wh on it."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="100")
    oven = building.analyzer("Oven", bakery)
    return building, bakery, oven, reset_of(building, bakery, oven, began_wh=began_wh)


def reset_of(building: Building, person: Person, oven: int, *, began_wh: int | None = 300) -> int:
    """The same of an analyzer that is there and has not begun; the new base of the grid."""
    building.begin(oven)
    at = FELL_AT + 6 * HOUR
    of_oven = bases.c.analyzer_id == oven
    with building.database.writing() as conn:
        add_hours(conn, [_used(oven, person, hour) for hour in range(15 * 24)])
        conn.execute(assignments.update().where(assignments.c.analyzer_id == oven).values(from_at=MORNING))
        ended = {"opened_at": MORNING, "accepted_at": FELL_AT, "charged_at": FELL_AT, "closed_at": at}
        conn.execute(bases.update().where(of_oven).values(ended))
        for source in Source:
            shown = began_wh if source is Source.GRID else None if began_wh is None else 0
            conn.execute(
                bases.insert().values(
                    analyzer_id=oven,
                    source=source,
                    serial_number="LQN/1",
                    cause=BaseCause.RESET,
                    opened_at=at,
                    opening_wh=0,
                    began_wh=shown,
                    counter_wh=shown or 0,
                    highest_wh=shown or 0,
                    accepted_at=at,
                    charged_wh=0,
                    charged_at=at,
                )
            )
        base_id = conn.scalar(
            sa.select(bases.c.id).where(of_oven, bases.c.closed_at.is_(None), bases.c.source == Source.GRID)
        )
    assert base_id is not None
    return int(base_id)


def _used(oven: int, bakery: Person, hour: int) -> HourLine:
    return HourLine(
        hour_at=MORNING + hour * HOUR,
        analyzer_id=oven,
        account_id=bakery.account_id,
        source=Source.GRID,
        wh=1_000,
        amount=cost(1_000, GRID_PRICE),
        spread=False,
    )
