"""The proof of the books: silent on right ones, and a sentence for every kind of tampering by raw SQL."""

import argparse
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from prepaid.records import EntryKind
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Evidence, Look, Progress
from sql import check
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.events import Event, record
from sql.proofs.books import prove_books
from sql.proofs.breach import MOST_TOLD, Scope
from sql.proofs.chains import prove_chains
from sql.proofs.changes import prove_changes
from sql.supply import save_change, start_change
from sql.tables import proofs
from tests.building import MORNING, Building, Person

WRITER = "enforcer:1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Books:
    """A database with right books, and the way to tamper with them."""

    database: Database
    bakery: Person
    florist: Person
    grid_base_id: int
    change_id: int

    def tamper(self, *statements: str) -> None:
        """Does what the database's own rules would forbid."""
        path = self.database.url.database
        assert path is not None, "tampering needs a file"
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA ignore_check_constraints=ON")
            for statement in statements:
                raw.execute(statement)
            raw.commit()

    def names(self, *, everything: bool = True) -> set[str]:
        return {breach.name for breach in check.check(self.database, everything)}


@pytest.fixture(scope="module")
def right_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Books]:
    """Two tenants who recharge and consume on both sources, a handover of one analyzer, a cut with alert and event."""
    path = tmp_path_factory.mktemp("books") / "right.db"
    shutil.copyfile(migrated_file, path)
    database = _opened(path)
    building = Building(database)
    bakery, florist = building.tenant("Bakery", opening="50"), building.tenant("Florist")
    oven, shop = building.analyzer("Oven", bakery), building.analyzer("Shop", florist)
    ovens, shops = building.begin(oven, grid_wh=1_000_000), building.begin(shop, grid_wh=77)
    for hour in range(1, 7):
        at = MORNING + timedelta(hours=hour)
        building.charge(bakery, ovens.grid_id, 1_000 + hour, at)
        building.charge(florist, shops.generator_id if hour % 3 == 0 else shops.grid_id, 300, at)
    building.recharge(bakery, "10", "r1")
    building.recharge(florist, "25.5", "r2")
    building.post(florist, EntryKind.FEE, "-1.25")
    building.charge(florist, ovens.grid_id, 500, MORNING + timedelta(hours=7))
    building.use(shops.grid_id, 40, MORNING + timedelta(hours=7))
    change_id = _cut(building, bakery, oven)
    database.close()
    return path, Books(
        database=database, bakery=bakery, florist=florist, grid_base_id=ovens.grid_id, change_id=change_id
    )


@pytest.fixture
def books(right_file: tuple[Path, Books], migrated_server: str | None, tmp_path: Path) -> Iterator[Books]:
    """Right books in a file of their own, to be tampered with."""
    if migrated_server is not None:
        pytest.skip("rows are tampered with in an SQLite file")
    path, right = right_file
    copy = tmp_path / "books.db"
    shutil.copyfile(path, copy)
    database = _opened(copy)
    yield replace(right, database=database)
    database.close()


def _opened(path: Path) -> Database:
    return Database(f"sqlite:///{path.as_posix()}", ManualClock(wall=MORNING + timedelta(hours=30)))


def _cut(building: Building, person: Person, analyzer_id: int) -> int:
    """A supply change as the enforcer writes it: confirmed, with its alert and its event."""
    at = MORNING + timedelta(hours=26)
    with building.database.writing() as conn:
        change = start_change(
            conn,
            site_id=building.site_id,
            analyzer_id=analyzer_id,
            account_id=person.account_id,
            serial_number="LQN/1",
            decision=Decision(Answer.CUT, Reason.OUT_OF_CREDIT),
            live=Decimal(-1),
            entry_no=3,
            wish_id=None,
            before=Look(1, 0, (0.0, 0.0, 0.0), (230.0, 230.0, 230.0)),
            at=at,
        )
        save_change(conn, replace(change, progress=Progress.CONFIRMED), at=at, evidence=Evidence.NO_LOAD, ended=True)
        alert = NewAlert(
            site_id=building.site_id,
            kind=AlertKind.CUT,
            cause=f"supply:{change.change_id}",
            account_id=person.account_id,
            analyzer_id=analyzer_id,
            details={},
        )
        raise_alert(conn, alert, at)
        told = Event(
            action="supply.cut.confirmed",
            actor="enforcer",
            subject=f"analyzer:{analyzer_id}",
            site_id=building.site_id,
            after={"change_id": change.change_id},
        )
        started = Event(action="enforcer.started", actor="enforcer", subject="site:1", site_id=building.site_id)
        record(conn, WRITER, [started, told], at)
    return change.change_id


def test_right_books_have_no_breach(books: Books) -> None:
    assert check.check(books.database) == []
    assert check.check(books.database, everything=True) == []


