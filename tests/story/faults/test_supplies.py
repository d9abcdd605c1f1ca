"""Faults between a decision and the light: only what the device itself shows is called confirmed, or proven."""

import pytest

from enforcer.simulator.faults import Fault
from prepaid.errors.wishes import WishRefused
from prepaid.records import Wiring, WishKind
from prepaid.switching import Progress, Supply
from tests.enforcer.simulator.raw import Raw
from tests.story.faults.neighbours import Neighbours, neighbours
from tests.story.world import until

TRIES_S = 12.0
"""Until the third try in vain."""
BYPASS_S = 64.0
"""Load while cut for 10 s, and three repeats."""
OUTPUT, ON, OFF = 60008, 0x0100, 0x0000
GOING = (
    "Supply is being switched off",
    ("The staff asked to switch it off. The electricity is being switched off now.",),
)
CUT_BY_STAFF = "Cut: the staff had it switched off, at most until "


def _is_cut_after_all(house: Neighbours, kinds: list[str]) -> None:
    """The fault is over: the cut comes about, both read it, and a wish of the staff restores it."""
    until(lambda: house.changes(0)[-1] == ("cut", "proven", "current"), "the cut is proven")
    assert not house.simulator.connected(0)
    assert house.operator(0).supply == "Cut"
    assert house.operator(0).proof == "proven by the current"
    until(lambda: house.tenant(0).supply.startswith("Supply is cut since "), "the tenant reads it")
    assert house.tenant(0).sentences[0].startswith(CUT_BY_STAFF)
    assert house.kinds(0) == kinds
    house.wish(0, WishKind.RESTORE)
    house.well_again(0)
    house.all_well()
    assert house.kinds(0) == [*kinds, "restored"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "progress", "why"),
    [
        pytest.param(
            Fault.REFUSE_WRITES,
            Progress.WANTED,
            "refused register 60008 with exception 2. Check the write protection and the IP filter of the device.",
            id="refuses writes only",
        ),
        pytest.param(
            Fault.IGNORE_WRITES,
            Progress.WRITTEN,
            "the write was answered, but the output did not follow",
            id="accepts the write and does nothing",
        ),
    ],
)
def test_a_cut_that_the_device_does_not_carry_out_is_never_called_a_cut(
    database_url: str, fault: Fault, progress: Progress, why: str
) -> None:
    with neighbours(database_url) as house, house.enforced():
        with house.others_unaffected():
            house.simulator.fault(0, fault)
            house.wish(0, WishKind.CUT)
            until(lambda: house.operator(0).progress is progress, "the cut is tried")
            house.hurry(TRIES_S)
            until(lambda: house.kinds(0) == ["cut_without_effect"], "the third try in vain is alarmed")
            operator, [alarm], tenant = house.operator(0), house.alarms(0), house.tenant(0)

            assert (operator.link, operator.supply, operator.progress) == ("Answering", "Being cut", progress)
            assert operator.why == "A person asked to cut it: it is being cut now."
            assert alarm.happened.endswith("did not confirm that the electricity is off.")
            assert alarm.why.endswith(why)
            assert (tenant.supply, tenant.sentences) == GOING
            assert house.simulator.connected(0)
            assert house.changes(0) == [("cut", progress.value, "none")]
        house.simulator.fault(0, None)
        house.hurry(TRIES_S)

        _is_cut_after_all(house, ["cut_without_effect", "cut"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [pytest.param(Fault.WELDED, id="welded contact"), pytest.param(Fault.WELDED_POLE, id="one pole welded")]
)
def test_load_that_flows_on_is_no_proof_and_the_tenant_is_not_told_to_be_cut(database_url: str, fault: Fault) -> None:
    with neighbours(database_url) as house, house.enforced():
        with house.others_unaffected():
            house.simulator.fault(0, fault)
            house.wish(0, WishKind.CUT)
            until(lambda: house.changes(0) == [("cut", "confirmed", "none")], "the output is off")
            until(lambda: house.operator(0).load_while_cut, "the operator sees that load flows")
            house.hurry(BYPASS_S)
            until(lambda: house.kinds(0) == ["cut", "bypass"], "the operator is alarmed")
            operator, tenant = house.operator(0), house.tenant(0)

            assert house.alarms(0)[1].happened.endswith("measures load although the supply is cut.")
            assert operator.proof == "confirmed, not proven"
            assert (tenant.supply, tenant.sentences) == GOING
            assert tenant.power_w is not None
            assert tenant.power_w > 0
            assert house.changes(0) == [("cut", "confirmed", "none")]
        used_wh = house.used_wh(0)[0]
        until(lambda: house.used_wh(0)[0] > used_wh, "what flows is charged")
        house.simulator.fault(0, None)

        _is_cut_after_all(house, ["cut", "bypass"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wiring", "drifts"),
    [
        pytest.param(Wiring.HELD_ON_SUPPLY, ["cut"], id="its contactor stays open"),
        pytest.param(Wiring.HELD_ON_CUT, ["cut", "drift", "cut"], id="its contactor closes"),
    ],
)
def test_a_device_that_restarts_after_the_cut_ends_cut(database_url: str, wiring: Wiring, drifts: list[str]) -> None:
    with neighbours(database_url, wiring=wiring) as house, house.enforced():
        with house.others_unaffected():
            house.wish(0, WishKind.CUT)
            until(lambda: house.changes(0) == [("cut", "proven", "current")], "it is cut")
            house.simulator.fault(0, Fault.RESTART)
            until(lambda: house.failures(0) > 0, "it is away")
            until(lambda: house.simulator.connected(0) is (wiring is Wiring.HELD_ON_CUT), "its output has gone off")
            until(lambda: house.operator(0).link == "Answering" and house.failures(0) == 0, "it is read again")
            until(lambda: not house.simulator.connected(0), "it is cut again")
            until(lambda: house.kinds(0) == drifts, "the operator is told what happened")

        _is_cut_after_all(house, drifts)


@pytest.mark.slow
def test_a_supply_with_a_lock_that_somebody_switches_on_is_cut_again_and_reported(database_url: str) -> None:
    with neighbours(database_url) as house, house.enforced():
        lock_id = house.building.lock(house.analyzer_ids[0])
        until(lambda: house.changes(0) == [("cut", "proven", "current")], "the lock has cut")
        with house.others_unaffected():
            _by_hand(house, ON)
            until(lambda: house.kinds(0) == ["cut", "drift", "cut"], "it is corrected and reported")
            until(lambda: not house.simulator.connected(0), "it is off")
            assert house.alarms(0)[1].happened.endswith("is not as it was left.")
            assert (
                house.operator(0).why == "Cut by a safety lock. Only its owner or an admin ends it; no recharge does."
            )
            until(lambda: house.tenant(0).supply.startswith("Supply is cut since "), "the tenant reads it")
            assert house.tenant(0).sentences[0].startswith("Cut: a safety lock keeps it off.")
        house.building.unlock(lock_id)

        house.well_again(0)
        house.all_well()
        assert house.kinds(0) == ["cut", "drift", "cut", "restored"]


@pytest.mark.slow
def test_a_supply_that_somebody_switched_off_is_not_switched_on_while_it_is_locked(database_url: str) -> None:
    with neighbours(database_url) as house, house.enforced():
        with house.others_unaffected():
            _by_hand(house, OFF)
            until(lambda: house.kinds(0) == ["drift"], "the operator is alarmed")
            lock_id = house.building.lock(house.analyzer_ids[0])
            until(lambda: house.supply(0) is Supply.CUT, "the lock finds it off")
            with pytest.raises(WishRefused):
                house.wish(0, WishKind.RESTORE)
            house.some_passes()

            assert not house.simulator.connected(0)
            assert house.changes(0) == []
            assert house.operator(0).supply == "Cut"
            assert house.tenant(0).sentences[0].startswith("Cut: a safety lock keeps it off.")
        house.building.unlock(lock_id)

        house.well_again(0)
        house.all_well()
        assert house.kinds(0) == ["drift", "restored"]


def _by_hand(house: Neighbours, value: int) -> None:
    """Somebody writes to the output with a tool of his own."""
    with Raw(house.simulator.address(0)) as tool:
        tool.command(OUTPUT, value)
