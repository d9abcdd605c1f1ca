"""Statements as pages: every line, what is left or still to be paid, and names that cannot become markup."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest

from documents.statements import statement_page
from prepaid.records import EntryKind, Source
from prepaid.statements import CounterLine, MoneyLine, Statement, UsedLine

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
STATEMENT = Statement(
    site_name="Corner House",
    zone_name="Asia/Baghdad",
    tenant_name="Bakery <b>& Sons</b>",
    unit="G-01",
    number="A-0001",
    currency="USD",
    opened_at=AT,
    closed_at=AT,
    at=AT,
    counters=(
        CounterLine(
            analyzer="Oven", source=Source.GRID, from_at=AT, to_at=AT, from_wh=1_000_000, to_wh=1_500_000, wh=500_000
        ),
    ),
    used=(UsedLine(source=Source.GRID, price_per_kwh=Decimal("0.15"), wh=500_000, amount=Decimal(75)),),
    money=(
        MoneyLine(kind=EntryKind.ALLOCATION, number=3, amount=Decimal(100)),
        MoneyLine(kind=EntryKind.REFUND, number=1, amount=Decimal(-25)),
    ),
    balance=Decimal(0),
)


def text_of(page: str) -> str:
    """What is read on the page."""
    body = page[page.index("<body>") :]
    return " ".join(unescape(re.sub("<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def test_a_statement_says_what_was_used_paid_and_refunded() -> None:
    shown = text_of(statement_page(STATEMENT, "en"))

    assert "Statement of account A-0001" in shown
    assert "Grid $0.15/kWh 500.000 kWh $75.00" in shown
    assert "1,000.000 kWh" in shown
    assert "Recharge 3 $100.00" in shown
    assert "Refund 1 -$25.00" in shown
    assert "Electricity -$75.00" in shown
    assert "Left on the account: $0.00" in shown


def test_a_debt_is_still_to_be_paid() -> None:
    money = (MoneyLine(kind=EntryKind.ALLOCATION, number=1, amount=Decimal(70)),)
    indebted = replace(STATEMENT, money=money, balance=Decimal(-5))

    assert "Still to be paid: $5.00" in text_of(statement_page(indebted, "en"))


def test_an_account_that_used_nothing_has_no_empty_tables() -> None:
    money = (MoneyLine(kind=EntryKind.OPENING, number=1, amount=Decimal(5)),)
    unused = replace(STATEMENT, used=(), counters=(), money=money, balance=Decimal(5), closed_at=None)

    shown = text_of(statement_page(unused, "en"))

    assert "Counters" not in shown
    assert "Closed" not in shown
    assert "Left on the account: $5.00" in shown


def test_a_name_never_becomes_markup() -> None:
    assert "Bakery &lt;b&gt;&amp; Sons&lt;/b&gt;" in statement_page(STATEMENT, "en")


def test_lines_that_do_not_make_the_balance_are_our_mistake() -> None:
    with pytest.raises(AssertionError, match="balance"):
        statement_page(replace(STATEMENT, balance=Decimal(1)), "en")
