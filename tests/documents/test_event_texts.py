"""The audit trail in words: every action that this product records has its sentence."""

import re
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from documents.event_texts import TEXTS, Change, actor_words, changes, event_sentence, subject_words
from documents.formats import Formats
from prepaid.alerts import AlertKind
from prepaid.commissioning import Outcome
from prepaid.supply import Answer
from prepaid.switching import Progress
from tests.house.lock import ROOT

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
CALLS = ("action=", r"note\(\s*", r"session_event\(\s*", r"_change\(act, user, ", r"_event\(site, each, ", r"_record\(")
RECORDED = re.compile(rf'(?:{"|".join(CALLS)})"([a-z_]+(?:\.[a-z_]+)+)"')
CREATED = re.compile(r'work\.(?:insert|note)\(\s*"([a-z_]+)"')
CONDITIONAL = {"supply.drifted", "supply.adopted"}
"""One call chooses between these two."""


def recorded_actions() -> set[str]:
    """Every action that is written down in the source of sql/ and enforcer/."""
    found = set(CONDITIONAL)
    for room in ("sql", "enforcer", "dashboard"):
        for path in (ROOT / room).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            found |= set(RECORDED.findall(source))
            found |= {f"{kind}.created" for kind in CREATED.findall(source)}
    steps = product((Answer.CUT, Answer.ON), (Progress.CONFIRMED, Progress.PROVEN))
    found |= {f"commissioning.{outcome}" for outcome in Outcome}
    return found | {f"supply.{wanted}.{done}" for wanted, done in steps}


def test_every_action_of_the_source_has_a_sentence_and_no_sentence_is_left_over() -> None:
    assert recorded_actions() == set(TEXTS)


@pytest.mark.parametrize("action", [*sorted(TEXTS), *(f"alert.{kind}" for kind in AlertKind)])
def test_every_sentence_is_whole_with_facts_and_without(action: str) -> None:
    for facts in ({}, {"amount": "5", "currency": "IQD", "kind": "cut", "reason": "lock", "until_at": "soon"}):
        said = event_sentence(action, facts, FORMATS)

        assert said
        assert said != action
        assert "{" not in said


def test_facts_are_told_as_people_read_them() -> None:
    sold = {"amount": "50000.0000000", "currency": "IQD"}
    asked = {"kind": "keep_on", "until_at": "2026-01-05T08:00:00.000+00:00", "reason": "a fair"}

    assert event_sentence("recharge.sold", sold, FORMATS) == "Sold a recharge of IQD\u00a050,000"
    assert event_sentence("wish.asked", asked, FORMATS) == (
        f"Asked the enforcer: Keep on, until {FORMATS.instant(datetime(2026, 1, 5, 8, tzinfo=UTC))}: a fair"
    )
    assert event_sentence("supply.cut.proven", {"reason": "out_of_credit"}, FORMATS) == (
        "Cut the supply, proven: Credit used up"
    )


def test_what_an_observed_account_would_have_been_told_is_told_as_that() -> None:
    assert event_sentence("alert.low", {}, FORMATS) == "Raised the alert: Credit is low"
    assert event_sentence("alert.low", {"would_have": True}, FORMATS) == "Would have raised the alert: Credit is low"


def test_what_another_version_wrote_is_shown_as_it_is() -> None:
    assert event_sentence("tariff.rolled", {"a": 1}, FORMATS) == "tariff.rolled"
    assert subject_words("tariff:3", None) == "tariff:3"


def test_people_and_parts_of_the_product_are_told_by_name() -> None:
    assert [actor_words(actor) for actor in ("user:sara", "enforcer")] == ["sara", "Enforcer"]
    assert subject_words("account:7", None) == "Account 7"
    assert subject_words("account:7", "Bakery") == "Bakery"


def test_changes_stand_from_what_to_what() -> None:
    before, after = {"name": "Bakery", "left_at": None}, {"name": "Bakery\n2", "phone": "1"}

    assert changes(before, after, FORMATS) == [
        Change("name", "Bakery", "Bakery 2"),
        Change("left_at", "–", ""),
        Change("phone", "", "1"),
    ]
    assert changes(None, None, FORMATS) == []
