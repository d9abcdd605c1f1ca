"""Leases: at most one enforcer for a site, by the database's clock, and a fencing token that only grows."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from prepaid.errors.start import AlreadyRunning, LeaseLost
from sql.connection import Database
from sql.leases import (
    EXPIRY_WAIT,
    Lease,
    SeenLease,
    acquire,
    look_at,
    new_holder,
    release,
    renew,
    require_held,
)
from sql.tables import leases, messages
from tests.building import MORNING, Building
from tests.sql.statements import listening, on_sql_server

LENGTH = timedelta(seconds=10)


@pytest.fixture
def site_id(database: Database) -> int:
    return Building(database).site_id


def take(database: Database, site_id: int, holder: str, seconds: float) -> Lease:
    with database.writing() as conn:
        return acquire(conn, site_id, holder, after(seconds), LENGTH)


def after(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def test_the_first_one_gets_the_lease_with_token_one(database: Database, site_id: int) -> None:
    lease = take(database, site_id, "first", 0)

    assert lease == Lease(site_id=site_id, holder="first", token=1, ends_at=after(10))


@pytest.mark.parametrize(("seconds", "wait_s"), [(0, 12), (5, 7), (9.999, 3), (11.5, 1)])
def test_a_second_one_waits_for_the_end_and_two_seconds_more(
    database: Database, site_id: int, seconds: float, wait_s: int
) -> None:
    take(database, site_id, "first", 0)

    with pytest.raises(AlreadyRunning, match=f"first.* wait {wait_s} seconds"):
        take(database, site_id, "second", seconds)


def test_after_that_the_second_one_takes_over_with_a_higher_token(database: Database, site_id: int) -> None:
    take(database, site_id, "first", 0)

    assert take(database, site_id, "second", 10 + EXPIRY_WAIT.total_seconds()).token == 2


def test_the_holder_renews_as_long_as_nobody_took_over(database: Database, site_id: int) -> None:
    lease = take(database, site_id, "first", 0)

    with database.writing() as conn:
        renewed = renew(conn, lease, after(11.9), LENGTH)

    assert (renewed.token, renewed.ends_at) == (1, after(21.9))
    with pytest.raises(AlreadyRunning):
        take(database, site_id, "second", 12)


def test_a_holder_that_was_succeeded_learns_it_and_writes_nothing(database: Database, site_id: int) -> None:
    stale = take(database, site_id, "first", 0)
    fresh = take(database, site_id, "second", 12)

    with pytest.raises(LeaseLost), database.writing() as conn:
        renew(conn, stale, after(13), LENGTH)

    with database.reading() as conn:
        row = conn.execute(sa.select(leases)).one()
    assert (row.holder, row.token, row.ends_at) == ("second", fresh.token, after(22))


def test_the_same_name_with_an_older_token_is_a_stale_holder_as_well(database: Database, site_id: int) -> None:
    """A process that was restarted under its name must not be mistaken for the one before."""
    stale = take(database, site_id, "first", 0)
    take(database, site_id, "first", 12)

    with pytest.raises(LeaseLost), database.writing() as conn:
        renew(conn, stale, after(13), LENGTH)


def test_a_released_lease_is_free_at_once(database: Database, site_id: int) -> None:
    lease = take(database, site_id, "first", 0)

    with database.writing() as conn:
        release(conn, lease, after(3))

    assert take(database, site_id, "second", 3).token == 2


def test_a_stale_holder_cannot_release_the_lease_of_its_successor(database: Database, site_id: int) -> None:
    stale = take(database, site_id, "first", 0)
    take(database, site_id, "second", 12)

    with database.writing() as conn:
        release(conn, stale, after(13))

    with pytest.raises(AlreadyRunning):
        take(database, site_id, "third", 13)


def test_a_lease_that_ends_far_ahead_of_the_clock_does_not_bar_the_site(database: Database, site_id: int) -> None:
    """The clock was an hour ahead when it was written, and has been set back."""
    take(database, site_id, "first", 3600)

    assert take(database, site_id, "second", 0).token == 2


def test_each_site_has_its_own_lease(database: Database, site_id: int) -> None:
    other = Building(database, name="Other House").site_id

    take(database, site_id, "first", 0)

    assert take(database, other, "second", 0).token == 1


def test_a_token_is_ours_until_another_one_took_over(database: Database, site_id: int) -> None:
    lease = take(database, site_id, "first", 0)
    with database.writing() as conn:
        require_held(conn, lease)
    take(database, site_id, "second", 12)

    with pytest.raises(LeaseLost), database.writing() as conn:
        require_held(conn, lease)


def test_on_sql_server_nobody_takes_over_before_the_transaction_that_has_checked_its_token_ends(
    database: Database, site_id: int
) -> None:
    lease = take(database, site_id, "first", 0)

    with listening(database) as heard, database.writing() as conn:
        require_held(conn, lease)
        look_at(conn, site_id)

    checked, looked = map(on_sql_server, heard.values())
    assert "WITH (UPDLOCK, HOLDLOCK)" in checked
    assert "UPDLOCK" not in looked


def test_anybody_may_look_who_holds_a_lease(database: Database, site_id: int) -> None:
    with database.reading() as conn:
        nobody = look_at(conn, site_id)
    take(database, site_id, "first", 0)

    with database.reading() as conn:
        found = look_at(conn, site_id)

    assert nobody is None
    assert found == SeenLease(holder="first", token=1, renewed_at=MORNING, ends_at=after(10), since_at=None)


@given(host=st.text(max_size=260), process=st.integers(0, 2**31))
def test_a_holder_is_kept_as_it_is_whatever_its_machine_is_called(host: str, process: int) -> None:
    made = [new_holder(host, process) for _time in range(2)]
    kinds = [column.type for column in (messages.c.claimed_by, leases.c.holder)]

    assert made[0] != made[1]
    for holder in made:
        assert holder.isascii()
        assert holder.isprintable()
        assert all(isinstance(kind, sa.String) and len(f"{holder}/watchdog") <= (kind.length or 0) for kind in kinds)
