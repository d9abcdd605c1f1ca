"""A device that answers zeros every second time: its supply is not taken for off, and nobody is woken up for it."""

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.records import Wiring
from sql.tables import alerts
from tests.simulation.plan import Happening, Kind, plan_of
from tests.simulation.run import Simulation


def test_zeros_are_no_supply_found_off(tmp_path: Path, migrated_file: Path) -> None:
    zeros = Happening(at_s=300, kind=Kind.LIE, lasts_s=600, much=0.0)
    drawn = plan_of(3, days=0.02, hardness=0)
    loads = [happening for happening in drawn.happenings if happening.kind is Kind.LOAD]
    held = [replace(each, wiring=Wiring.HELD_ON_SUPPLY, feedback=False) for each in drawn.analyzers]
    rich = [replace(each, opening_h=200.0) for each in drawn.tenants]
    plan = replace(drawn, analyzers=tuple(held), tenants=tuple(rich)).with_happenings([*loads, zeros])

    simulation = Simulation(plan, tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        assert AlertKind.DRIFT not in set(conn.scalars(sa.select(alerts.c.kind)))
