"""Faults of what a device tells: no numbers, another device, the wrong tariff, counters that somebody reset."""

import pytest

from enforcer.simulator.faults import Fault
from prepaid.errors.wishes import WishRefused
from prepaid.records import BaseCause, Source, WishKind
from prepaid.switching import Supply
from sql.questions.analyzer_proposals import proposals_of
from tests.story.faults.neighbours import neighbours
from tests.story.world import until

STALE_S = 16.0
WRONG_SOURCE_S = 64.0
OLD = "What was used since is not taken off yet."


@pytest.mark.slow
def test_values_that_are_no_numbers_are_not_used_and_both_see_that(database_url: str) -> None:
    with neighbours(database_url) as house, house.enforced():
        with house.others_unaffected():
            house.simulator.fault(0, Fault.NAN)
            until(lambda: house.operator(0).link == "In doubt", "the operator sees it")
            live = house.tenant(0).live
            house.hurry(STALE_S)
            operator, tenant = house.operator(0), house.tenant(0)

            assert operator.trouble == "a counter is not a number, or outside its range"
            assert operator.supply == "On"
            assert (tenant.supply, tenant.sentences, tenant.power_w) == ("Supply is on", (), None)
            assert tenant.old.endswith(OLD)
        assert house.tenant(0).live == live
        house.simulator.fault(0, None)

        house.well_again(0)
        house.all_well()
        assert house.kinds(0) == []


@pytest.mark.slow
def test_two_devices_that_exchanged_their_addresses_are_named_and_neither_is_believed(database_url: str) -> None:
    with neighbours(database_url, victims=2) as house, house.enforced():
        names = [device.name for device in house.simulator.site.devices]
        with house.others_unaffected(victims=2):
            house.simulator.exchange(0, 1)
            until(lambda: house.kinds(0) == house.kinds(1) == ["wrong_device"], "the operator is alarmed")
            live = [house.tenant(number).live for number in (0, 1)]
            until(lambda: {house.tenant(number).power_w for number in (0, 1)} == {None}, "no power of the other one")
            assert house.tenant(0).old == "", "that is seen at once, not when the last good reading is old"
            with pytest.raises(WishRefused, match="not commissioned"):
                house.wish(0, WishKind.CUT)
            house.hurry(STALE_S)
            for number in (0, 1):
                operator, tenant, [alarm] = house.operator(number), house.tenant(number), house.alarms(number)

                assert operator.link == "Wrong device"
                assert f"which belongs to {names[1 - number]} of " in operator.trouble
                assert alarm.why == operator.trouble
                assert (tenant.power_w, tenant.live) == (None, live[number])
                assert tenant.old.endswith(OLD)
                assert (operator.supply, tenant.supply) == ("On", "Supply is on")
        house.simulator.exchange(0, 1)

        house.well_again(0)
        house.wish(0, WishKind.CUT)
        until(lambda: house.changes(0) == [("cut", "proven", "current")], "a wish is carried out where it is meant")
        assert house.simulator.connected(1)
        house.wish(0, WishKind.RESTORE)
        house.all_well()
        assert house.kinds(0) == ["wrong_device", "cut", "restored"]
        assert house.kinds(1) == ["wrong_device"]


@pytest.mark.slow
def test_an_analyzer_that_counts_for_the_wrong_source_is_told_with_the_energy_at_stake(database_url: str) -> None:
    with neighbours(database_url) as house, house.enforced():
        with house.others_unaffected():
            house.simulator.run_generator(0, runs=True)
            until(lambda: house.operator(0).source is Source.GENERATOR, "the operator sees what it counts for")
            house.hurry(WRONG_SOURCE_S)
            until(lambda: house.kinds(0) == ["wrong_source"], "the operator is alarmed")
            [alarm], tenant = house.alarms(0), house.tenant(0)

            assert alarm.why.startswith("it counts for generator, the site runs on grid; ")
            assert not alarm.why.endswith("; 0 Wh so far")
            assert (house.operator(0).link, house.operator(0).trouble) == ("Answering", "")
            assert (tenant.supply, tenant.sentences, tenant.old) == ("Supply is on", (), "")
            until(lambda: house.tenant(0).source == "Generator", "the tenant sees at which price it is charged")
        house.simulator.run_generator(0, runs=False)

        until(lambda: house.alarms(0)[0].over, "the alarm is over")
        house.all_well()
        assert house.kinds(0) == ["wrong_source"]
        assert house.used_wh(0)[1] > 0


@pytest.mark.slow
def test_counters_that_somebody_reset_go_on_from_zero_and_a_person_judges_what_is_unknown(database_url: str) -> None:
    with neighbours(database_url) as house, house.enforced():
        until(lambda: house.used_wh(0)[0] > 5, "some energy is counted")
        with house.others_unaffected():
            before_wh = house.used_wh(0)[0]
            house.simulator.fault(0, Fault.RESET_COUNTERS)
            until(lambda: house.used_wh(0)[0] > before_wh + 5, "energy goes on to be counted")
            operator, tenant = house.operator(0), house.tenant(0)
            with house.database.reading() as conn:
                [proposal] = proposals_of(conn, house.admin, house.analyzer_ids[0])

            assert (operator.link, operator.trouble, operator.supply) == ("Answering", "", "On")
            assert proposal.cause is BaseCause.RESET
            assert (tenant.supply, tenant.sentences, tenant.old) == ("Supply is on", (), "")
        assert house.supply(0) is Supply.ON
        assert house.kinds(0) == []

        house.well_again(0)
        house.all_well(first=1)
        lost_wh = sum(house.simulator.true_wh(0)) - sum(house.used_wh(0))
        assert -1 <= lost_wh <= house.simulator.site.devices[0].rated_power_w / 3600 * 2
