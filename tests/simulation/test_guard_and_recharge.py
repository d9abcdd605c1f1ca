"""The guard against mass cuts while its tenants recharge: a recharge that is too small frees nobody to be cut."""

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from prepaid.guard import LEAST_ALLOWED
from prepaid.supply import Answer
from sql.tables import supply_changes
from tests.simulation.plan import Happening, Kind, TenantPlan, plan_of
from tests.simulation.run import Simulation

TENANTS = 8


def test_a_recharge_that_does_not_cover_the_debt_leaves_the_guard_closed(tmp_path: Path, migrated_file: Path) -> None:
    """Found by seed 7000305: the levels of a pass were those of before the recharge, and so nobody had run out anew."""
    drawn = plan_of(5, hardness=0)
    poor = TenantPlan(opening_h=0.03, emergency_credit_h=0.0, restore_threshold_h=0.0)
    shops = tuple(replace(drawn.analyzers[0], tenant=number) for number in range(TENANTS))
    loads = [Happening(at_s=1, kind=Kind.LOAD, who=who, much=1.0) for who in range(TENANTS)]
    drops = [Happening(at_s=400 + 20 * who, kind=Kind.RECHARGE, who=who, much=0.0001) for who in range(TENANTS)]
    plan = replace(
        drawn, days=0.02, tenants=(poor,) * TENANTS, analyzers=shops, foreseen=False, no_cut=()
    ).with_happenings([*loads, *drops])

    simulation = Simulation(plan, tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        cut = set(conn.scalars(sa.select(supply_changes.c.account_id).where(supply_changes.c.wanted == Answer.CUT)))
    assert len(cut) <= LEAST_ALLOWED
