"""One database at a time has a site in use: who moved it away can do nothing for it any more until it is opened."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from enforcer.take_over import take_over
from prepaid.clock import ManualClock
from prepaid.errors.access import NotFound
from prepaid.errors.moving import ExportUnwritable, SiteAtWork, SiteNotInUse
from prepaid.records import Role
from prepaid.settings import site_settings
from sql.connection import Database
from sql.leases import acquire, release
from sql.locks import place_lock
from sql.moving.in_use import close, take_into_use
from sql.selling import Counter, Sale
from sql.sites import find_site, site_names
from sql.tables import entries, events, leases
from tests.building import MORNING, Building
from tests.people import People
from tests.selling import sold
from tests.sql.moving.conftest import Another
from tests.sql.moving.content import brought, rows, written
from tests.sql.right_books import Books

SITE = "Corner House"
LENGTH = timedelta(seconds=10)


@pytest.fixture
def building(people: People) -> Building:
    """A site with an administrator."""
    people.add("sara", Role.ADMIN)
    return Building(people.database)


def test_a_site_that_moved_is_in_use_where_it_came_to_and_only_there(
    books: Books, another: Another, tmp_path: Path
) -> None:
    target = another("target")

    written(books.database, tmp_path / "all.zip", close=True)
    manifest = brought(target, tmp_path / "all.zip")
    before = names(target)
    take_into_use(target, manifest.closed)

    assert names(books.database) == before == []
    assert manifest.closed == (SITE,)
    assert names(target) == [SITE]


def test_a_site_that_is_copied_goes_on_and_its_copy_does_not(books: Books, another: Another, tmp_path: Path) -> None:
    target = another("target")

    written(books.database, tmp_path / "all.zip")
    brought(target, tmp_path / "all.zip")

    assert names(books.database) == [SITE]
    assert names(target) == []


def test_an_enforcer_is_told_that_the_site_moved(building: Building) -> None:
    close(building.database, SITE)

    for name in (SITE, None):
        with building.database.reading() as conn, pytest.raises(SiteNotInUse, match="since 2026-01-05 08:00 UTC"):
            find_site(conn, name)


def test_an_enforcer_that_knew_the_site_before_gets_no_lease(building: Building) -> None:
    close(building.database, SITE)

    with pytest.raises(SiteNotInUse):
        take_over(building.database, ManualClock(MORNING), building.site_id, site_settings({}), "m:1")

    assert rows(building.database, leases) == []


def test_nobody_sells_at_a_site_that_moved(people: People, building: Building) -> None:
    shop = building.tenant("Shop")
    seller = people.sign_in("sara").signed_in
    close(building.database, SITE)
    sale = Sale(account_id=shop.account_id, amount=Decimal(5), currency="IQD", key="k")

    with pytest.raises(SiteNotInUse):
        sold(people.database, seller, Counter.FORM, sale)

    assert [row["kind"] for row in rows(people.database, entries)] == []


def test_nobody_acts_at_a_site_that_moved(people: People, building: Building) -> None:
    meter = building.analyzer("Meter")
    sara = people.sign_in("sara").signed_in
    close(building.database, SITE)

    with pytest.raises(SiteNotInUse):
        place_lock(people.database, sara, meter, "works on the wires", "123")


def test_who_opens_it_again_works_as_before(people: People, building: Building) -> None:
    shop = building.tenant("Shop")
    seller = people.sign_in("sara").signed_in
    close(building.database, SITE)

    take_into_use(building.database, [SITE])

    sale = Sale(account_id=shop.account_id, amount=Decimal(5), currency="IQD", key="k")
    assert sold(people.database, seller, Counter.FORM, sale).balance_after == Decimal(5)
    assert [row["action"] for row in rows(people.database, events) if row["writer"] == "sql"] == [
        "site.closed",
        "site.opened",
    ]


def test_opening_what_is_open_changes_nothing(building: Building) -> None:
    take_into_use(building.database, [SITE])

    assert rows(building.database, events) == []
    assert names(building.database) == [SITE]


def test_a_site_that_is_not_there_is_told(building: Building) -> None:
    for act in (lambda: close(building.database, "Mall"), lambda: take_into_use(building.database, ["Mall"])):
        with pytest.raises(NotFound, match="Mall"):
            act()


def test_a_site_that_was_closed_is_not_closed_again(building: Building) -> None:
    close(building.database, SITE)

    for name in (SITE, None):
        with pytest.raises(SiteNotInUse, match='python -m sql sites --open "Corner House"'):
            close(building.database, name)


def test_a_site_is_not_closed_under_its_enforcer(building: Building, tmp_path: Path) -> None:
    with building.database.writing() as conn:
        lease = acquire(conn, building.site_id, "m:1", MORNING, LENGTH)

    with pytest.raises(SiteAtWork, match="m:1"):
        written(building.database, tmp_path / "all.zip", close=True)

    assert names(building.database) == [SITE]
    with building.database.writing() as conn:
        release(conn, lease, MORNING)
    assert written(building.database, tmp_path / "all.zip", close=True).closed == (SITE,)


def test_a_copy_is_made_beside_an_enforcer(building: Building, tmp_path: Path) -> None:
    with building.database.writing() as conn:
        acquire(conn, building.site_id, "m:1", MORNING, LENGTH)

    assert written(building.database, tmp_path / "all.zip").closed == ()


def test_a_site_stays_in_use_when_no_export_comes_of_it(building: Building, tmp_path: Path) -> None:
    with pytest.raises(ExportUnwritable):
        written(building.database, tmp_path / "nowhere" / "all.zip", close=True)

    assert names(building.database) == [SITE]


def test_only_the_site_that_moves_is_closed_and_the_others_work_on(building: Building, tmp_path: Path) -> None:
    Building(building.database, name="Annex")
    with building.database.writing() as conn:
        acquire(conn, building.site_id, "m:1", MORNING, LENGTH)

    written(building.database, tmp_path / "annex.zip", "Annex", close=True)

    assert names(building.database) == [SITE]


def names(database: Database) -> list[str]:
    with database.reading() as conn:
        return site_names(conn)
