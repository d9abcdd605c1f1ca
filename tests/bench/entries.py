"""A long ledger: a page of its entries and its balance, beside the barest statement that could answer each."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.accounts import live_balance
from prepaid.charging import Mark, Part
from prepaid.records import ChargeCause, EntryKind, Role, Source
from sql import schema
from sql.accounts import balance_question, open_ground
from sql.connection import Connection, Database
from sql.ledger import ChargeDetail, Posting, charge_posting, post
from sql.questions.ledger import entries_page
from sql.tables import account_heads, accounts, entries
from tests.building import GRID_PRICE, MORNING, Building

VIEWER = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
OTHERS = tuple(kind for kind in EntryKind if kind is not EntryKind.CHARGE)
AT_ONCE = 1000
PAGE = 50
EVERY = 1500
"""Of so many entries one is no charge."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One account with so many entries, and how often each question is asked."""

    entries: int
    times: int


def measure(chosen: Ledger) -> Iterator[str]:
    """Lines of figures: medians in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{(Path(folder) / 'ledger.db').as_posix()}")
        schema.create(database)
        account_id = _fill(database, chosen.entries)
        yield f"{chosen.entries} entries of one account, each question {chosen.times} times, median"
        with database.reading() as conn:
            for what, ask, bare in _questions(conn, account_id, chosen.entries):
                yield f"{what}: {_median_ms(ask, chosen.times):.2f} ms; bare: {_median_ms(bare, chosen.times):.2f} ms"
        database.close()


def _questions(
    conn: Connection, account_id: int, number: int
) -> Iterator[tuple[str, Callable[[], object], Callable[[], object]]]:
    def page(before: int | None = None, kinds: tuple[EntryKind, ...] = ()) -> Callable[[], object]:
        return lambda: entries_page(conn, VIEWER, account_id, before, PAGE, kinds)

    def bare_page(below: int) -> Callable[[], object]:
        question = (
            sa.select(entries)
            .where(entries.c.account_id == account_id, entries.c.entry_no < below)
            .order_by(entries.c.entry_no.desc())
            .limit(PAGE)
        )
        return lambda: conn.execute(question).all()

    head = sa.select(account_heads.c.balance).where(account_heads.c.account_id == account_id)
    live = balance_question().where(accounts.c.id == account_id)
    yield "the newest page", page(), bare_page(number + 1)
    yield "a page in the middle", page(number // 2), bare_page(number // 2)
    yield "the oldest page", page(PAGE + 1), bare_page(PAGE + 1)
    yield "the newest page without charges", page(None, OTHERS), bare_page(number + 1)
    yield "the oldest page without charges", page(EVERY * 10, OTHERS), bare_page(PAGE + 1)
    yield "the balance", lambda: conn.scalar(head), lambda: conn.exec_driver_sql("SELECT 1").scalar()
    yield "the live balance", lambda: _live(conn, live), lambda: conn.scalar(head)


def _live(conn: Connection, question: sa.Select[tuple[object, ...]]) -> Decimal:
    rows = conn.execute(question).all()
    return live_balance(rows[0].balance, open_ground(rows))


def _median_ms(ask: Callable[[], object], times: int) -> float:
    taken = []
    for _time in range(times):
        began_s = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(taken)


def _fill(database: Database, number: int) -> int:
    """A tenant's account, and a neighbour with as many, so that no index is of one account only."""
    building = Building(database)
    found = []
    for name in ("Bakery", "Florist"):
        person = building.tenant(name)
        base = building.begin(building.analyzer(name, person)).grid_id
        found.append(person.account_id)
        for start in range(0, number, AT_ONCE):
            postings = [
                _posting(building, person.account_id, base, place)
                for place in range(start, min(number, start + AT_ONCE))
            ]
            with database.writing() as conn:
                post(conn, postings, MORNING + timedelta(hours=start))
    return found[0]


def _posting(building: Building, account_id: int, base_id: int, place: int) -> Posting:
    if place % EVERY == 0:
        return Posting(account_id=account_id, kind=EntryKind.FEE, amount=Decimal(-1), cause="bench", actor="bench")
    begin, end = (Mark(MORNING + timedelta(hours=hour), hour * 100) for hour in (place, place + 1))
    detail = ChargeDetail(
        analyzer_id=base_id // 2 + base_id % 2,
        base_id=base_id,
        source=Source.GRID,
        part=Part(begin, end, ChargeCause.HOUR, spread=False),
        plan_id=building.plan_id,
        price_per_kwh=GRID_PRICE,
    )
    return charge_posting(account_id, detail, "bench")
