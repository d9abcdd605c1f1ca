"""What a recharge brings, in words: alike supplies in one sentence, and how much more is needed is enough."""

from dataclasses import replace
from decimal import Decimal

from documents.formats import Formats
from documents.recharge_texts import Tone, debt_words, effect_sentences, paid_by_words
from prepaid.calendar import zone
from prepaid.effects import Effects, effects
from prepaid.records import Stage
from prepaid.supply import Reason
from prepaid.tenancy import Policy
from tests.prepaid.test_effects import CUT, ON

WORDS = Formats("en", zone("Asia/Baghdad"))
ENFORCED = Policy(stage=Stage.ENFORCED, restore_threshold=Decimal("0.4"))


def sentences(found: Effects) -> list[tuple[Tone, str]]:
    return effect_sentences(found, "IQD", WORDS)


def test_alike_supplies_share_a_sentence_and_others_are_named() -> None:
    both = effects([CUT, replace(CUT, name="Cellar")], Decimal(9), ENFORCED)
    mixed = effects([CUT, replace(ON, name="Cellar")], Decimal(9), ENFORCED)

    assert sentences(both) == [(Tone.GOOD, "The supply will be restored, within about a minute.")]
    assert sentences(mixed) == [
        (Tone.GOOD, "Oven: will be restored, within about a minute."),
        (Tone.PLAIN, "Cellar: stays on."),
    ]


def test_what_is_missing_is_rounded_up_so_that_it_is_enough() -> None:
    told = sentences(effects([CUT], Decimal("-10.2"), ENFORCED))

    assert told[0] == (Tone.WARNING, "The supply stays cut: this is not enough.")
    assert "IQD\u00a011 in addition" in told[1][1]


def test_a_balance_just_at_the_threshold_needs_a_little_more() -> None:
    told = sentences(effects([CUT], Decimal("0.4"), ENFORCED))

    assert told[1][1] == "The balance must be a little higher for the supply to come back."


def test_what_was_not_cut_for_credit_says_why() -> None:
    told = sentences(effects([replace(CUT, reason=Reason.WISH_CUT)], Decimal(9), ENFORCED))

    assert told == [(Tone.WARNING, "The supply stays off: it was not cut for credit (Cut by the staff).")]


def test_without_an_analyzer_nothing_is_switched() -> None:
    assert sentences(effects([], Decimal(9), ENFORCED))[0][0] is Tone.PLAIN


def test_the_part_that_pays_a_debt_is_told_where_there_is_one_to_see() -> None:
    assert debt_words(Decimal(6), Decimal(30), "IQD", WORDS) == "IQD\u00a06 of it pays the debt"
    assert debt_words(Decimal(30), Decimal(30), "IQD", WORDS) == "All of it goes into the debt"
    assert debt_words(Decimal("0.4"), Decimal(30), "IQD", WORDS) == ""


def test_how_it_was_paid_is_told_and_a_word_of_a_program_stands_as_it_is() -> None:
    assert [paid_by_words(each) for each in ("cash", "voucher", None)] == ["Cash", "voucher", ""]
