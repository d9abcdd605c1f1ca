"""A device is exchanged over real sockets: the books of both, the records of both, and the supply of the new one."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from enforcer.simulator.faults import Fault
from prepaid.commissioning import Outcome
from prepaid.records import BaseCause, Source, WishKind
from sql.check import check
from sql.connection import Database
from sql.tables import analyzers, bases, commissionings, events
from tests.enforcer.test_commissioning_road import device, ended, ready
from tests.story.world import LOAD_W, World, until, world

SOON = timedelta(hours=1)
NEW_WH = 500.0


def exchange(w: World) -> str:
    """Another device answers at the address, with counters of its own; answers its serial number."""
    w.simulator.fault(0, Fault.SWAPPED)
    device(w, lambda it: it.counters.begin_at(NEW_WH, 7.0))
    endpoint = w.simulator.simulator.fleet.endpoints[w.simulator.serial_number(0)]
    w.simulator.call(endpoint.drop_connections)
    return f"SWAP{w.simulator.serial_number(0)[4:]}"


def announced(w: World, serial_number: str, *, grid_wh: int | None = None, switch: bool = False) -> int:
    now = w.clock.now()
    details = {"serial_number": serial_number, "grid_wh": grid_wh, "generator_wh": None, "switch": switch}
    return w.building.wish(WishKind.SWAP, w.analyzer_id, now + SOON, now, details)


def last_wh(database: Database) -> int:
    """The grid counter accepted last."""
    with database.reading() as conn:
        of = (bases.c.closed_at.is_(None), bases.c.source == Source.GRID)
        return int(conn.execute(sa.select(bases.c.highest_wh).where(*of)).scalar_one())


def test_a_new_device_is_counted_from_where_it_is_and_the_old_one_is_closed(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        ready(w, LOAD_W)
        until(lambda: w.used_wh(Source.GRID) > 20, "something was used")
        serial_number = exchange(w)
        until(lambda: "wrong_device" in w.alert_kinds(), "the new device is a wrong one")
        before_wh = last_wh(database)

        record = ended(w, announced(w, serial_number, grid_wh=before_wh + 5))
        until(lambda: last_wh(database) > NEW_WH, "the new device is counted")

    with database.reading() as conn:
        old, new = conn.execute(sa.select(bases).where(bases.c.source == Source.GRID).order_by(bases.c.id)).all()
        bound = conn.scalar(sa.select(analyzers.c.serial_number))
        records = conn.execute(sa.select(commissionings.c.serial_number, commissionings.c.outcome)).all()
        swapped = conn.execute(sa.select(events).where(events.c.action == "analyzer.swapped")).one()
    assert (old.highest_wh, old.charged_wh, old.closed_at) == (before_wh + 5, before_wh + 5, new.opened_at)
    assert (new.cause, new.serial_number, bound) == (BaseCause.SWAP, serial_number, serial_number)
    assert new.opening_wh >= NEW_WH
    assert (record.serial_number, record.outcome) == (serial_number, Outcome.UNPROVEN)
    assert (old.serial_number, Outcome.REVOKED) in records
    assert (swapped.before["grid_wh"], swapped.after["grid_wh"]) == (before_wh + 5, new.opening_wh)
    assert check(database, everything=True) == []


@pytest.mark.slow
def test_a_swap_with_a_supervised_cut_ends_with_a_device_that_may_be_switched(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        ready(w, LOAD_W)
        until(lambda: w.used_wh(Source.GRID) > 20, "something was used")
        planned = announced(w, f"SWAP{w.simulator.serial_number(0)[4:]}", switch=True)
        passes = w.passes() + 10
        until(lambda: w.passes() > passes, "the old device goes on")
        exchange(w)

        record = ended(w, planned)
        until(w.connected, "the supply is back")
        w.building.wish(WishKind.CUT, w.analyzer_id, w.clock.now() + SOON, w.clock.now())
        until(lambda: not w.connected(), "the new device is switched by wishes again")

    assert record.outcome is Outcome.PASSED
    assert check(database, everything=True) == []