BAKERY, FLORIST = 2, 3  # the house account is the first one
ENTRY = f"account_id = {BAKERY} AND entry_no = 3"
RECHARGE = f"account_id = {BAKERY} AND entry_no = 8"
# What somebody does to the rows, and the proofs that must speak of it (with and without --everything).
TAMPERING = [
    (f"UPDATE Entries SET amount = amount + 1 WHERE {ENTRY}", {"ledger.balance", "ledger.detail"}),
    (f"UPDATE Entries SET balance_after = balance_after + 1 WHERE {ENTRY}", {"ledger.balance"}),
    (f"UPDATE AccountHeads SET balance = balance + 1 WHERE account_id = {BAKERY}", {"ledger.head"}),
    ("UPDATE AccountHeads SET balance = 1 WHERE account_id = 1", {"ledger.head"}),
    (f"UPDATE AccountHeads SET entry_no = entry_no + 1 WHERE account_id = {BAKERY}", {"ledger.numbers"}),
    (f"UPDATE AccountHeads SET entry_no = entry_no - 1 WHERE account_id = {BAKERY}", {"ledger.numbers", "ledger.head"}),
    (f"DELETE FROM AccountHeads WHERE account_id = {BAKERY}", {"ledger.numbers"}),
    (f"DELETE FROM Entries WHERE {ENTRY}", {"ledger.numbers", "ledger.balance"}),
    (f"UPDATE Entries SET entry_no = 99 WHERE {ENTRY}", {"ledger.numbers", "ledger.balance", "ledger.detail"}),
    (f"DELETE FROM Entries WHERE {RECHARGE}", {"ledger.numbers", "ledger.recharge"}),
    (f"UPDATE Entries SET kind = 'correction' WHERE {ENTRY}", {"ledger.detail", "ledger.correction"}),
    (f"UPDATE Entries SET kind = 'charge' WHERE {RECHARGE}", {"ledger.detail"}),
    (f"DELETE FROM Allocations WHERE {RECHARGE}", {"ledger.detail"}),
    (f"UPDATE Allocations SET amount = amount + 1 WHERE {RECHARGE}", {"ledger.detail"}),
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
    ("DELETE FROM Alerts", {"supply.alert"}),
    ("UPDATE Alerts SET kind = 'low'", {"supply.alert"}),
    ("UPDATE Alerts SET cause = 'supply:77'", {"supply.alert", "supply.cause"}),
    ("UPDATE SupplyChanges SET confirmed_at = NULL", {"supply.cause", "supply.event"}),
    ("DELETE FROM SupplyChanges", {"supply.cause", "supply.event"}),
    ("UPDATE Events SET action = 'x' WHERE action = 'supply.cut.confirmed'", {"supply.event", "events.chain"}),
    ("UPDATE Events SET after = '{}' WHERE action = 'supply.cut.confirmed'", {"supply.event", "events.chain"}),
    ("UPDATE Events SET actor = 'nobody' WHERE writer = 'enforcer:1' AND event_no = 1", {"events.chain"}),
    ("UPDATE Events SET after = 'no json' WHERE writer = 'till-writer' AND event_no = 1", {"events.chain"}),
    ("UPDATE Events SET happened_at = happened_at + 1 WHERE writer = 'till-writer' AND event_no = 2", {"events.chain"}),
    ("DELETE FROM Events WHERE writer = 'till-writer' AND event_no = 1", {"events.chain"}),
    ("DELETE FROM Events WHERE writer = 'till-writer' AND event_no = 2", {"events.chain"}),
    ("DELETE FROM Events WHERE writer = 'till-writer'", {"events.chain"}),
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


@pytest.mark.parametrize(("statement", "names"), TAMPERING)
def test_tampering_with_a_row_is_told(books: Books, statement: str, names: set[str]) -> None:
    books.tamper(statement)

    assert books.names(everything=False) == names
    assert books.names(everything=True) - {"hours.sum"} == names


@pytest.mark.parametrize(("statement", "names"), SUMS)
def test_hours_that_are_not_the_sum_of_their_charges_are_told(books: Books, statement: str, names: set[str]) -> None:
    books.tamper(statement)

    assert books.names(everything=False) == set()
    assert books.names(everything=True) == names


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


def test_what_happened_long_ago_is_looked_at_only_when_asked_for(books: Books) -> None:
    """Entries beyond the newest ones of an account are believed; all of history is not."""
    old = Scope(since=None, newest=3)
    books.tamper(f"UPDATE Entries SET balance_after = balance_after + 1 WHERE {ENTRY}")

    with books.database.reading() as conn:
        newest = list(prove_books(conn, replace(old, since=MORNING)))
        everything = list(prove_books(conn, old))

    assert newest == []
    assert [breach.name for breach in everything] == ["ledger.balance"]


def test_events_of_long_ago_are_believed_too(books: Books) -> None:
    newest, everything = Scope(since=MORNING, newest=1), Scope(since=None, newest=1)
    books.tamper("UPDATE Events SET actor = 'nobody' WHERE writer = 'till-writer' AND event_no = 1")

    with books.database.reading() as conn:
        assert list(prove_chains(conn, newest)) == []
        assert len(list(prove_chains(conn, everything))) == 1


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
    code = check.main(books.database, argparse.Namespace(everything=False))

    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith("All invariants hold: 17 entries, 4 bases and 4 events in ")
    assert "python -m sql check --everything" in said
    with books.database.reading() as conn:
        kept = conn.execute(sa.select(proofs)).one()
    assert (kept.scope, kept.breaches, kept.findings["entries"]) == ("newest", 0, 17)


def test_the_command_says_each_breach_and_ends_with_one(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    books.tamper("DELETE FROM Alerts", "DELETE FROM Hours WHERE account_id = 2")

    code = check.main(books.database, argparse.Namespace(everything=True))

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split(":")[0] for line in lines[:2]] == ["1 hours.sum", "6 supply.alert"]
    assert lines[2].startswith("2 breaches in 17 entries")
    with books.database.reading() as conn:
        kept = conn.execute(sa.select(proofs)).one()
    assert (kept.scope, kept.breaches, len(kept.findings["breaches"])) == ("everything", 2, 2)
