"""The second demo site: beside the first, with other people, devices, money and zone, and right books."""

import pytest
import sqlalchemy as sa

from prepaid.errors.start import DemoSiteMissing
from sql import check
from sql.__main__ import _parser
from sql.connection import Database
from sql.demo import load
from sql.demo.site import demo_site
from sql.sites import site_names
from sql.tables import analyzers, sites, users

SMALL = ("demo", "--analyzers", "12", "--days", "2")


def demo(database: Database, *more: str) -> None:
    arguments = [*SMALL, *more]
    load.main(database, _parser(arguments).parse_args(arguments))


def test_both_sites_stand_side_by_side_and_the_books_are_right(database: Database) -> None:
    demo(database)
    demo(database, "--second", "--port-base", "16000")

    with database.reading() as conn:
        assert site_names(conn) == ["Dijla Mall", "Bagmati Plaza"]
        found = {row.name: (row.time_zone, row.currency) for row in conn.execute(sa.select(sites))}
        assert found["Bagmati Plaza"] == ("Asia/Kathmandu", "NPR")
        ports = list(conn.scalars(sa.select(analyzers.c.port)))
        staff = set(conn.scalars(sa.select(users.c.user_name).where(users.c.tenant_id.is_(None))))
    assert len(set(ports)) == 24
    assert staff == {"admin", "cashier", "manager", "cashier.bagmati", "manager.bagmati"}
    assert check.check(database, everything=True) == []


def test_the_second_site_needs_the_first(database: Database) -> None:
    with pytest.raises(DemoSiteMissing, match="--sites 2"):
        demo(database, "--second")


def test_two_sites_share_no_serial_number_and_no_name_to_sign_in_with() -> None:
    first, second = demo_site(800, seed=1), demo_site(800, seed=1, second=True)

    assert not {each.serial_number for each in first.devices} & {each.serial_number for each in second.devices}
    assert (first.mark, second.mark) == ("", ".bagmati")
