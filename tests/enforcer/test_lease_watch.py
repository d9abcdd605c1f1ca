"""A standby looks at the lease, waits for its end and 2 s more, and says on /health who works."""

from collections.abc import Iterator

import pytest

from enforcer.health import WELL
from enforcer.lease_watch import LeaseWatch
from prepaid.errors.start import DatabaseUnavailable
from sql.operation import Beat, beat
from tests.building import MORNING
from tests.enforcer.leasing import OVER_S, LeasedSite, leased_site
from tests.simulation.database import Dooms, SimulatedDatabase


@pytest.fixture
def site(database_url: str) -> Iterator[LeasedSite]:
    made = leased_site(database_url)
    yield made
    made.database.close()


def watch(site: LeasedSite) -> LeaseWatch:
    return LeaseWatch(site.database, site.clock, site.building.site_id)


def test_a_lease_that_nobody_took_is_free(site: LeasedSite) -> None:
    assert watch(site).wait_s() == 0


def test_a_lease_is_waited_for_until_two_seconds_after_its_end(site: LeasedSite) -> None:
    site.taken_by("first")
    site.clock.advance(3)

    standby = watch(site)
    wait_s = standby.wait_s()
    site.clock.advance(wait_s)

    assert wait_s == 9
    assert standby.wait_s() == 0
    assert site.taken_by("second").lease.token == 2


def test_a_lease_that_was_given_back_is_free(site: LeasedSite) -> None:
    site.taken_by("first").give_back()

    assert watch(site).wait_s() == 0


def test_while_the_holder_renews_after_the_clock_was_set_back_nobody_takes_over(site: LeasedSite) -> None:
    held = site.taken_by("first")
    standby = watch(site)
    site.clock.step(-3600)

    waits_s = []
    for _second in range(30):
        waits_s.append(standby.wait_s())
        site.clock.advance(1)
        with held.renewing():
            pass

    assert min(waits_s) > 0


def test_a_lease_that_ends_an_hour_ahead_is_free_when_it_has_not_moved_for_twelve_seconds(site: LeasedSite) -> None:
    site.taken_by("first")
    site.clock.step(-3600)
    standby = watch(site)

    waits_s = [standby.wait_s()]
    site.clock.advance(11)
    waits_s.append(standby.wait_s())
    site.clock.advance(1)
    waits_s.append(standby.wait_s())

    assert waits_s == [12, 1, 0]


def test_a_standby_is_well_and_says_who_works_since_when(site: LeasedSite) -> None:
    site.taken_by("first")
    with site.database.writing() as conn:
        beat(conn, sign_of("first", site.building.site_id), MORNING)

    standby = watch(site)
    standby.wait_s()
    health = standby.health()

    assert health["state"] in WELL
    assert (health["state"], health["holder"], health["holds_since"]) == ("standing_by", "first", MORNING)


def test_a_standby_that_does_not_reach_the_database_is_not_well(site: LeasedSite) -> None:
    away = SimulatedDatabase(site.database.url.render_as_string(hide_password=False), site.clock, Dooms())
    away.away = True
    standby = LeaseWatch(away, site.clock, site.building.site_id)

    with pytest.raises(DatabaseUnavailable) as found:
        standby.wait_s()
    standby.failed(str(found.value))

    assert standby.health()["state"] == "database_away"
    assert standby.health()["state"] not in WELL
    away.close()


def test_a_standby_that_finds_the_database_locked_says_so_until_another_one_works_again(site: LeasedSite) -> None:
    """A process that stands still inside a transaction keeps the lock of an SQLite file."""
    held = site.taken_by("first")
    standby = watch(site)
    site.clock.advance(OVER_S)
    standby.wait_s()

    standby.failed("it was kept locked")
    standby.wait_s()
    locked = standby.health()
    with held.renewing():
        pass
    standby.wait_s()
    free = standby.health()

    assert (locked["state"], locked["why"]) == ("database_away", "it was kept locked")
    assert (free["state"], free["why"]) == ("standing_by", None)


def sign_of(holder: str, site_id: int) -> Beat:
    return Beat(
        site_id=site_id,
        process="enforcer",
        holder=holder,
        started_at=MORNING,
        passes=1,
        pass_ms=1.0,
        cpu_ms=1.0,
        reads_due=0,
        reads_on_time=0,
        reads_late=0,
        reads_missed=0,
        version="0",
        details={},
    )
