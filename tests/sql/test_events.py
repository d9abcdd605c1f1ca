"""The audit trail: one chain per writer, each row with the hash of the one before, whatever the facts are."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prepaid.records import Source
from sql import check
from sql.connection import Database
from sql.events import FIRST_HASH, Event, chain_hash, record, version
from sql.tables import event_heads, events
from tests.building import MORNING, Building

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FACTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def event(action: str = "tested", after: Mapping[str, Any] | None = None, site_id: int | None = None) -> Event:
    return Event(action=action, actor="admin", subject="site:1", site_id=site_id, after=after)


def write(database: Database, writer: str, *happened: Event, at: datetime = MORNING) -> None:
    with database.writing() as conn:
        record(conn, writer, happened, at)


def rows_of(database: Database, writer: str) -> list[Mapping[str, Any]]:
    question = sa.select(events).where(events.c.writer == writer).order_by(events.c.event_no)
    with database.reading() as conn:
        return [dict(row) for row in conn.execute(question).mappings()]


def test_events_form_a_chain_from_the_first_hash_to_the_head(database: Database) -> None:
    write(database, "dashboard", event("one"), event("two"))
    write(database, "dashboard", event("three"))

    rows = rows_of(database, "dashboard")
    assert [row["event_no"] for row in rows] == [1, 2, 3]
    assert [row["previous_hash"] for row in rows] == [FIRST_HASH, rows[0]["hash"], rows[1]["hash"]]
    assert [chain_hash(row) for row in rows] == [row["hash"] for row in rows]
    with database.reading() as conn:
        head = conn.execute(sa.select(event_heads)).one()
    assert (head.event_no, head.hash) == (3, rows[2]["hash"])


def test_each_writer_has_a_chain_of_its_own(database: Database) -> None:
    write(database, "dashboard", event())
    write(database, "enforcer:1", event())

    assert [rows_of(database, writer)[0]["event_no"] for writer in ("dashboard", "enforcer:1")] == [1, 1]


def test_nothing_that_happened_writes_nothing(database: Database) -> None:
    write(database, "dashboard")

    with database.reading() as conn:
        assert conn.execute(sa.select(event_heads)).all() == []


@given(before=st.none() | st.dictionaries(TEXT, FACTS, max_size=4), after=st.dictionaries(TEXT, FACTS, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_facts_hash_alike_when_they_are_read_back(
    database: Database, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    told = Event(action="tested", actor="ادمین", subject="site:1", site_id=None, before=before, after=after)

    write(database, "dashboard", told)

    last = rows_of(database, "dashboard")[-1]
    assert chain_hash(last) == last["hash"]
    assert check.check(database, everything=True) == []


@pytest.mark.parametrize("value", [Decimal("1.10"), MORNING, Source.GRID, {"deep": Decimal(2)}, (1, 2)])
def test_facts_of_the_product_are_kept_as_words(database: Database, value: object) -> None:
    write(database, "dashboard", event(after={"value": value}))

    last = rows_of(database, "dashboard")[-1]
    assert chain_hash(last) == last["hash"]


def test_an_instant_hashes_alike_in_any_zone_and_is_cut_to_milliseconds(database: Database) -> None:
    baghdad = timezone(timedelta(hours=3))

    write(database, "dashboard", event(), at=datetime(2026, 1, 5, 11, 0, 0, 123_999, tzinfo=baghdad))

    row = rows_of(database, "dashboard")[0]
    assert row["happened_at"] == datetime(2026, 1, 5, 8, 0, 0, 123_000, tzinfo=UTC)
    assert chain_hash(row) == row["hash"]


@pytest.mark.parametrize(
    "change",
    [
        {"writer": "x"},
        {"event_no": 2},
        {"site_id": 1},
        {"happened_at": MORNING + timedelta(milliseconds=1)},
        {"action": "x"},
        {"actor": "x"},
        {"subject": "x"},
        {"before": {}},
        {"after": {"a": 2}},
        {"previous_hash": "1" * 64},
    ],
)
def test_every_fact_of_an_event_is_in_its_hash(database: Database, change: dict[str, Any]) -> None:
    write(database, "dashboard", event(after={"a": 1}))
    row = rows_of(database, "dashboard")[0]

    assert chain_hash({**row, **change}) != row["hash"]


def test_what_is_rolled_back_leaves_the_chain_as_it_was(database: Database) -> None:
    write(database, "dashboard", event("one"))

    with pytest.raises(ZeroDivisionError), database.writing() as conn:
        record(conn, "dashboard", [event("two")], MORNING)
        raise ZeroDivisionError
    write(database, "dashboard", event("three"))

    assert [row["action"] for row in rows_of(database, "dashboard")] == ["one", "three"]
    assert check.check(database, everything=True) == []


def test_threads_of_one_writer_never_break_its_chain(database: Database) -> None:
    def act() -> None:
        for _ in range(10):
            write(database, "dashboard", event(), event())

    threads = [Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(rows_of(database, "dashboard")) == 80
    assert check.check(database, everything=True) == []


def test_the_version_grows_with_the_acts_of_everybody_else(database: Database) -> None:
    site_id = Building(database).site_id
    seen = []

    for writer in ("enforcer:1", "dashboard", "enforcer:1", "till"):
        write(database, writer, event(site_id=site_id))
        with database.reading() as conn:
            seen.append(version(conn, "enforcer:1"))

    assert seen == [0, 1, 1, 2]
