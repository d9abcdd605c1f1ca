"""The proof of the books: silent on right ones, and a sentence for every kind of tampering by raw SQL."""

import argparse
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.records import EntryKind
from sql import check
from sql.events import Event, record
from sql.ledger import AllocationDetail, Posting, post
from sql.proofs.breach import MOST_TOLD, Scope
from sql.proofs.changes import prove_changes
from sql.tables import events, proofs
from tests.building import MORNING
from tests.sql.right_books import Books


def test_right_books_have_no_breach(books: Books) -> None:
    assert check.check(books.database) == []
    assert check.check(books.database, everything=True) == []


BAKERY, FLORIST = 2, 3  # the house account is the first one
ENTRY = f"account_id = {BAKERY} AND entry_no = 3"
RECHARGE = f"account_id = {BAKERY} AND entry_no = 8"
# What somebody does to the rows, and the proofs that must speak of it (with and without --all).
TAMPERING = [
    (f"UPDATE Entries SET amount = amount + 1 WHERE {ENTRY}", {"ledger.balance", "ledger.detail"}),
    (f"UPDATE Entries SET balance_after = balance_after + 1 WHERE {ENTRY}", {"ledger.balance"}),
    (f"UPDATE AccountHeads SET balance = balance + 1 WHERE account_id = {BAKERY}", {"ledger.head"}),
    ("UPDATE AccountHeads SET balance = 1 WHERE account_id = 1", {"ledger.head"}),
    (f"UPDATE AccountHeads SET entry_no = entry_no + 1 WHERE account_id = {BAKERY}", {"ledger.numbers"}),
    (f"UPDATE AccountHeads SET entry_no = entry_no - 1 WHERE account_id = {BAKERY}", {"ledger.numbers", "ledger.head"}),
    (f"DELETE FROM AccountHeads WHERE account_id = {BAKERY}", {"ledger.numbers"}),
    (f"DELETE FROM Entries WHERE {ENTRY}", {"ledger.numbers", "ledger.balance", "supply.basis"}),
    (
        f"UPDATE Entries SET entry_no = 99 WHERE {ENTRY}",
        {"ledger.numbers", "ledger.balance", "ledger.detail", "supply.basis"},
    ),
    (f"DELETE FROM Entries WHERE {RECHARGE}", {"ledger.numbers", "ledger.recharge", "recharge.event"}),
    (f"UPDATE Entries SET kind = 'correction' WHERE {ENTRY}", {"ledger.detail", "ledger.correction"}),
    (f"UPDATE Entries SET kind = 'charge' WHERE {RECHARGE}", {"ledger.detail", "recharge.event"}),
    (f"DELETE FROM Allocations WHERE {RECHARGE}", {"ledger.detail", "recharge.event"}),
    (f"UPDATE Allocations SET amount = amount + 1 WHERE {RECHARGE}", {"ledger.detail", "recharge.event"}),
    (f"UPDATE Allocations SET key = 'other' WHERE {RECHARGE}", {"recharge.event"}),
    (f"UPDATE Allocations SET caller = 'other' WHERE {RECHARGE}", {"recharge.event"}),
    (f"UPDATE Allocations SET currency = 'EUR' WHERE {RECHARGE}", {"recharge.event"}),
    (f"UPDATE Charges SET amount = amount + 1 WHERE {ENTRY}", {"ledger.detail", "charges.amount"}),
    (f"UPDATE Charges SET price_per_kwh = 1 WHERE {ENTRY}", {"charges.amount"}),
    (f"UPDATE Charges SET wh = wh + 1 WHERE {ENTRY}", {"charges.amount"}),
    (f"UPDATE Charges SET from_wh = from_wh + 5 WHERE {ENTRY}", {"charges.amount", "charges.chain"}),
    (f"UPDATE Charges SET from_wh = from_wh + 5, to_wh = to_wh + 5 WHERE {ENTRY}", {"charges.chain"}),
    (f"DELETE FROM Charges WHERE {ENTRY}", {"ledger.detail", "charges.chain"}),
    (f"UPDATE Charges SET analyzer_id = 2 WHERE {ENTRY}", {"ledger.detail"}),
    (f"UPDATE Charges SET source = 'generator' WHERE {ENTRY}", {"ledger.detail"}),
    ("UPDATE Bases SET charged_wh = charged_wh + 1, highest_wh = highest_wh + 1 WHERE id = 1", {"charges.mark"}),
    ("UPDATE Bases SET charged_wh = charged_wh - 1 WHERE id = 1", {"charges.mark"}),
    ("UPDATE Bases SET charged_wh = opening_wh WHERE id = 1", {"charges.mark"}),
    ("UPDATE Bases SET opening_wh = opening_wh - 1 WHERE id = 1", {"charges.chain"}),
    ("UPDATE Bases SET highest_wh = charged_wh - 1 WHERE id = 1", {"charges.mark"}),
    ("UPDATE Bases SET closed_at = 1 WHERE id = 3", {"charges.mark"}),
    ("UPDATE SupplyChanges SET live_balance = 1", {"supply.limit"}),
    ("UPDATE SupplyChanges SET live_balance = 1, reason = 'still_out'", {"supply.limit"}),
    ("UPDATE SupplyChanges SET live_balance = 9000000000000, reason = 'recharged'", {"supply.basis"}),
    ("UPDATE SupplyChanges SET entry_no = 99", {"supply.basis"}),
    ("UPDATE SupplyChanges SET reason = 'lock'", {"supply.reason"}),
    ("UPDATE SupplyChanges SET reason = 'wish_cut'", {"supply.reason"}),
    ("UPDATE SupplyChanges SET progress = 'proven'", {"supply.proof"}),
    ("UPDATE SupplyChanges SET evidence = 'current'", {"supply.proof"}),
    ("UPDATE SupplyChanges SET evidence = 'none'", {"supply.proof"}),
    ("DELETE FROM Alerts", {"supply.alert"}),
    ("UPDATE Alerts SET kind = 'low'", {"supply.alert"}),
    ("UPDATE Alerts SET cause = 'supply:77'", {"supply.alert", "supply.cause"}),
    ("UPDATE SupplyChanges SET confirmed_at = NULL", {"supply.cause", "supply.event"}),
    ("DELETE FROM SupplyChanges", {"supply.cause", "supply.event"}),
    ("UPDATE Events SET action = 'x' WHERE action = 'supply.cut.confirmed'", {"supply.event", "events.chain"}),
    ("UPDATE Events SET after = '{}' WHERE action = 'supply.cut.confirmed'", {"supply.event", "events.chain"}),
    ("UPDATE Events SET actor = 'nobody' WHERE writer = 'enforcer:1' AND event_no = 1", {"events.chain"}),
    (
        "UPDATE Events SET after = 'no json' WHERE writer = 'till-writer' AND event_no = 1",
        {"events.chain", "recharge.event"},
    ),
    ("UPDATE Events SET happened_at = happened_at + 1 WHERE writer = 'till-writer' AND event_no = 2", {"events.chain"}),
    ("DELETE FROM Events WHERE writer = 'till-writer' AND event_no = 1", {"events.chain", "recharge.event"}),
    ("DELETE FROM Events WHERE writer = 'till-writer' AND event_no = 2", {"events.chain", "recharge.event"}),
    ("DELETE FROM Events WHERE writer = 'till-writer'", {"events.chain", "recharge.event"}),
    ("DELETE FROM EventHeads WHERE writer = 'till-writer'", {"events.chain"}),
    ("UPDATE EventHeads SET hash = 'x' WHERE writer = 'till-writer'", {"events.chain"}),
]
# Only all of history tells that hours are not the sum of their charges.
SUMS = [
    ("UPDATE Hours SET grid_wh = grid_wh + 1 WHERE account_id = 2", {"hours.sum"}),
    ("UPDATE Hours SET generator_amount = generator_amount - 1 WHERE account_id = 3", {"hours.sum"}),
    ("DELETE FROM Hours WHERE account_id = 2", {"hours.sum"}),
    ("UPDATE Hours SET account_id = 1 WHERE account_id = 2", {"hours.sum"}),
]


