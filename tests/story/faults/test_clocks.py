"""The clock of the machine steps: it is doubted, told, and followed; nobody pays or loses for it."""

from datetime import timedelta

import pytest

from prepaid.records import WishKind
from prepaid.switching import Supply
from tests.story.faults.neighbours import PROMISED_CUT_S, neighbours
from tests.story.world import until


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_steps_is_an_alarm_until_it_is_followed_and_nothing_else_happens(
    database_url: str, hours: int
) -> None:
    with neighbours(database_url) as house, house.enforced():
        house.clock.offset += timedelta(hours=hours)
        until(lambda: house.kinds(None) == ["clock"], "the operator is alarmed")
        house.wish(house.last, WishKind.CUT)
        took_s = until(lambda: house.supply(house.last) is Supply.CUT, "a wish of a person is carried out")
        until(lambda: house.alarms(None)[0].over, "the clock is followed")

        assert took_s <= PROMISED_CUT_S
        assert house.kinds(None) == ["clock"]
        house.wish(house.last, WishKind.RESTORE)
        house.all_well()
        assert [house.kinds(number) for number in range(house.last)] == [[]] * house.last
