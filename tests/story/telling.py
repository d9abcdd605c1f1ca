"""The story itself, the same whatever happens to the enforcer meanwhile."""

from decimal import Decimal

from prepaid.records import Source
from prepaid.units import add, cost
from sql.check import check
from tests.story.world import GENERATOR_PRICE, GRID_PRICE, LOAD_W, World, until

FIRST_CREDIT = "60"
RECHARGE = "500"


def tell(w: World, *, patience_s: float = 30.0) -> None:
    """Grid, outage, the credit ends, the supply is cut and that is proven, a recharge restores it; books are exact."""
    until(lambda: w.supply() == "on", "the supply is seen to be on", patience_s)

    w.simulator.set_load(0, LOAD_W)
    until(lambda: w.live() < Decimal(45), "credit is used on grid", patience_s)
    w.simulator.set_outage(True)
    until(lambda: w.used_wh(Source.GENERATOR) > 0, "the load is counted as generator", patience_s)
    until(lambda: not w.connected(), "the contactor has opened", patience_s)
    until(lambda: ("cut", "proven", "current") in w.changes(), "the cut is recorded as proven", patience_s)
    assert w.simulator.power_w(0) == 0.0

    w.simulator.set_outage(False)
    w.building.recharge(w.tenant, RECHARGE, "second")
    until(w.connected, "the contactor has closed", patience_s)
    until(lambda: _restored(w), "the restore is recorded as confirmed", patience_s)
    w.simulator.set_load(0, 0.0)
    until(w.settled, "the books have caught up with the device", patience_s)
    until(w.all_told, "every mail has arrived", patience_s)

    assert_exact(w, Decimal(FIRST_CREDIT) + Decimal(RECHARGE))
    assert check(w.database, everything=True) == []


def assert_exact(w: World, paid: Decimal) -> None:
    """Ledger plus unbilled equals the device's register to the Wh, and the price to the last digit."""
    grid_wh, generator_wh = (w.registered_wh(source) for source in Source)
    assert grid_wh > 0
    assert generator_wh > 0
    assert w.live() == paid - add(cost(grid_wh, GRID_PRICE), cost(generator_wh, GENERATOR_PRICE))
    numbers = w.entry_numbers()
    assert numbers == list(range(1, len(numbers) + 1))


def assert_told_once(w: World) -> None:
    """Each crossing and each change was told once: the tenant's alerts are a run of the full story."""
    kinds = [kind for kind in w.alert_kinds() if kind in ("low", "critical", "exhausted", "cut", "restored")]
    assert kinds == sorted(set(kinds), key=["low", "critical", "exhausted", "cut", "restored"].index)
    assert kinds[-3:] == ["exhausted", "cut", "restored"]


def _restored(w: World) -> bool:
    return any(wanted == "on" and progress in ("confirmed", "proven") for wanted, progress, _ in w.changes())