@pytest.mark.parametrize(
    ("statement", "names"),
    [pytest.param(*each, marks=[pytest.mark.slow] * bool(place % 3)) for place, each in enumerate(TAMPERING)],
)
def test_tampering_with_a_row_is_told(books: Books, statement: str, names: set[str]) -> None:
    books.tamper(statement)

    assert books.names(everything=False) == names
    assert books.names(everything=True) - {"hours.sum"} == names


@pytest.mark.parametrize(("statement", "names"), SUMS)
def test_hours_that_are_not_the_sum_of_their_charges_are_told(books: Books, statement: str, names: set[str]) -> None:
    books.tamper(statement)

    assert books.names(everything=False) == set()
    assert books.names(everything=True) == names


def test_a_recharge_that_two_events_tell_of_is_told(books: Books) -> None:
    """Booked once and recorded twice, in a chain that is unbroken: somebody counts it twice."""
    with books.database.writing() as conn:
        sold = conn.execute(sa.select(events).where(events.c.action == "recharge.sold")).first()
        assert sold is not None
        again = Event(action=sold.action, actor="x", subject=sold.subject, site_id=sold.site_id, after=sold.after)
        record(conn, "another till", [again], MORNING)

    found = check.check(books.database)

    assert [breach.name for breach in found] == ["recharge.event"]
    assert "tells of a recharge that another event had told of" in found[0].sentence


