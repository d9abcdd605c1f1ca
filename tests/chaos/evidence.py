"""The database itself keeps the evidence: who wrote without the lease, who took it when, and each beat.

Triggers on all tables ask two functions that every connection of a run must have: which process it belongs to (0: none
of the enforcers), and the monotonic second of the machine, which all processes share.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from sql.connection import Connection, Database
from sql.tables import heartbeats, leases, metadata

SECONDS_FIRST = "SELECT * FROM {} ORDER BY at_s, rowid"


class Renewal(NamedTuple):
    """The lease was taken or renewed by this process; `holder` is empty when it was given back."""

    at_s: float
    pid: int
    holder: str
    token: int


class Beat(NamedTuple):
    """A pass of this process was committed."""

    at_s: float
    pid: int


class Loser(NamedTuple):
    """A row that was written by a process that did not hold the lease."""

    at_s: float
    pid: int
    what: str


class Evidence(NamedTuple):
    """All that the database saw, in order."""

    renewals: list[Renewal]
    beats: list[Beat]
    losers: list[Loser]


def introduce(connection: Any, pid: int) -> None:
    """Gives a connection the two functions."""
    connection.create_function("chaos_pid", 0, lambda: pid)
    connection.create_function("chaos_s", 0, time.monotonic)


def watch_database(database: Database) -> None:
    """Makes the triggers, in a database that has all tables."""
    with database.writing() as conn:
        for statement in _statements():
            conn.exec_driver_sql(statement)


def gather(database: Database) -> Evidence:
    """What was kept so far."""
    with database.reading() as conn:
        return Evidence(
            renewals=[Renewal(*row) for row in _rows(conn, "ChaosLeases")],
            beats=[Beat(*row) for row in _rows(conn, "ChaosBeats")],
            losers=[Loser(*row) for row in _rows(conn, "ChaosLosers")],
        )


def _rows(conn: Connection, table: str) -> Iterator[Any]:
    yield from conn.exec_driver_sql(SECONDS_FIRST.format(table))


def _statements() -> Iterator[str]:
    yield "CREATE TABLE ChaosLeases (at_s REAL, pid INTEGER, holder TEXT, token INTEGER)"
    yield "CREATE TABLE ChaosBeats (at_s REAL, pid INTEGER)"
    yield "CREATE TABLE ChaosLosers (at_s REAL, pid INTEGER, what TEXT)"
    mine = f"SELECT 1 FROM {leases.name} WHERE holder LIKE '%:' || chaos_pid() || ':%'"
    for table in metadata.sorted_tables:
        for act in ("INSERT", "UPDATE", "DELETE"):
            lost = "" if table is leases else f" WHEN chaos_pid() > 0 AND NOT EXISTS ({mine})"
            kept = f"ChaosLosers VALUES (chaos_s(), chaos_pid(), '{act} {table.name}')"
            if table is leases:
                kept = "ChaosLeases VALUES (chaos_s(), chaos_pid(), NEW.holder, NEW.token)"
                if act == "DELETE":
                    continue
            yield _trigger(f"Chaos_{act}_{table.name}", act, table, lost, kept)
    for act in ("INSERT", "UPDATE"):
        yield _trigger(f"Chaos_beat_{act}", act, heartbeats, "", "ChaosBeats VALUES (chaos_s(), chaos_pid())")


def _trigger(name: str, act: str, table: sa.Table, when: str, kept: str) -> str:
    return f"CREATE TRIGGER {name} AFTER {act} ON {table.name}{when} BEGIN INSERT INTO {kept}; END"
