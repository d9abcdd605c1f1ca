"""A whole site over real sockets: one bad analyzer costs the others nothing, and what changes is noticed."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import sqlalchemy as sa

from enforcer.simulator.faults import Fault
from prepaid.records import Source
from sql.check import check
from sql.connection import Database
from sql.tables import alerts, analyzer_states, charges, holds, step_backs
from tests.story.world import LOAD_W, World, until, world


def _kinds(w: World) -> list[str]:
    return w.alert_kinds()


@pytest.mark.slow
def test_an_analyzer_that_is_lost_and_comes_back_is_told_once_each(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")
        w.simulator.fault(0, Fault.DEAD)
        until(lambda: "analyzer_lost" in _kinds(w), "it is told to be lost", 60)
        w.simulator.fault(0, None)
        until(lambda: "analyzer_back" in _kinds(w), "it is told to be back", 60)

        assert _kinds(w) == ["analyzer_lost", "analyzer_back"]
    with database.reading() as conn:
        ended = conn.scalar(sa.select(alerts.c.ended_at).where(alerts.c.kind == "analyzer_lost"))
    assert ended is not None


@pytest.mark.slow
def test_a_power_failure_loses_no_money_and_charges_nothing_twice(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")
        w.simulator.save()
        w.simulator.set_load(0, LOAD_W)
        until(lambda: w.used_wh(Source.GRID) > 60, "some energy is used since the last save")
        w.simulator.power_failure(0)
        until(lambda: _step_backs(database) == 1, "the fall is recorded", 60)
        used_wh = w.used_wh(Source.GRID)
        until(w.connected, "the supply is switched on again after the restart", 60)
        w.simulator.set_load(0, LOAD_W)
        until(lambda: w.used_wh(Source.GRID) > used_wh, "the counter has climbed over charged ground", 60)
        w.simulator.set_load(0, 0.0)
        until(w.settled, "the books have caught up with the device", 60)

    assert check(database, everything=True) == []
    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(holds)) == 0


def test_zeros_and_lies_in_between_charge_nothing_and_hold_nothing(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")
        w.simulator.set_load(0, LOAD_W)
        for fault in (Fault.ZERO_ONCE, Fault.JUMP_ONCE, Fault.ZERO_ONCE):
            w.simulator.fault(0, fault)
            goal_wh = w.used_wh(Source.GRID) + 5
            until(partial(_has_used, w, goal_wh), "energy goes on to be counted")
        w.simulator.set_load(0, 0.0)
        until(w.settled, "the books have caught up with the device")

    assert check(database, everything=True) == []
    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(holds)) == 0


@pytest.mark.slow
def test_another_device_at_the_address_is_neither_charged_nor_believed(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")
        w.simulator.set_load(0, LOAD_W)
        w.simulator.fault(0, Fault.SWAPPED)
        w.simulator.fault(0, Fault.RESTART)  # nobody swaps a device without ending its connections
        until(lambda: "wrong_device" in _kinds(w), "staff are alarmed", 60)
        used_wh = w.used_wh(Source.GRID)
        passes = w.passes() + 20
        until(lambda: w.passes() > passes, "twenty more passes are over")

        assert w.used_wh(Source.GRID) == used_wh
        assert _kinds(w) == ["wrong_device"]
    with database.reading() as conn:
        assert conn.scalar(sa.select(analyzer_states.c.verdict)) == "wrong_device"


def test_a_price_entered_for_later_splits_the_charge_at_its_instant(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")
        w.simulator.set_load(0, LOAD_W)
        from_at = w.clock.now() + timedelta(seconds=3)
        w.building.price(w.building.plan_id, Source.GRID, Decimal(300), from_at)
        w.building.recharge(w.tenant, "1", "somebody acts, so the site is read again")
        until(lambda: w.used_wh(Source.GRID) > 200, "more is used after the change")
        w.building.lock(w.analyzer_id)
        until(lambda: ("cut", "proven", "current") in w.changes(), "a supply change draws a charge")
        until(lambda: len(_prices(database)) > 1, "the energy after the change is charged")
        w.simulator.set_load(0, 0.0)

    assert _prices(database) == [(Decimal(150), "price"), (Decimal(300), "supply")]
    assert check(database, everything=True) == []


def _has_used(w: World, wh: int) -> bool:
    return w.used_wh(Source.GRID) > wh


def _prices(database: Database) -> list[tuple[Decimal, str]]:
    with database.reading() as conn:
        rows = conn.execute(
            sa.select(charges.c.price_per_kwh, charges.c.cause)
            .where(charges.c.source == Source.GRID)
            .order_by(charges.c.entry_no)
        )
        return [(row.price_per_kwh, str(row.cause)) for row in rows][:2]


def _step_backs(database: Database) -> int:
    with database.reading() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(step_backs)) or 0)