def test_a_recharge_without_an_event_is_told(books: Books) -> None:
    """Booked in perfect order by somebody who wrote no event."""
    detail = AllocationDetail(caller="till", key="forged", currency="IQD")
    forged = Posting(
        account_id=BAKERY, kind=EntryKind.ALLOCATION, amount=Decimal(9), cause="recharge", actor="x", allocation=detail
    )
    with books.database.writing() as conn:
        post(conn, [forged], MORNING)

    assert books.names(everything=False) == {"recharge.event"}
    assert books.names(everything=True) == {"recharge.event"}


def test_a_charge_posted_twice_is_told(books: Books) -> None:
    """Its range lies within another one's, and it was booked in perfect order."""
    with books.database.reading() as conn:
        number = conn.exec_driver_sql(f"SELECT entry_no FROM AccountHeads WHERE account_id = {BAKERY}").scalar_one()
    books.tamper(
        "INSERT INTO Entries (account_id, entry_no, kind, amount, balance_after, posted_at, cause, actor)"
        f" SELECT {BAKERY}, {number + 1}, 'charge', -1500, balance - 1500, posted_at, 'charge.hour', 'x'"
        f" FROM AccountHeads WHERE account_id = {BAKERY}",
        "INSERT INTO Charges (account_id, entry_no, analyzer_id, base_id, source, from_wh, to_wh, wh, plan_id,"
        " price_per_kwh, amount, period_from, period_to, posted_at, cause, spread)"
        f" SELECT {BAKERY}, {number + 1}, analyzer_id, base_id, source, from_wh + 3, from_wh + 4, 1, plan_id,"
        f" 1500, 1500, period_from, period_to, posted_at, cause, 0 FROM Charges WHERE {ENTRY}",
        f"UPDATE AccountHeads SET entry_no = entry_no + 1, balance = balance - 1500 WHERE account_id = {BAKERY}",
    )

    assert books.names(everything=False) == {"charges.chain"}


def test_a_change_at_the_edge_of_what_is_looked_at_is_no_breach(books: Books) -> None:
    """Confirmed before, proven behind the edge: the change itself is not among the newest ones."""
    cut_at = MORNING + timedelta(hours=26)
    books.tamper("UPDATE SupplyChanges SET confirmed_at = confirmed_at - 60000")

    with books.database.reading() as conn:
        assert list(prove_changes(conn, Scope(since=cut_at))) == []


def test_a_breach_is_a_sentence_that_names_the_place(books: Books) -> None:
    books.tamper(f"UPDATE AccountHeads SET balance = 0 WHERE account_id = {BAKERY}")

    [breach] = check.check(books.database)

    assert str(breach) == "2 ledger.head: The head of account A00001 says 0E-7, its last entry 59.0968500."
    assert breach.rows[0]["account"] == books.bakery.number


def test_many_breaches_of_one_kind_are_cut_short(books: Books) -> None:
    books.tamper("UPDATE Charges SET amount = amount + entry_no + 100 * account_id")

    found = check.check(books.database, everything=True)

    assert len([breach for breach in found if breach.name == "charges.amount"]) <= MOST_TOLD


def test_the_command_says_that_all_holds_and_keeps_the_proof(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    code = check.main(books.database, argparse.Namespace(all=False))

    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith("All invariants hold: 17 entries, 4 bases and 5 events in ")
    assert "python -m sql check --all" in said
    with books.database.reading() as conn:
        kept = conn.execute(sa.select(proofs).order_by(proofs.c.id.desc())).first()
    assert kept is not None
    assert (kept.scope, kept.breaches, kept.findings["entries"]) == ("newest", 0, 17)


def test_the_command_says_each_breach_and_ends_with_one(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    books.tamper("DELETE FROM Alerts", "DELETE FROM Hours WHERE account_id = 2")

    code = check.main(books.database, argparse.Namespace(all=True))

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split(":")[0] for line in lines[:2]] == ["1 hours.sum", "6 supply.alert"]
    assert lines[2].startswith("2 breaches in 17 entries")
    with books.database.reading() as conn:
        kept = conn.execute(sa.select(proofs).order_by(proofs.c.id.desc())).first()
    assert kept is not None
    assert (kept.scope, kept.breaches, len(kept.findings["breaches"])) == ("all", 2, 2)
