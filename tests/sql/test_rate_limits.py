"""Requests counted in the database: exactly, by many at once, in windows that end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from prepaid.clock import ManualClock
from sql.connection import Database
from sql.rate_limits import forget, hit, look
from sql.tables import rate_limits
from tests.people import People
from tests.sql.statements import listening, on_sql_server

MINUTE = timedelta(minutes=1)


def test_a_window_counts_until_it_ends_and_then_begins_anew(people: People, clock: ManualClock) -> None:
    database = people.database
    begun_at = clock.now()

    hits = [hit(database, "a", MINUTE).hits, hit(database, "a", MINUTE, 3).hits, hit(database, "b", MINUTE).hits]
    clock.advance(59.9)
    last = hit(database, "a", MINUTE)
    clock.advance(0.1)
    anew = hit(database, "a", MINUTE)

    assert hits == [1, 4, 1]
    assert (last.hits, last.ends_at, round(last.left_s, 1)) == (5, begun_at + MINUTE, 0.1)
    assert (anew.hits, anew.left_s) == (1, 60)


def test_many_at_once_are_all_counted(database: Database, database_url: str) -> None:
    others = [Database(database_url) for _process in range(3)]

    with ThreadPoolExecutor(len(others)) as pool:
        counts = [each.result().hits for each in [pool.submit(hit, others[n % 3], "a", MINUTE) for n in range(30)]]

    assert sorted(counts) == list(range(1, 31))
    for other in others:
        other.close()


def test_what_is_looked_at_is_not_counted_and_what_is_forgotten_is_gone(people: People) -> None:
    hit(people.database, "a", MINUTE)

    seen = [look(people.database, "a"), look(people.database, "a"), look(people.database, "b")]
    forget(people.database, "a")

    assert [None if each is None else each.hits for each in seen] == [1, 1, None]
    assert look(people.database, "a") is None


def test_subjects_that_do_not_come_back_are_forgotten(people: People, clock: ManualClock) -> None:
    for number in range(5):
        hit(people.database, f"gone:{number}", MINUTE)
    clock.advance(12 * 60)

    hit(people.database, "new", MINUTE)

    with people.database.reading() as conn:
        assert conn.scalars(sa.select(rate_limits.c.subject)).all() == ["new"]


def test_one_statement_counts_on_sql_server_too(people: People) -> None:
    hit(people.database, "a", MINUTE)

    with listening(people.database) as heard:
        hit(people.database, "a", MINUTE)

    (statement,) = heard.values()
    written = on_sql_server(statement)
    assert written.startswith("UPDATE ops.[RateLimits] SET")
    assert "OUTPUT inserted.hits, inserted.ends_at" in written
