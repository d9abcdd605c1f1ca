"""The proof of what entries name: silent on right ones, a sentence for each link that raw SQL makes wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from sql.connection import Database
from sql.proofs.breach import Scope
from sql.proofs.links import prove_links
from sql.tables import entries
from tests.building import MORNING
from tests.capabilities import Capability, require
from tests.sql.booked import Desk, desk_of
from tests.sql.statements import listening, on_sql_server

EVERYTHING = Scope(since=None)
BAKERY, FLORIST = 2, 3  # the house account is the first one


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """Entries of the bakery: 1 opening, 2 recharge, 3 its reversal, 4 fee, 5 its correction, 6 transfer; the florist
    has an opening and the other end."""
    require(database, Capability.FILE)
    made = desk_of(database)
    made.building.recharge(made.bakery, "50", "r")
    made.reverse(2, "a")
    made.fee("8", "b")
    made.correct(4, "3", "c")
    made.transfer("5", "d")
    yield made


def names(desk: Desk, scope: Scope = EVERYTHING) -> list[str]:
    with desk.database.reading() as conn:
        return [breach.name for breach in prove_links(conn, scope)]


def tamper(desk: Desk, *statements: str) -> None:
    path = desk.database.url.database
    assert path is not None, "tampering needs a file"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA ignore_check_constraints=ON")
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def test_right_links_have_no_breach(desk: Desk) -> None:
    assert names(desk) == []


def of_bakery(entry_no: int) -> str:
    return f"account_id = {BAKERY} AND entry_no = {entry_no}"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"UPDATE Entries SET corrects_entry_no = NULL WHERE {of_bakery(5)}", ["ledger.correction"]),
        (f"UPDATE Entries SET corrects_entry_no = 99 WHERE {of_bakery(5)}", ["ledger.correction"]),
        (f"UPDATE Entries SET corrects_entry_no = 5 WHERE {of_bakery(5)}", ["ledger.correction"]),
        (f"UPDATE Entries SET corrects_entry_no = 6 WHERE {of_bakery(5)}", ["ledger.correction"]),
        (f"UPDATE Entries SET corrects_entry_no = 1 WHERE {of_bakery(4)}", ["ledger.correction"]),
        (f"UPDATE Entries SET amount = 80000001 WHERE {of_bakery(5)}", ["ledger.correction"]),
        (f"UPDATE Entries SET amount = -amount WHERE {of_bakery(5)}", ["ledger.correction"]),
        (f"UPDATE Entries SET amount = amount + 1 WHERE {of_bakery(3)}", ["ledger.correction"]),
        (f"UPDATE Entries SET kind = 'fee' WHERE {of_bakery(2)}", ["ledger.correction"]),
        (f"UPDATE Entries SET amount = amount - 1 WHERE {of_bakery(6)}", ["ledger.transfer"] * 2),
        (f"UPDATE Entries SET amount = -amount WHERE {of_bakery(6)}", ["ledger.transfer"] * 2),
        (f"UPDATE Entries SET linked_entry_no = 1 WHERE {of_bakery(6)}", ["ledger.transfer"] * 2),
        (f"UPDATE Entries SET linked_entry_no = NULL WHERE {of_bakery(6)}", ["ledger.transfer"] * 2),
        (f"UPDATE Entries SET linked_account_id = {BAKERY} WHERE {of_bakery(6)}", ["ledger.transfer"] * 2),
        (f"UPDATE Entries SET kind = 'fee' WHERE {of_bakery(6)}", ["ledger.transfer", "ledger.booking"]),
        (f"UPDATE Entries SET cause = 'handover.late' WHERE {of_bakery(6)}", ["ledger.transfer"] * 2),
        (f"UPDATE Accounts SET currency = 'USD' WHERE id = {FLORIST}", ["ledger.transfer"] * 2),
        (f"UPDATE Entries SET linked_entry_no = 2 WHERE {of_bakery(4)}", ["ledger.booking"]),
        (f"UPDATE Entries SET kind = 'estimate' WHERE {of_bakery(1)}", ["ledger.booking"]),
        (f"UPDATE Entries SET kind = 'refund' WHERE {of_bakery(1)}", ["ledger.booking"]),
    ],
)
def test_a_link_that_does_not_fit_is_told(desk: Desk, statement: str, found: list[str]) -> None:
    tamper(desk, statement)

    assert names(desk) == found
    assert names(desk, Scope(since=MORNING - timedelta(days=400))) == found


def test_an_entry_that_is_corrected_twice_is_told(desk: Desk) -> None:
    tamper(
        desk,
        "DROP INDEX uq_Entries_corrects",
        "INSERT INTO Entries (account_id, entry_no, kind, amount, balance_after, posted_at, cause, actor,"
        " corrects_entry_no)"
        f" SELECT account_id, 7, kind, amount, balance_after, posted_at, cause, actor, 4 FROM Entries"
        f" WHERE {of_bakery(5)}",
    )

    found = names(desk)

    tamper(desk, f"DELETE FROM Entries WHERE {of_bakery(7)}")
    [corrected_once] = (index for index in entries.indexes if index.name == "uq_Entries_corrects")
    with desk.database.writing() as conn:
        corrected_once.create(conn)  # the file may be the one of the next test
    assert found == ["ledger.correction"]


def test_sql_server_understands_each_question(desk: Desk) -> None:
    with listening(desk.database) as heard:
        names(desk)
        names(desk, Scope(since=MORNING))

    assert all(on_sql_server(statement) for statement in heard.values())
