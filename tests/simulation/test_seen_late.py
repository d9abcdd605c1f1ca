"""A credit that ends while nobody is there: the tenant is told, and has half an hour; a restart does not shorten it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from prepaid.alerts import AlertKind, until_told
from prepaid.supply import Answer, Reason
from sql.tables import alerts, crossings, supply_changes
from tests.simulation.plan import Happening, Kind, TenantPlan, plan_of
from tests.simulation.run import Simulation

NOTICE, PASSES_APART = timedelta(minutes=30), timedelta(minutes=6)


def test_a_credit_that_ended_in_a_downtime_is_cut_half_an_hour_after_its_notice(
    tmp_path: Path, migrated_file: Path
) -> None:
    happenings = [
        Happening(at_s=10, kind=Kind.LOAD, much=1.0),
        Happening(at_s=300, kind=Kind.STOP, lasts_s=1800),
        Happening(at_s=2600, kind=Kind.STOP, lasts_s=60),
    ]
    plan = plan_of(1, days=0.06, hardness=0).with_happenings(happenings)
    poor = TenantPlan(opening_h=0.3, emergency_credit_h=0.0, restore_threshold_h=0.0)

    simulation = Simulation(replace(plan, tenants=(poor,) * len(plan.tenants)), tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        [crossing] = conn.execute(sa.select(crossings).where(crossings.c.exhausted_at.is_not(None))).all()
        [cut] = conn.execute(sa.select(supply_changes).where(supply_changes.c.wanted == Answer.CUT)).all()
        told = conn.scalars(sa.select(alerts.c.details).where(alerts.c.kind == AlertKind.EXHAUSTED)).all()
    assert abs(crossing.notice_until_at - crossing.exhausted_at - NOTICE) < timedelta(seconds=1)
    assert timedelta(0) <= cut.decided_at - crossing.notice_until_at < PASSES_APART
    assert [(facts["reason"], until_told(facts)) for facts in told] == [(Reason.NOTICE, crossing.notice_until_at)]
