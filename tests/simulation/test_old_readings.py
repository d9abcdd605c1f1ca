"""Readings that come once more: how a device was long ago is not how it is now."""

from pathlib import Path

import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.supply import Reason
from sql.tables import alerts, supply_changes
from tests.simulation.plan import Happening, Kind, plan_of
from tests.simulation.run import Simulation


def test_a_supply_is_not_seen_in_a_reading_of_long_ago(tmp_path: Path, migrated_file: Path) -> None:
    """Found by seed 7000155: an old reading that showed it on was believed while a test had it cut."""
    happenings = [
        Happening(at_s=100, kind=Kind.DISORDER, lasts_s=900),
        Happening(at_s=200, kind=Kind.WISH_CUT, lasts_s=120),
        Happening(at_s=500, kind=Kind.WISH_CUT, lasts_s=120),
    ]
    plan = plan_of(1, days=0.025, hardness=0).with_happenings(happenings)

    simulation = Simulation(plan, tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        reasons = list(conn.scalars(sa.select(supply_changes.c.reason)))
        kinds = set(conn.scalars(sa.select(alerts.c.kind)))
    assert reasons.count(Reason.WISH_CUT) == 2
    assert AlertKind.DRIFT not in kinds
