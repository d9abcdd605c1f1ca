"""Whether an account can be enforced: the rule alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.going_live import Metered, Obstacle, obstacles_of
from prepaid.links import Presence
from prepaid.records import Stage, Wiring

GOOD = Metered(name="Oven", wiring=Wiring.HELD_ON_CUT, commissioned=True, presence=Presence.ANSWERING)
METERED = st.builds(
    Metered,
    name=st.just("Oven"),
    wiring=st.sampled_from(Wiring),
    commissioned=st.booleans(),
    presence=st.sampled_from(Presence),
)


def test_a_tested_analyzer_that_answers_and_a_contact_are_enough() -> None:
    assert obstacles_of(Stage.OBSERVED, [GOOD], waiting=0, told=1) == ()
    assert obstacles_of(Stage.WARNED, [GOOD], waiting=0, told=1) == ()


@pytest.mark.parametrize(
    ("stage", "analyzers", "waiting", "told", "found"),
    [
        (Stage.DRAFT, [GOOD], 0, 1, (Obstacle.DRAFT,)),
        (Stage.OBSERVED, [], 0, 1, (Obstacle.NO_ANALYZER,)),
        (Stage.OBSERVED, [], 1, 1, (Obstacle.WAITING,)),
        (Stage.OBSERVED, [GOOD], 1, 0, (Obstacle.WAITING, Obstacle.NOBODY_TOLD)),
    ],
)
def test_what_is_missing_is_found_in_the_order_in_which_it_is_mended(
    stage: Stage, analyzers: list[Metered], waiting: int, told: int, found: tuple[Obstacle, ...]
) -> None:
    assert obstacles_of(stage, analyzers, waiting=waiting, told=told) == found


@given(st.lists(METERED, min_size=1, max_size=4))
def test_one_analyzer_that_is_not_right_is_enough_to_wait(analyzers: list[Metered]) -> None:
    right = all(
        each.wiring is not Wiring.NONE and each.commissioned and each.presence is Presence.ANSWERING
        for each in analyzers
    )

    assert (obstacles_of(Stage.OBSERVED, analyzers, waiting=0, told=1) == ()) is right
