"""What the enforcer says to the database: the same statements in each pass, and all of them in words of SQL Server."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.sql.elements import ClauseElement

from tests.databases import new_database
from tests.simulation.loop import SimulatedLoop
from tests.simulation.node import Node
from tests.simulation.plan import plan_of
from tests.simulation.run import Simulation
from tests.simulation.world import build, new_clock
from tests.sql.scriptdom import errors_of
from tests.sql.statements import listening, on_sql_server

EVENTFUL = 26
"""A seed in whose first hours there are charges, a cut, alerts and mails."""
PASS_S = 2.5
MINUTES_S = 130.0
"""Long enough for the minute's reload, twice."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def node(tmp_path: Path, migrated_file: Path) -> Iterator[Node]:
    """The enforcer of a site where nothing happens but that energy is used."""
    plan = plan_of(EVENTFUL, 0.1)
    clock = new_clock(plan.begins_at)
    loop = SimulatedLoop(clock)
    world = build(plan, new_database(tmp_path, migrated_file, clock), clock, loop)
    made = Node(world, 0)
    yield made
    loop.end()
    loop.close()
    made.die()
    world.database.close()


def test_no_pass_and_no_reload_builds_a_statement_anew(node: Node) -> None:
    """Building one costs several times as much as executing it."""
    heard: list[Any] = []
    sa.event.listen(node.database.engine, "before_execute", lambda _conn, statement, *_: heard.append(statement))
    pass_for(node, MINUTES_S)
    known, first = {id(statement) for statement in heard}, len(heard)

    pass_for(node, MINUTES_S)

    later = [statement for statement in heard[first:] if isinstance(statement, ClauseElement)]
    assert len(later) > 10 * MINUTES_S / PASS_S
    assert {str(statement) for statement in later if id(statement) not in known} == set()


@pytest.mark.slow
def test_microsofts_own_parser_takes_every_statement_of_the_enforcer(tmp_path: Path, migrated_file: Path) -> None:
    with listening() as heard:
        Simulation(plan_of(EVENTFUL, 0.1), tmp_path, migrated_file).run()

    assert len(heard) > 60
    written = [on_sql_server(each).replace("?", "@value") for each in heard.values()]

    assert [(text, found) for text in written if (found := errors_of(text))] == []


def pass_for(node: Node, seconds: float) -> None:
    for _ in range(int(seconds / PASS_S)):
        node.work()
        node.await_until(node.world.loop.time() + PASS_S)
