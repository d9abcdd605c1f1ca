"""The lease as a process holds it: when frames may leave, who renews it, and what one who lost it can still do."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from enforcer.lease_keeper import LeaseKeeper
from prepaid.errors.start import LeaseLost
from prepaid.settings import SiteSettings
from sql.tables import sites
from tests.enforcer.leasing import OVER_S, LeasedSite, leased_site


@pytest.fixture
def site(database_url: str) -> Iterator[LeasedSite]:
    made = leased_site(database_url)
    yield made
    made.database.close()


@pytest.mark.parametrize(("after_s", "may_leave"), [(0.0, True), (6.0, True), (6.01, False), (11.0, False)])
def test_a_frame_leaves_with_at_least_four_seconds_of_the_lease_left(
    site: LeasedSite, after_s: float, may_leave: bool
) -> None:
    held = site.taken_by("first")

    site.clock.advance(after_s)

    assert held.lets_frames_leave() is may_leave


def test_a_wall_clock_that_is_set_back_gives_no_frame_more_time(site: LeasedSite) -> None:
    held = site.taken_by("first")
    site.clock.advance(7)

    site.clock.step(-3600)

    assert not held.lets_frames_leave()


def test_a_lease_counts_from_before_it_was_asked_for(site: LeasedSite) -> None:
    """However long the database takes to commit."""
    held = site.taken_by("first")

    with held.renewing():
        site.clock.advance(8)

    assert held.left_s == 2
    assert not held.lets_frames_leave()


def test_a_renewed_lease_lets_frames_leave_again(site: LeasedSite) -> None:
    held = site.taken_by("first")
    site.clock.advance(9)

    with held.renewing():
        pass

    assert held.lets_frames_leave()
    assert held.left_s == 10


def test_a_transaction_that_fails_renews_nothing(site: LeasedSite) -> None:
    held = site.taken_by("first")
    site.clock.advance(9)

    with pytest.raises(ZeroDivisionError), held.renewing():
        raise ZeroDivisionError

    assert held.left_s == 1


def test_who_lost_the_lease_writes_nothing_and_sends_nothing(site: LeasedSite) -> None:
    stale = site.lost_by("first")

    with pytest.raises(LeaseLost), stale.database.writing() as conn:
        conn.execute(sites.update().values(name="of a loser"))

    assert stale.lost.is_set()
    assert not stale.lets_frames_leave()
    with stale.database.reading() as conn:
        assert conn.scalar(sa.select(sites.c.name)) == "Corner House"


def test_who_lost_the_lease_cannot_renew_it(site: LeasedSite) -> None:
    stale = site.lost_by("first")

    with pytest.raises(LeaseLost), stale.renewing():
        pytest.fail("nothing is written behind a lease that is lost")

    assert stale.lost.is_set()


def test_who_lost_the_lease_does_not_give_back_the_one_of_the_successor(site: LeasedSite) -> None:
    site.lost_by("first").give_back()

    seen = site.seen()
    assert seen is not None
    assert seen.holder == "successor"


def test_a_holder_writes_though_its_lease_is_over_as_long_as_nobody_took_it(site: LeasedSite) -> None:
    held = site.taken_by("first")
    site.clock.advance(OVER_S * 10)

    with held.database.writing() as conn:
        conn.execute(sites.update().values(name="still the one"))

    with site.database.reading() as conn:
        assert conn.scalar(sa.select(sites.c.name)) == "still the one"


def test_a_lease_that_was_given_back_lets_nothing_leave_and_is_free_at_once(site: LeasedSite) -> None:
    held = site.taken_by("first")

    held.give_back()

    assert not held.lets_frames_leave()
    assert site.taken_by("second").lease.token == 2


# --- the keeper ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_s", "renewed"), [(2.9, False), (3.0, True)])
def test_a_lease_that_no_pass_renews_is_renewed_every_three_seconds(
    site: LeasedSite, after_s: float, renewed: bool
) -> None:
    held = site.taken_by("first")
    site.clock.advance(after_s)

    LeaseKeeper(held, works=lambda: True).look()

    assert (held.left_s == 10) is renewed


def test_work_that_hangs_gets_no_more_of_the_lease(site: LeasedSite) -> None:
    held = site.taken_by("first")
    site.clock.advance(9)

    LeaseKeeper(held, works=lambda: False).look()

    assert held.left_s == 1


def test_the_keeper_notices_that_another_one_took_over(site: LeasedSite) -> None:
    stale = site.lost_by("first")

    LeaseKeeper(stale, works=lambda: True).look()

    assert stale.lost.is_set()


def test_a_short_lease_is_renewed_sooner(site: LeasedSite) -> None:
    shortest = SiteSettings(lease_s=Decimal(6), lease_margin_s=Decimal(5), lease_renew_s=Decimal(20))

    assert site.taken_by("first", shortest).renew_s == 0.5
