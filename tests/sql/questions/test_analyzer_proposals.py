"""The unknown part before a new base is proposed from the usual use, and marked once a person has posted it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed
from prepaid.expected import Expected
from prepaid.proposals import unknown_use
from prepaid.records import BaseCause, EntryKind, Role, Source
from prepaid.units import cost
from sql.connection import Database
from sql.ledger import Posting, post
from sql.questions.analyzer_proposals import proposals_of
from sql.tables import bases
from tests.building import GRID_PRICE
from tests.resets import FELL_AT, HOUR, reset

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def test_what_is_usual_and_not_counted_is_proposed_at_the_price_of_that_time(database: Database) -> None:
    _building, bakery, oven, base_id = reset(database)

    with database.reading() as conn:
        [found] = proposals_of(conn, ADMIN, oven)

    assert (found.base_id, found.account_id, found.cause) == (base_id, bakery.account_id, BaseCause.RESET)
    assert (found.from_at, found.until_at) == (FELL_AT, FELL_AT + 6 * HOUR)
    assert (found.usual, found.counted, found.unknown) == (Expected(6000, 0), Expected(300, 0), Expected(5700, 0))
    assert (found.amount, found.posted) == (cost(5700, GRID_PRICE), False)


def test_behind_a_swap_what_a_person_read_from_the_old_device_is_not_proposed_again(database: Database) -> None:
    """The old device was read 1 kWh further by hand; the new one begins at a counter of its own."""
    _building, _bakery, oven, _base_id = reset(database)
    with database.writing() as conn:
        old, new = bases.c.closed_at.is_not(None), bases.c.closed_at.is_(None)
        named = {"highest_wh": bases.c.counter_wh + 1_000, "charged_wh": bases.c.counter_wh + 1_000}
        conn.execute(bases.update().where(old, bases.c.source == Source.GRID).values(named))
        begun = {"cause": BaseCause.SWAP, "opening_wh": bases.c.began_wh, "charged_wh": bases.c.began_wh}
        conn.execute(bases.update().where(new).values(begun))
        [found] = proposals_of(conn, ADMIN, oven)

    assert found.cause is BaseCause.SWAP
    assert (found.usual, found.counted, found.unknown) == (Expected(6000, 0), Expected(1000, 0), Expected(5000, 0))


def test_a_proposal_that_a_person_has_posted_says_so(database: Database) -> None:
    building, bakery, oven, base_id = reset(database)
    entry = Posting(
        account_id=bakery.account_id,
        kind=EntryKind.ESTIMATE,
        amount=Decimal(-1),
        cause=f"estimate:base:{base_id}",
        actor="The admin",
    )

    with database.writing() as conn:
        post(conn, [entry], building.at)
        [found] = proposals_of(conn, ADMIN, oven)

    assert found.posted


def test_a_base_of_before_and_one_that_was_the_first_propose_nothing(database: Database) -> None:
    _building, _bakery, oven, _base_id = reset(database, began_wh=None)

    with database.reading() as conn:
        assert proposals_of(conn, ADMIN, oven) == ()


def test_who_may_not_see_balances_learns_nothing(database: Database) -> None:
    _building, bakery, oven, _base_id = reset(database)
    tenant = Viewer(role=Role.TENANT, site_id=None, tenant_id=bakery.tenant_id)

    with database.reading() as conn, pytest.raises(NotAllowed):
        proposals_of(conn, tenant, oven)


@given(grid=st.integers(0, 10**6), generator=st.integers(0, 10**6), counted=st.integers(0, 2 * 10**6))
def test_unknown_is_never_negative_and_all_that_is_usual_but_what_was_counted(
    grid: int, generator: int, counted: int
) -> None:
    unknown = unknown_use(Expected(grid, generator), Expected(counted, 0))

    assert unknown.grid_wh >= 0
    assert unknown.generator_wh >= 0
    assert unknown.grid_wh + unknown.generator_wh == max(0, grid + generator - counted)
