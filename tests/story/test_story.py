"""The story: credit runs out on the generator, the light goes off and that is proven, a recharge brings it back."""

from decimal import Decimal

from prepaid.records import Source
from prepaid.units import add, cost
from sql.check import check
from sql.connection import Database
from tests.story.world import GENERATOR_PRICE, GRID_PRICE, LOAD_W, World, until, world


def test_a_tenant_runs_out_of_credit_is_cut_with_proof_and_restored_by_a_recharge(database: Database) -> None:
    with world(database, credit="60") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")

        w.simulator.set_load(0, LOAD_W)
        until(lambda: w.live() < Decimal(40), "credit is used on grid")
        w.simulator.set_outage(True)
        until(lambda: w.used_wh(Source.GENERATOR) > 0, "the load is counted as generator")
        until(lambda: not w.connected(), "the contactor has opened")
        until(lambda: ("cut", "proven", "current") in w.changes(), "the cut is recorded as proven")
        until(lambda: len(w.mails()) >= 3, "the mails have arrived")

        assert w.alert_kinds()[-2:] == ["exhausted", "cut"]
        assert w.alert_kinds().count("low") == 1
        assert w.simulator.power_w(0) == 0.0
        cut_registers = [w.registered_wh(source) for source in Source]

        w.simulator.set_outage(False)
        w.building.recharge(w.tenant, "500", "second")
        until(w.connected, "the contactor has closed")
        until(lambda: ("on", "proven", "current") in w.changes(), "the restore is recorded as proven")
        until(lambda: "restored" in w.alert_kinds(), "the tenant is told")
        w.simulator.set_load(0, 0.0)
        until(w.settled, "the books have caught up with the device")
        until(lambda: sorted(w.mails()) == sorted(w.message_ids()), "every mail has arrived once")

        assert [w.registered_wh(source) for source in Source] >= cut_registers
        _assert_exact(w, Decimal("560"))
        assert check(database, everything=True) == []


def _assert_exact(w: World, paid: Decimal) -> None:
    """Ledger plus unbilled equals the device's register to the Wh and the price to the last digit."""
    spent = add(
        cost(w.registered_wh(Source.GRID), GRID_PRICE), cost(w.registered_wh(Source.GENERATOR), GENERATOR_PRICE)
    )
    assert w.live() == paid - spent
    numbers = w.entry_numbers()
    assert numbers == list(range(1, len(numbers) + 1))
