"""Two real processes post to one account at once: recharges against passes of 800 charges, none refused, none lost."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.records import BaseCause, EntryKind, Feed, Purpose, Source, Wiring
from sql import check
from sql.connection import Database
from sql.tables import allocations, analyzers, bases, entries, events
from tests.building import GRID_PRICE, MORNING, Building, Person
from tests.sql.poster import WH

ROOT = Path(__file__).parents[2]
ANALYZERS = 800
PATIENCE_S = 60


@pytest.mark.parametrize(
    ("recharges", "passes"),
    [(300, 3), pytest.param(10_000, 200, marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
def test_recharges_and_passes_at_once_lose_nothing(
    database: Database, database_url: str, recharges: int, passes: int
) -> None:
    mall = _mall(database)

    with (
        _poster("charge", database_url, mall.account_id, passes) as charging,
        _poster("recharge", database_url, mall.account_id, recharges) as selling,
    ):
        for process in (charging, selling):
            _say(process)
        done = [_result(process, PATIENCE_S + recharges / 20) for process in (selling, charging)]

    rows = _rows(database, mall)
    assert [(each["done"], each["refused"]) for each in done] == [(recharges, []), (passes, [])]
    assert [row.entry_no for row in rows] == list(range(1, recharges + ANALYZERS * passes + 1))
    amounts = {kind: sum((row.amount for row in rows if row.kind is kind), Decimal(0)) for kind in EntryKind}
    assert amounts[EntryKind.ALLOCATION] == Decimal("0.0000001") * (recharges * (recharges + 1) // 2)
    assert amounts[EntryKind.CHARGE] == -GRID_PRICE * WH * ANALYZERS * passes / 1000
    if passes > 10:  # a few passes may be over before the other process gets the lock for the first time
        assert _turns(rows) >= 3, "the two processes took turns"
    assert check.check(database, everything=True) == []


@pytest.mark.parametrize("recharges", [30, pytest.param(3_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_the_same_and_other_keys_of_two_processes_book_each_key_once(
    database: Database, database_url: str, recharges: int
) -> None:
    bakery = Building(database).tenant("Bakery")

    with (
        _poster("recharge", database_url, bakery.account_id, recharges) as first,
        _poster("rival", database_url, bakery.account_id, recharges) as rival,
    ):
        for process in (first, rival):
            _say(process)
        done = [_result(process, PATIENCE_S + recharges / 20) for process in (first, rival)]

    rows = _rows(database, bakery)
    with database.reading() as conn:
        keys = conn.scalars(sa.select(allocations.c.key)).all()
        told = conn.scalar(sa.select(sa.func.count()).where(events.c.action == "recharge.refused"))
    refused = [sentence for each in done for sentence in each["refused"]]
    assert len(rows) == len(keys) == len(set(keys)) == recharges + recharges // 3
    assert [row.entry_no for row in rows] == list(range(1, len(rows) + 1))
    assert len(refused) == told == recharges // 3, "of one key with two amounts one is refused"
    assert all("already used" in sentence for sentence in refused)
    assert check.check(database, everything=True) == []


def _mall(database: Database) -> Person:
    """One account that 800 analyzers belong to; only their grid counters are based."""
    building = Building(database)
    mall = building.tenant("Mall")
    with database.writing() as conn:
        conn.execute(analyzers.insert(), [_analyzer(building.site_id, number) for number in range(ANALYZERS)])
        ids = conn.scalars(sa.select(analyzers.c.id).order_by(analyzers.c.id)).all()
        conn.execute(bases.insert(), [_base(analyzer_id) for analyzer_id in ids])
    return mall


def _analyzer(site_id: int, number: int) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "name": f"M-{number}",
        "purpose": Purpose.TENANT,
        "feed": Feed.MODBUS,
        "host": "127.0.0.1",
        "port": 20_000 + number,
        "unit_id": 1,
        "rated_power_w": 20_000,
        "ct_primary_a": 100,
        "ct_secondary_a": 5,
        "wiring": Wiring.NONE,
        "created_at": MORNING,
    }


def _base(analyzer_id: int) -> dict[str, Any]:
    counters = dict.fromkeys(("opening_wh", "counter_wh", "highest_wh", "charged_wh"), 0)
    instants = dict.fromkeys(("opened_at", "accepted_at", "charged_at"), MORNING)
    return {
        "analyzer_id": analyzer_id,
        "source": Source.GRID,
        "serial_number": f"LQN/{analyzer_id}",
        "cause": BaseCause.FIRST,
        **counters,
        **instants,
    }


@contextmanager
def _poster(role: str, url: str, account_id: int, number: int) -> Iterator[subprocess.Popen[str]]:
    """A process of its own, ready to begin; ended in any case."""
    arguments = [sys.executable, "-m", "tests.sql.poster", role, url, str(account_id), str(number)]
    process = subprocess.Popen(arguments, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def _say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _result(process: subprocess.Popen[str], patience_s: float) -> dict[str, Any]:
    output, _ = process.communicate(timeout=patience_s)
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


def _rows(database: Database, mall: Person) -> list[Any]:
    question = sa.select(entries.c.entry_no, entries.c.kind, entries.c.amount).where(
        entries.c.account_id == mall.account_id
    )
    with database.reading() as conn:
        return list(conn.execute(question.order_by(entries.c.entry_no)))


def _turns(rows: list[Any]) -> int:
    """How often the ledger changes from one process to the other."""
    return sum(before.kind is not after.kind for before, after in pairwise(rows))
