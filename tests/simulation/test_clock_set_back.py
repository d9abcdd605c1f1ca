"""A wall clock that is set back: the books go on in their own time, and what people ask for is carried out."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from enforcer.simulator.faults import Fault
from prepaid.supply import Reason
from sql.tables import heartbeats, holds, supply_changes
from tests.simulation.happenings import FAULTS
from tests.simulation.plan import Happening, Kind, plan_of
from tests.simulation.run import Simulation
from tests.simulation.small_site import small_site

HALF_AN_HOUR_BACK = 0.25


def test_a_wish_asked_for_after_the_clock_was_set_back_is_carried_out(tmp_path: Path, migrated_file: Path) -> None:
    step = Happening(at_s=200, kind=Kind.CLOCK_STEP, much=HALF_AN_HOUR_BACK)
    cut = Happening(at_s=600, kind=Kind.WISH_CUT, lasts_s=400)
    plan = plan_of(1, days=0.0125).with_happenings([step, cut])

    simulation = Simulation(plan, tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        reasons = set(conn.scalars(sa.select(supply_changes.c.reason)))
    assert Reason.WISH_CUT in reasons


def test_a_restart_behind_a_clock_that_was_set_back_puts_nothing_on_hold(tmp_path: Path, migrated_file: Path) -> None:
    """The stored instants lie ahead of the wall clock: nobody knows for how long nobody was there."""
    happenings = [
        Happening(at_s=10, kind=Kind.LOAD, much=1.3),
        Happening(at_s=200, kind=Kind.CLOCK_STEP, much=HALF_AN_HOUR_BACK),
        Happening(at_s=500, kind=Kind.STOP, lasts_s=300),
    ]
    plan = plan_of(3, days=0.0125, hardness=0).with_happenings(happenings)

    simulation = Simulation(plan, tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(holds)) == 0


def test_a_device_that_did_not_obey_is_tried_again_behind_a_clock_that_was_set_back(
    tmp_path: Path, migrated_file: Path
) -> None:
    """Found by seed 7000131: stamps that waited for the wall clock to come up with them let no next try come."""
    happenings = [
        Happening(at_s=100, kind=Kind.CLOCK_STEP, much=HALF_AN_HOUR_BACK),
        Happening(at_s=300, kind=Kind.FAULT, lasts_s=30, much=(FAULTS.index(Fault.IGNORE_WRITES) + 0.5) / len(FAULTS)),
        Happening(at_s=305, kind=Kind.WISH_CUT, lasts_s=900),
    ]
    plan = plan_of(1, days=0.02).with_happenings(happenings)

    simulation = Simulation(plan, tmp_path, migrated_file)
    simulation.run()

    with simulation.world.database.reading() as conn:
        wished = sa.select(supply_changes).where(supply_changes.c.reason == Reason.WISH_CUT)
        change = conn.execute(wished).one()
    assert change.tries > 0
    assert change.confirmed_at is not None


def test_a_sign_of_life_is_never_dated_ahead_of_the_clock_that_its_age_is_asked_of(
    tmp_path: Path, migrated_file: Path
) -> None:
    """The stamps of the books go on where they were; a dead enforcer would look alive for as long."""
    with small_site(tmp_path, migrated_file, credit_h=1000.0) as site:
        site.run(60)
        site.world.clock.step(-1800)
        site.run(60)

        [row] = site.rows(sa.select(heartbeats.c.beat_at))

        assert timedelta(0) <= site.world.clock.now() - row.beat_at <= timedelta(seconds=10)
