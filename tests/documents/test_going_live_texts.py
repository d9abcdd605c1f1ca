"""What prevents an account from going live is said in words, with the analyzers that are concerned."""

from documents.going_live_texts import OBSTACLES, obstacle_words
from prepaid.going_live import Metered, Obstacle
from prepaid.links import Presence
from prepaid.records import Wiring


def silent(name: str) -> Metered:
    return Metered(name=name, wiring=Wiring.HELD_ON_SUPPLY, commissioned=True, presence=Presence.SILENT)


def test_every_obstacle_has_a_sentence() -> None:
    assert set(OBSTACLES) == set(Obstacle)


def test_the_analyzers_that_are_concerned_are_named_but_not_without_end() -> None:
    analyzers = [silent(f"M{number}") for number in range(5)]

    told = obstacle_words([Obstacle.NOT_READ, Obstacle.NOBODY_TOLD], analyzers)

    assert told == "Not read now: M0, M1, M2, and 2 more; No contact has a mail address: nobody would be told"


def test_where_nothing_prevents_it_nothing_is_said() -> None:
    assert obstacle_words([], [silent("M")]) == ""
