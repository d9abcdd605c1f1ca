"""The alert of a proof: once for the same findings, standing until all of history is right again."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.records import Role
from sql import check
from sql.check import Proof
from sql.proof_alarm import EVERYTHING_EVERY, everything_is_due, tell_proof
from sql.tables import alerts, events, messages, users
from tests.building import MORNING
from tests.sql.right_books import Books

BAKERY = 2
WRONG = f"UPDATE AccountHeads SET balance = balance + 1 WHERE account_id = {BAKERY}"
RIGHT = f"UPDATE AccountHeads SET balance = balance - 1 WHERE account_id = {BAKERY}"
WORSE = "UPDATE Hours SET grid_wh = grid_wh + 1"
PROVED_AT = MORNING + timedelta(hours=30)
"""Where the clock of the books stands."""


@pytest.fixture
def watched(books: Books) -> Books:
    """Right books of a site with an administrator."""
    with books.database.writing() as conn:
        admin = {"user_name": "admin", "display_name": "Admin", "email": "admin@here.example", "language": "en"}
        conn.execute(users.insert().values(role=Role.ADMIN, password_hash="-", created_at=MORNING, **admin))
    return books


def night(books: Books, *, everything: bool = True, at: datetime = PROVED_AT) -> tuple[bool, Proof]:
    """A proof and what is told of it."""
    proof = check.prove(books.database, everything=everything)
    with books.database.writing() as conn:
        return tell_proof(conn, 1, "enforcer:1", proof, at), proof


def standing(books: Books) -> list[str]:
    with books.database.reading() as conn:
        question = sa.select(alerts.c.details).where(
            alerts.c.kind == AlertKind.BOOKS_WRONG, alerts.c.ended_at.is_(None)
        )
        return [details["why"] for details in conn.scalars(question)]


def mailed(books: Books) -> int:
    with books.database.reading() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(messages)).scalar_one()


def test_right_books_tell_nobody(watched: Books) -> None:
    before = mailed(watched)

    assert night(watched)[0] is False
    assert (standing(watched), mailed(watched)) == ([], before)


def test_a_breach_is_told_once_with_its_sentence_its_mail_and_its_event(watched: Books) -> None:
    before = mailed(watched)
    watched.tamper(WRONG)

    told = [night(watched, at=PROVED_AT + timedelta(days=day))[0] for day in range(3)]

    assert told == [True, False, False]
    assert standing(watched) == ["The head of account A00001 says 59.0968501, its last entry 59.0968500."]
    assert mailed(watched) == before + 1
    with watched.database.reading() as conn:
        assert len(conn.execute(sa.select(events).where(events.c.action == "alert.books_wrong")).all()) == 1


def test_further_breaches_are_told_anew_in_place_of_the_first_ones(watched: Books) -> None:
    watched.tamper(WRONG)
    night(watched)
    watched.tamper(WORSE)

    told, proof = night(watched, at=PROVED_AT + timedelta(days=1))

    assert told is True
    assert [len(proof.breaches), len(standing(watched))] == [4, 1]


def test_only_a_proof_of_everything_ends_the_alert(watched: Books) -> None:
    watched.tamper(WRONG)
    night(watched)
    watched.tamper(RIGHT)

    night(watched, everything=False)
    still = standing(watched)
    night(watched, everything=True)

    assert len(still) == 1
    assert standing(watched) == []


def test_the_same_breach_is_told_again_when_it_comes_back(watched: Books) -> None:
    told = []
    for day, statement in enumerate((WRONG, RIGHT, WRONG)):
        watched.tamper(statement)
        told.append(night(watched, at=PROVED_AT + timedelta(days=day))[0])

    assert told == [True, False, True]


def test_everything_is_proved_every_week_and_as_long_as_something_is_wrong(watched: Books) -> None:
    def due(at: datetime) -> bool:
        with watched.database.reading() as conn:
            return everything_is_due(conn, at)

    check.check(watched.database, everything=True)
    right = [due(PROVED_AT + EVERYTHING_EVERY - timedelta(seconds=1)), due(PROVED_AT + EVERYTHING_EVERY)]
    watched.tamper(WRONG)
    check.check(watched.database)

    assert right == [False, True]
    assert due(PROVED_AT) is True


def test_everything_is_due_where_nothing_was_ever_proved(watched: Books) -> None:
    watched.tamper("DELETE FROM Proofs")

    with watched.database.reading() as conn:
        assert everything_is_due(conn, PROVED_AT) is True


def test_many_breaches_make_a_short_mail(watched: Books) -> None:
    watched.tamper("UPDATE Entries SET balance_after = balance_after + entry_no", WORSE, WRONG)

    night(watched)

    assert standing(watched)[0].endswith(" ...")
    assert len(standing(watched)[0]) < 1000
