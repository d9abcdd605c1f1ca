"""Acts are made again when the database undid them, and only then."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import stamina

import sql
from prepaid.errors.start import DatabaseDeadlock, DatabaseInterrupted, DatabaseUnavailable
from prepaid.records import Role
from sql.connection import Connection, Database
from sql.repeating import TRIES
from sql.selling import Counter, Sale
from sql.tables import allocations, wishes
from sql.wishes import pause
from tests.building import Building
from tests.databases import TimedDatabase
from tests.selling import sold
from tests.signed_in import signed_in

ROOM = Path(sql.__file__).parent


class Unlucky(TimedDatabase):
    """So many transactions fail: undone as the victim of a deadlock, or committed while the connection breaks."""

    def __init__(self, database: Database, failures: int, fault: type[DatabaseUnavailable], *, committed: bool) -> None:
        super().__init__(database.url.render_as_string(hide_password=False), database.clock)
        self.failures, self.fault, self.committed = failures, fault, committed
        self.begun = 0

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self.begun += 1
        fails = self.begun <= self.failures
        with super().writing() as conn:
            yield conn
            if fails and not self.committed:
                raise self.fault(where="x", why="y")
        if fails:
            raise self.fault(where="x", why="y")


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Nothing is waited for."""
    with stamina.set_testing(True, attempts=TRIES):
        yield


def rows(database: Database, table: sa.Table) -> int:
    with database.reading() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def ask_for_a_pause(database: Database, unlucky: Unlucky) -> None:
    building, admin = Building(database), signed_in(database, Role.ADMIN)
    pause(unlucky, admin, building.site_id, "works", database.clock.now() + timedelta(hours=1))


def sell_one(database: Database, unlucky: Unlucky) -> bool:
    shop, admin = Building(database).tenant("Shop"), signed_in(database, Role.ADMIN)
    sale = Sale(account_id=shop.account_id, amount=Decimal(25), currency="IQD", key="key-00000001")
    return sold(unlucky, admin, Counter.FORM, sale).repeated


def test_an_act_that_a_deadlock_has_undone_is_made_again(database: Database) -> None:
    unlucky = Unlucky(database, TRIES - 1, DatabaseDeadlock, committed=False)

    ask_for_a_pause(database, unlucky)

    assert unlucky.begun == TRIES
    assert rows(database, wishes) == 1


def test_it_is_not_tried_for_ever(database: Database) -> None:
    unlucky = Unlucky(database, TRIES, DatabaseDeadlock, committed=False)

    with pytest.raises(DatabaseDeadlock):
        ask_for_a_pause(database, unlucky)

    assert unlucky.begun == TRIES
    assert rows(database, wishes) == 0


def test_when_the_connection_broke_a_person_looks_first(database: Database) -> None:
    """It may have been committed: made again it would be made twice."""
    unlucky = Unlucky(database, 1, DatabaseInterrupted, committed=True)

    with pytest.raises(DatabaseInterrupted):
        ask_for_a_pause(database, unlucky)

    assert (unlucky.begun, rows(database, wishes)) == (1, 1)


@pytest.mark.parametrize("committed", [True, False])
def test_a_sale_is_made_again_when_the_connection_broke_since_its_key_makes_it_once(
    database: Database, committed: bool
) -> None:
    unlucky = Unlucky(database, 1, DatabaseInterrupted, committed=committed)

    repeated = sell_one(database, unlucky)

    assert repeated is committed
    assert (unlucky.begun, rows(database, allocations)) == (2, 1)


def test_every_act_of_a_person_is_made_again_after_a_deadlock() -> None:
    forgotten = [
        f"{path.relative_to(ROOM)}: {function.name}"
        for path in sorted(ROOM.rglob("*.py"))
        for function in functions_of(path)
        if opens_an_act(function) and not is_repeated(function)
    ]

    assert forgotten == []


def functions_of(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def opens_an_act(function: ast.FunctionDef) -> bool:
    contexts = (item.context_expr for node in ast.walk(function) if isinstance(node, ast.With) for item in node.items)
    return any(isinstance(each, ast.Call) and ast.unparse(each.func) == "acting" for each in contexts)


def is_repeated(function: ast.FunctionDef) -> bool:
    return bool({ast.unparse(each) for each in function.decorator_list} & {"repeated", "repeated_by_key"})
