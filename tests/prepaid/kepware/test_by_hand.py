"""What a person says of tags that nobody recognises: one by one, or all of one name."""

from prepaid.kepware.by_hand import CHOICES_MOST, ByHand, Choice, choices, grouped, remembered, resolved, said
from prepaid.kepware.suggest import devices_of
from prepaid.kepware.tags import MappedTag

TAGS = ["PAC.Bar.Arbeit", "PAC.Bakery.Arbeit", "PAC.Bakery.diagnostics", "PAC.Bakery.Sonder"]
ALL = Choice("Arbeit", ("PAC.Bakery.Arbeit", "PAC.Bar.Arbeit"))
COUNTER = "import_tariff_1_wh"


def test_names_of_several_devices_are_offered_before_single_tags() -> None:
    found = choices(devices_of(TAGS), ())

    assert found == [
        ALL,
        Choice("PAC.Bakery.Arbeit", ("PAC.Bakery.Arbeit",)),
        Choice("PAC.Bakery.Sonder", ("PAC.Bakery.Sonder",)),
        Choice("PAC.Bar.Arbeit", ("PAC.Bar.Arbeit",)),
    ]


def test_what_was_said_is_not_offered_again() -> None:
    by_hand = said((), ALL, COUNTER, "kWh", None)

    assert [each.name for each in choices(devices_of(TAGS), by_hand)] == ["PAC.Bakery.Sonder"]


def test_no_more_are_offered_than_a_list_can_show() -> None:
    assert len(choices(devices_of(f"PAC.M{n}.x{n}" for n in range(2 * CHOICES_MOST)), ())) == CHOICES_MOST


def test_what_is_said_again_replaces_what_was_said() -> None:
    before = said((), ALL, COUNTER, "kWh", None)

    after = said(before, Choice("PAC.Bar.Arbeit", ("PAC.Bar.Arbeit",)), "power_w", "kW", 7)

    assert after == (
        ByHand("PAC.Bakery.Arbeit", COUNTER, "kWh"),
        ByHand("PAC.Bar.Arbeit", "power_w", "kW", 7),
    )


def test_tags_follow_the_analyzer_of_their_device_unless_another_one_was_named() -> None:
    by_hand = (*said((), ALL, COUNTER, "kWh", None), ByHand("PAC.Bakery.Sonder", "power_w", "W", 9))

    found = resolved(by_hand, {"PAC.Bakery": 1})

    assert found == {
        1: [MappedTag("PAC.Bakery.Arbeit", 1, COUNTER, "kWh")],
        9: [MappedTag("PAC.Bakery.Sonder", 9, "power_w", "W")],
    }


def test_what_is_saved_and_nobody_would_propose_was_said_by_somebody() -> None:
    own = MappedTag("PAC.Bakery.Arbeit", 1, COUNTER, "kWh")
    proposed = MappedTag("PAC.Bakery.diagnostics", 1, "diagnostics")
    elsewhere = MappedTag("PAC.Bakery.Sonder", 9, "power_w", "W")

    found = remembered([own, proposed, elsewhere], {proposed.tag: proposed}, {"PAC.Bakery": 1})

    assert found == (ByHand(own.tag, COUNTER, "kWh"), ByHand(elsewhere.tag, "power_w", "W", 9))


def test_what_was_said_at_once_is_shown_at_once() -> None:
    by_hand = (*said((), ALL, COUNTER, "kWh", None), ByHand("PAC.Bakery.Sonder", "power_w", "W", 9))

    assert {name: len(found) for name, found in grouped(by_hand).items()} == {
        ("Arbeit", COUNTER, "kWh"): 2,
        ("Sonder", "power_w", "W"): 1,
    }
