"""Alerts on a page: the words of their mails with everything filled in, whatever is known."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from documents.alert_sentences import AlertFacts, for_staff, for_tenant, why
from documents.formats import Formats
from prepaid.alerts import TENANT_KINDS, AlertKind

FORMATS = Formats("en", ZoneInfo("Asia/Baghdad"))
MONEY = {"live_balance": "-12.3456", "currency": "USD", "enforced": True}


@pytest.mark.parametrize("kind", AlertKind)
def test_every_alert_is_told_in_whole_sentences_whatever_is_known(kind: AlertKind) -> None:
    bare = AlertFacts(kind=kind, site="Corner House")
    full = AlertFacts(
        kind=kind,
        site="Corner House",
        tenant="Bakery",
        unit="G-01",
        account="A-0001",
        analyzer="Oven",
        until=datetime(2026, 1, 5, 8, tzinfo=UTC),
        details={**MONEY, "reason": "out_of_credit", "why": "no answer"},
    )

    for facts in (bare, full):
        texts = [for_staff(facts, FORMATS), *([for_tenant(facts, FORMATS)] if kind in TENANT_KINDS else [])]
        for text in texts:
            assert all(text)
            assert "{" not in "".join(text)


def test_the_names_and_the_credit_stand_in_the_sentences() -> None:
    facts = AlertFacts(kind=AlertKind.LOW, site="Corner House", tenant="Bakery", unit="G-01", details=MONEY)

    assert for_staff(facts, FORMATS).subject == "Bakery: credit low, -$12.35 left"
    assert for_tenant(facts, FORMATS).happened == "The electricity credit of G-01 is low: -$12.35 left."


def test_an_analyzer_that_is_gone_from_the_database_keeps_the_name_it_had() -> None:
    details = {"analyzer": "Oven", "why": "time-out"}
    facts = AlertFacts(kind=AlertKind.ANALYZER_LOST, site="Corner House", details=details)

    assert for_staff(facts, FORMATS).subject == "Analyzer Oven does not answer"
    assert why(facts) == "time-out"


def test_a_cut_by_a_lock_is_not_said_to_end_with_a_recharge() -> None:
    facts = AlertFacts(kind=AlertKind.CUT, site="Corner House", tenant="Bakery", details={**MONEY, "reason": "lock"})

    assert "No recharge ends it" in for_tenant(facts, FORMATS).next


def test_a_reason_that_this_program_does_not_know_is_left_out() -> None:
    facts = AlertFacts(kind=AlertKind.CUT, site="Corner House", details={**MONEY, "reason": "of another version"})

    assert for_staff(facts, FORMATS).happened
