"""Faults of the link: the device cannot be read, and says why or does not."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from enforcer.simulator.faults import Fault
from tests.enforcer.simulator.raw import Raw
from tests.story.faults.neighbours import Neighbours, neighbours
from tests.story.world import until

LOST_S = 16.0
"""More than readings stay fresh."""
REFUSED = "refused register 1 with exception "
REASONS = {
    Fault.DEAD: "it refuses connections. Check power, cable, address and port",
    Fault.SLOW: "did not answer within 1.0 s. Check the network and the load",
    Fault.HALF_OPEN: "did not answer within 1.0 s. Check the network and the load",
    Fault.RESET_MID_FRAME: "closed the connection: in the middle of the work",
    Fault.WRONG_TRANSACTION: "it carries another transaction number",
    Fault.EXCEPTION_1: f"{REFUSED}1: it does not know the function",
    Fault.EXCEPTION_2: f"{REFUSED}2: it has no such registers",
    Fault.EXCEPTION_3: f"{REFUSED}3: it does not take such a question",
    Fault.EXCEPTIONS: f"{REFUSED}4: it failed",
    Fault.EXCEPTION_6: f"{REFUSED}6: it is busy",
    Fault.EXCEPTION_11: "with exception 11: nobody answers behind the gateway",
}
"""What the operator reads of each; all of them at once, so that waiting is shared."""


def _is_told_to_be_lost(house: Neighbours, number: int, sentence: str) -> None:
    """What both see of a supply that cannot be read."""
    until(lambda: sentence in house.operator(number).trouble, f"the operator reads: {sentence}")
    until(lambda: house.kinds(number) == ["analyzer_lost"], "the operator is alarmed")
    operator, [alarm] = house.operator(number), house.alarms(number)
    assert operator.link.startswith("Silent for ")
    assert sentence in alarm.why
    assert alarm.happened.endswith("does not answer any more.")
    assert (operator.supply, operator.source) == ("On", None)
    tenant = house.tenant(number)
    assert (tenant.supply, tenant.sentences, tenant.power_w) == ("Supply is on", (), None)
    assert tenant.old.startswith("These numbers are of ")
    assert tenant.old.endswith("What was used since is not taken off yet.")


def _is_told_to_be_back(house: Neighbours, number: int) -> None:
    house.well_again(number)
    until(lambda: house.kinds(number) == ["analyzer_lost", "analyzer_back"], "the operator is told once")
    assert house.alarms(number)[0].over


@pytest.mark.slow
def test_what_cannot_be_read_is_told_once_with_its_reason_and_the_others_do_not_notice(
    database_url: str, subtests: pytest.Subtests
) -> None:
    rows = list(enumerate(REASONS.items()))
    with neighbours(database_url, victims=len(rows)) as house, house.enforced():
        with house.others_unaffected(victims=len(rows)):
            for number, (fault, _sentence) in rows:
                house.simulator.fault(number, fault)
            until(lambda: all(house.failures(number) for number, _ in rows), "each of them is noticed")
            live = [house.tenant(number).live for number, _ in rows]
            house.hurry(LOST_S)
            for number, (fault, sentence) in rows:
                with subtests.test(fault.value):
                    _is_told_to_be_lost(house, number, sentence)
            house.look_at_links()
            for number, (fault, _sentence) in rows:
                with subtests.test(f"{fault}: no storm"):
                    assert house.kinds(number) == ["analyzer_lost"]
        for number, (fault, _sentence) in rows:
            with subtests.test(f"{fault}: the balance"):
                assert house.tenant(number).live == live[number]
            house.simulator.fault(number, None)

        for number, (fault, _sentence) in rows:
            with subtests.test(f"{fault} is over"):
                _is_told_to_be_back(house, number)
        house.all_well()


@pytest.mark.slow
def test_a_device_whose_three_connections_are_taken_is_told_as_that(database_url: str) -> None:
    with neighbours(database_url) as house:
        with house.enforced():
            live = house.tenant(0).live
        with _three_connections(house.simulator.address(0)), house.run_again():
            with house.others_unaffected():
                until(lambda: house.failures(0) > 0, "it is noticed")
                house.hurry(LOST_S)
                _is_told_to_be_lost(house, 0, "its 3 connections are taken. Close other programs that read it.")
            assert house.tenant(0).live <= live
        with house.run_again():
            _is_told_to_be_back(house, 0)
            house.all_well()


@contextmanager
def _three_connections(address: tuple[str, int]) -> Iterator[None]:
    """Three programs of somebody else read the device."""
    with ExitStack() as stack:
        for program in [stack.enter_context(Raw(address)) for _ in range(3)]:
            program.read(207, 2)
        yield
