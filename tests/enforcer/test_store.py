"""The writing half of accept and charge: after passes, restarts and handovers the books in the database are right."""

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcer.decide import live_of, read_circumstances
from prepaid.metering import COUNTERS_RESET, RESTARTED, Verdict
from prepaid.records import SOURCES, BaseCause, Feed, Source
from prepaid.units import cost
from sql import check
from sql.accounts import live_balances
from sql.connection import Database
from sql.tables import (
    analyzers,
    assignments,
    bases,
    readings,
    sites,
    step_backs,
)
from tests.building import GRID_PRICE, MORNING
from tests.enforcer.site_of_rules import RATED_W, read
from tests.enforcer.stored import Store, stored


def test_the_first_base_opens_both_counters_and_begins_the_assignment(database: Database) -> None:
    made = stored(database)

    begun = made.rows(assignments)[0]
    assert [(row.source, row.opening_wh, row.cause) for row in made.rows(bases)] == [
        (Source.GRID, 1000, BaseCause.FIRST),
        (Source.GENERATOR, 0, BaseCause.FIRST),
    ]
    assert (begun.from_at, begun.opening_grid_wh) == (MORNING - timedelta(seconds=5), 1000)
    assert made.actions == ["metering.new_base", "assignment.begun"]


def test_a_restarted_enforcer_knows_what_the_one_before_knew(database: Database) -> None:
    made = stored(database)
    made.run(read(5, 1020, 3), read(10, 1040, 3, bits=RESTARTED))
    known = made.books[made.oven]

    made.restart()

    book = made.books[made.oven]
    assert (book.grid, book.generator) == (known.grid, known.generator)
    assert [book.meter.counter(source) for source in SOURCES] == [known.meter.counter(source) for source in SOURCES]
    assert (book.meter.accepted_at, book.meter.diagnostics) == (known.meter.accepted_at, RESTARTED)
    assert book.accepted_s is None


def test_a_restarted_enforcer_still_explains_a_fall_by_the_bit_that_was_recorded_before(database: Database) -> None:
    made = stored(database)
    made.run(read(5, None, bits=RESTARTED))

    made.restart()
    made.run(read(10, 990, bits=RESTARTED))

    assert [row.forgone_wh for row in made.rows(step_backs)] == [10]


def test_a_reset_closes_the_old_base_charged_in_full(database: Database) -> None:
    made = stored(database)

    made.run(read(5, 1020), read(65, 30, bits=COUNTERS_RESET), read(70, 40, bits=COUNTERS_RESET))

    old, _, new, _ = made.rows(bases)
    assert (old.highest_wh, old.charged_wh, old.closed_at) == (1020, 1020, MORNING + timedelta(seconds=70))
    assert (new.opening_wh, new.began_wh, new.cause, new.closed_at) == (0, 40, BaseCause.RESET, None)
    assert check.check(database, everything=True) == []


def test_a_step_back_is_kept_with_its_forgone_wh(database: Database) -> None:
    made = stored(database)

    made.run(read(5, 1020), read(10, 1005, bits=RESTARTED))

    [row] = made.rows(step_backs)
    assert (row.source, row.from_wh, row.to_wh, row.forgone_wh) == (Source.GRID, 1020, 1005, 15)
    assert made.actions[-2:] == ["metering.step_back", "analyzer.diagnostics"]


def test_what_was_refused_and_comes_again_in_the_overlap_of_a_log_is_one_row_of_the_history(database: Database) -> None:
    made = stored(database)
    with database.writing() as conn:
        conn.execute(analyzers.update().values(feed=Feed.KEPWARE))
    made.run(read(5, 0), read(10, 0))
    made.restart()

    made.run(read(5, 0), read(10, 0), read(15, 1010))

    told = [(row.read_at, row.verdict) for row in made.rows(readings) if row.read_at >= MORNING]
    assert told == [
        (MORNING + timedelta(seconds=5), Verdict.QUARANTINED),
        (MORNING + timedelta(seconds=10), Verdict.QUARANTINED),
        (MORNING + timedelta(seconds=15), Verdict.ADVANCE),
    ]


def test_a_handover_is_drawn_where_the_new_assignment_begins(database: Database) -> None:
    made = stored(database)
    made.run(read(5, 1020))
    made.building.assign(made.oven, made.florist, MORNING + timedelta(seconds=7))

    made.run(read(10, 1090), read(15, 1100))
    made.run(read(20, 1110))

    before, after = made.rows(assignments)
    assert (before.until_at, after.from_at) == (MORNING + timedelta(seconds=10),) * 2
    assert after.opening_grid_wh == 1090
    with database.reading() as conn:
        found = live_balances(conn, made.building.site_id)
    assert found[made.bakery.account_id].live == Decimal(100) - cost(90, GRID_PRICE)
    assert found[made.florist.account_id].live == -cost(20, GRID_PRICE)
    assert check.check(database, everything=True) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 60, 600, 899, 2_000, 5_000]),
        st.floats(0, 1),
        st.floats(0, 0.3),
        st.sampled_from(["pass", "pass", "pass", "stay", "kill", "lie", "restart", "reset", "handover"]),
    ),
    min_size=1,
    max_size=20,
)


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_after_anything_the_books_in_the_database_are_right(
    database: Database, steps: list[tuple[int, float, float, str]]
) -> None:
    """Passes of any size, kills between them, lies, restarts with a fall, resets to zero and handovers."""
    with database.reading() as conn:
        number = len(conn.execute(sa.select(sites.c.id)).all())
    made = stored(database, f"Site {number}")
    second, grid_wh, generator_wh, bits, handed_over, arrived = -5, 1000, 0, 0, False, []
    for seconds, grid_share, generator_share, what in steps:
        second += seconds
        grid_wh += int(RATED_W * seconds * grid_share / 3600)
        generator_wh += int(RATED_W * seconds * generator_share / 3600)
        if what == "restart":
            grid_wh, bits = max(0, grid_wh - 300), RESTARTED
        if what == "reset":
            grid_wh, generator_wh, bits = 0, 0, COUNTERS_RESET
        if what == "handover" and not handed_over:
            made.building.assign(made.oven, made.florist, MORNING)
            handed_over = True
        arrived.append(read(second, 0 if what == "lie" else grid_wh, generator_wh, bits=bits))
        bits = 0
        if what != "stay":
            made.run(*arrived)
            arrived = []
        if what == "kill":
            made.restart()

        assert _live(made) == _live_of_rules(made)
    assert check.check(database, everything=True) == []


def _live(made: Store) -> dict[int, Decimal]:
    with made.database.reading() as conn:
        return {key: found.live for key, found in live_balances(conn, made.building.site_id).items()}


def _live_of_rules(made: Store) -> dict[int, Decimal]:
    """What the enforcer decides on: the ledger less the open ground in its memory."""
    site = made.building.load()
    with made.database.reading() as conn:
        circumstances = read_circumstances(conn, site, MORNING, MORNING, time_trusted=True)
    return live_of(site, made.books, circumstances)
