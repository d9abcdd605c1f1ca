"""The proof of what came after the last proof: it begins at proven heads, and believes none that was changed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from sql import check
from sql.check import Looked
from sql.proofs.proven import WRITER
from sql.tables import events, proofs
from tests.building import MORNING, Building
from tests.sql.right_books import Books
from tests.sql.statements import counting, listening, on_sql_server

BAKERY = 2
CHANGED = {"proof.start"}


@pytest.fixture
def proven(books: Books) -> Books:
    """Right books with nothing left to prove."""
    assert check.check(books.database, everything=True) == []
    return books


def looked_at(books: Books) -> list[str]:
    with books.database.reading() as conn:
        return list(conn.scalars(sa.select(proofs.c.scope).order_by(proofs.c.id)))


def test_the_first_proof_looks_at_everything_and_the_next_one_at_what_came_after_it(books: Books) -> None:
    check.check(books.database)

    assert looked_at(books) == [Looked.ALL, Looked.NEWEST]


def test_a_proof_is_an_event_of_its_own_chain(proven: Books) -> None:
    with proven.database.reading() as conn:
        told = conn.execute(sa.select(events).where(events.c.writer == WRITER)).all()

    assert [event.action for event in told] == ["books.proved", "books.proved"]
    assert (told[-1].after["entries"], told[-1].after["events"]) == (17, 5)


OLD = [
    f"UPDATE Entries SET balance_after = balance_after + 1 WHERE account_id = {BAKERY} AND entry_no = 3",
    f"UPDATE Entries SET kind = 'correction' WHERE account_id = {BAKERY} AND entry_no = 3",
    f"UPDATE Charges SET price_per_kwh = 1 WHERE account_id = {BAKERY} AND entry_no = 3",
    "UPDATE Hours SET grid_wh = grid_wh + 1",
    "UPDATE Events SET actor = 'nobody' WHERE writer = 'till-writer' AND event_no = 1",
]


@pytest.mark.parametrize("statement", OLD)
def test_what_was_proven_and_changed_afterwards_is_found_when_everything_is_looked_at(
    proven: Books, statement: str
) -> None:
    proven.tamper(statement)

    assert proven.names(everything=False) == set()
    assert proven.names(everything=True) != set()


# The whole ledger of an account written anew, so that nothing in it contradicts anything.
FORGED_LEDGER = (
    f"UPDATE Entries SET amount = amount + 7 WHERE account_id = {BAKERY} AND entry_no = 1",
    f"UPDATE Entries SET balance_after = balance_after + 7 WHERE account_id = {BAKERY}",
    f"UPDATE AccountHeads SET balance = balance + 7 WHERE account_id = {BAKERY}",
)
AT_THE_HEADS = [
    (FORGED_LEDGER, {"ledger.proven", "ledger.balance"}, {"ledger.proven"}),
    (
        (
            f"DELETE FROM Charges WHERE account_id = {BAKERY} AND entry_no = 8",
            f"DELETE FROM Allocations WHERE account_id = {BAKERY} AND entry_no = 8",
            f"DELETE FROM Entries WHERE account_id = {BAKERY} AND entry_no = 8",
            f"UPDATE AccountHeads SET entry_no = 7, balance = (SELECT balance_after FROM Entries WHERE entry_no = 7"
            f" AND account_id = {BAKERY}) WHERE account_id = {BAKERY}",
        ),
        {"ledger.proven", "ledger.numbers"},
        {"ledger.proven", "recharge.event"},
    ),
    (
        (
            "DELETE FROM Events WHERE writer = 'till-writer' AND event_no = 2",
            "UPDATE EventHeads SET event_no = 1, hash = (SELECT hash FROM Events WHERE writer = 'till-writer')"
            " WHERE writer = 'till-writer'",
        ),
        {"events.chain"},
        {"events.chain", "recharge.event"},
    ),
    (("UPDATE Events SET actor = 'x' WHERE writer = 'till-writer' AND event_no = 2",), {"events.chain"}, None),
    (("UPDATE Events SET hash = 'x' WHERE writer = 'till-writer' AND event_no = 2",), {"events.chain"}, None),
]


@pytest.mark.parametrize(("statements", "newest", "everything"), AT_THE_HEADS)
def test_a_ledger_or_chain_that_lost_its_proven_head_is_told_by_either_proof(
    proven: Books, statements: tuple[str, ...], newest: set[str], everything: set[str] | None
) -> None:
    proven.tamper(*statements)

    assert proven.names(everything=False) == newest
    assert proven.names(everything=True) == (newest if everything is None else everything)


STARTS = [
    f"UPDATE ProvenEntries SET balance = balance + 1 WHERE account_id = {BAKERY}",
    f"UPDATE ProvenEntries SET entry_no = entry_no - 1 WHERE account_id = {BAKERY}",
    f"DELETE FROM ProvenEntries WHERE account_id = {BAKERY}",
    "DELETE FROM ProvenEntries",
    "UPDATE ProvenEvents SET hash = 'x' WHERE writer = 'till-writer'",
    "UPDATE ProvenEvents SET event_no = 1 WHERE writer = 'till-writer'",
    "DELETE FROM ProvenEvents",
    "UPDATE Events SET after = '{}' WHERE writer = 'check' AND event_no = 2",
    "UPDATE Events SET action = 'x' WHERE writer = 'check' AND event_no = 2",
    "DELETE FROM Events WHERE writer = 'check' AND event_no = 2",
    "DELETE FROM Events WHERE writer = 'check'",
]


@pytest.mark.parametrize("statement", STARTS)
def test_a_starting_point_that_was_changed_is_told_and_everything_is_looked_at(proven: Books, statement: str) -> None:
    proven.tamper(statement, "UPDATE Hours SET grid_wh = grid_wh + 1 WHERE account_id = 2")

    found = proven.names(everything=False)

    assert found >= {"proof.start", "hours.sum"}
    assert looked_at(proven)[-1] == Looked.ALL


def test_a_starting_point_stays_as_it_is_until_a_person_has_looked(proven: Books) -> None:
    proven.tamper("DELETE FROM ProvenEvents")

    assert [proven.names(), proven.names()] == [CHANGED, CHANGED]
    seen = check.prove(proven.database, everything=True, attended=True)
    assert [breach.name for breach in seen.breaches] == ["proof.start"]
    assert proven.names(everything=False) == set()
    assert looked_at(proven)[-1] == Looked.NEWEST


def test_a_breach_stays_in_front_of_the_next_proof(books: Books) -> None:
    books.tamper(f"UPDATE Entries SET balance_after = balance_after + 1 WHERE account_id = {BAKERY} AND entry_no = 3")

    assert [books.names(everything=False), books.names(everything=False)] == [{"ledger.balance"}, {"ledger.balance"}]


def test_what_comes_after_a_proof_is_proven_and_then_behind_the_next_start(proven: Books) -> None:
    building = Building(proven.database, name="Annex", at=MORNING + timedelta(hours=40))
    kiosk = building.tenant("Kiosk", opening="5")
    begun = building.begin(building.analyzer("Kiosk", kiosk, serial_number="LQN/900"), grid_wh=9)
    building.charge(kiosk, begun.grid_id, 10, MORNING + timedelta(hours=41))
    building.recharge(kiosk, "3", "k1")
    after = check.check(proven.database)
    proven.tamper(f"UPDATE Entries SET amount = amount + 1 WHERE account_id = {kiosk.account_id} AND entry_no = 1")

    assert after == []
    assert proven.names(everything=False) == set()
    assert proven.names() == {"ledger.balance"}


def test_the_same_breach_has_the_same_finding_however_the_books_go_on(books: Books) -> None:
    building_of = {"bakery": books.bakery, "florist": books.florist}
    right = check.prove(books.database, everything=True)
    books.tamper(f"UPDATE AccountHeads SET balance = balance + 1 WHERE account_id = {BAKERY}")
    first = check.prove(books.database, everything=False)
    books.tamper(f"UPDATE AccountHeads SET balance = balance + 1 WHERE account_id = {BAKERY}")
    second = check.prove(books.database, everything=True)
    books.tamper("UPDATE Hours SET grid_wh = 1")
    third = check.prove(books.database, everything=True)

    assert building_of["bakery"].account_id == BAKERY
    assert right.finding == ""
    assert first.breaches[0].sentence != second.breaches[0].sentence
    assert first.finding == second.finding != third.finding


def test_every_question_of_either_proof_is_written_for_sql_server_too(proven: Books) -> None:
    with listening(proven.database) as heard:
        check.check(proven.database)
        check.check(proven.database, everything=True)

    assert len(heard) > 20
    assert all(on_sql_server(statement) for statement in heard.values())


def test_starting_points_are_written_behind_the_lock_of_the_chain_that_proves_them(proven: Books) -> None:
    with counting(proven.database) as said:
        check.check(proven.database)

    written = next(place for place, each in enumerate(said) if each.startswith("DELETE") and "ProvenEntries" in each)
    assert said[written - 1].startswith("SELECT") and "EventHeads" in said[written - 1]
