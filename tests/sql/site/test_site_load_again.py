"""Loading a site file a second time, or beside other sites: only what is new, and nothing is changed."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.errors.start import SiteFileInvalid, SiteNotNamed
from prepaid.records import Stage
from sql.connection import Database
from sql.events import version
from sql.site import main
from sql.sites import find_site, load_site
from sql.tables import (
    accounts,
    analyzers,
    assignments,
    contacts,
    plans,
    prices,
    sites,
    tenants,
)
from tests.sql.site.site_files import TEXT, _begins_with, change, counts, rows

SECOND_SHOP = """
[[tenants]]
name = "Book Shop"
plan = "Shops"

[[analyzers]]
name = "G-02 main"
purpose = "tenant"
tenant = "Book Shop"
host = "10.0.0.14"
ct_primary_a = 60
rated_power_w = 40000
"""


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_second_run_of_the_same_file_changes_nothing(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)
    before = counts(database)
    capsys.readouterr()

    assert main(database, site_file) == 0

    assert counts(database) == before
    assert capsys.readouterr().out == "Riverside Mall: everything in this file is there already.\n"


def test_a_second_run_adds_what_is_new_and_tells_a_running_enforcer(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)
    with database.reading() as conn:
        before = version(conn, "enforcer:1")
    capsys.readouterr()
    change(
        site_file,
        ('email = "omar@example.com"', 'email = "omar@example.com"\n[[tenants.contacts]]\nname = "Ali"\nphone = "1"'),
        more=SECOND_SHOP,
    )

    main(database, site_file)

    said = capsys.readouterr().out
    assert said == "Riverside Mall: added: account 1, analyzer 1, contact 1, tenant 1.\n"
    with database.reading() as conn:
        assert version(conn, "enforcer:1") == before + 4
        site = load_site(conn, find_site(conn))
    added = next(analyzer for analyzer in site.analyzers.values() if analyzer.name == "G-02 main")
    assert site.accounts[_begins_with(added)].number == "A-0003"


def test_what_exists_is_never_changed_and_that_is_said(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)
    before = counts(database)
    capsys.readouterr()
    change(
        site_file,
        ('language = "en"                 #', 'language = "ar" #'),
        ("low_days = 3", "low_days = 5"),
        ('grid = "150"', 'grid = "160"'),
        ('unit = "G-01"', 'unit = "G-07"'),
        ('opening_balance = "125000"', "opening_balance = 1"),
        ('tenant = "Tower flat 12"', 'tenant = "Corner Bakery"'),
        ('host = "10.0.0.20"', 'host = "10.0.0.21"'),
        ('role = "manager"', 'role = "cashier"'),
    )

    assert main(database, site_file) == 0

    said = capsys.readouterr().out.splitlines()
    assert counts(database) == before
    assert said[:2] == [
        "Riverside Mall: everything in this file is there already.",
        "Left as it is, because a file never changes what exists:",
    ]
    told = [line.strip() for line in said[2:]]
    for line in (
        'site.language: it is "en", and the file says "ar".',
        'settings.low_days: it is "3", and the file says "5".',
        'plans[1] "Shops".grid: it is 150, and the file says 160.',
        'tenants[1] "Corner Bakery".unit: it is "G-01", and the file says "G-07".',
        'tenants[1] "Corner Bakery".opening_balance: it is 125000, and the file says 1.',
        'analyzers[3] "Flat 12".tenant: it is "Tower flat 12", and the file says "Corner Bakery".',
        'analyzers[4] "Stairs and lifts".host: it is "10.0.0.20", and the file says "10.0.0.21".',
        'users[3] "owner".role: it is "manager", and the file says "cashier".',
    ):
        assert line in told
    prices_now = rows(database, sa.select(prices.c.price_per_kwh).join(plans).where(plans.c.name == "Shops"))
    assert {row.price_per_kwh for row in prices_now} == {Decimal(150), Decimal(450)}


def test_a_commissioned_serial_number_is_no_difference(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)
    with database.writing() as conn:
        conn.execute(analyzers.update().where(analyzers.c.name == "Flat 12").values(serial_number="LQN/1"))
    capsys.readouterr()

    main(database, site_file)

    assert "Left as it is" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (('name = "Flat 12"', 'name = "Flat 13"'), 'analyzers[3] "Flat 13".host: "Flat 12" has this address.'),
        (
            ('name = "Flat 12"\npurpose', 'name = "Flat 13"\nserial_number = "LQN/1"\npurpose'),
            'analyzers[3] "Flat 13".serial_number: "Flat 12" has this serial number.',
        ),
        (('"Corner Bakery"', '"Bakery"'), 'tenants[1] "Bakery".account: another tenant has this number.'),
        (('currency = "IQD"', 'currency = "USD"'), 'site.currency: this site is kept in "IQD", for ever.'),
    ],
)
def test_a_line_that_cannot_be_so_beside_what_exists_is_told_and_nothing_is_written(
    database: Database, site_file: Path, pair: tuple[str, str], told: str
) -> None:
    main(database, site_file)
    with database.writing() as conn:
        conn.execute(analyzers.update().where(analyzers.c.name == "Flat 12").values(serial_number="LQN/1"))
    before = counts(database)
    change(site_file, pair, more=SECOND_SHOP)

    with pytest.raises(SiteFileInvalid) as raised:
        main(database, site_file)

    assert told in str(raised.value)
    assert counts(database) == before


def test_who_has_left_stays_gone_and_gets_no_analyzer(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)
    with database.writing() as conn:
        left = sa.select(tenants.c.id).where(tenants.c.name == "Tower flat 12").scalar_subquery()
        conn.execute(accounts.update().where(accounts.c.tenant_id == left).values(stage=Stage.CLOSED))
        conn.execute(analyzers.update().where(analyzers.c.name == "Flat 12").values(retired_at=database.clock.now()))
    capsys.readouterr()

    main(database, site_file)
    said = capsys.readouterr().out
    change(site_file, more=SECOND_SHOP.replace('tenant = "Book Shop"', 'tenant = "Tower flat 12"'))

    assert 'tenants[2] "Tower flat 12": has left.' in said
    assert 'analyzers[3] "Flat 12": is retired.' in said
    with pytest.raises(SiteFileInvalid, match=re.escape('analyzers[7] "G-02 main".tenant: "Tower flat 12" has left.')):
        main(database, site_file)


def test_a_retired_plan_takes_no_new_tenant(database: Database, site_file: Path) -> None:
    main(database, site_file)
    with database.writing() as conn:
        conn.execute(plans.update().where(plans.c.name == "Shops").values(retired_at=database.clock.now()))
    change(site_file, more=SECOND_SHOP)

    with pytest.raises(SiteFileInvalid, match=re.escape('tenants[3] "Book Shop".plan: this plan is retired.')):
        main(database, site_file)


def test_a_second_site_lives_beside_the_first(database: Database, site_file: Path) -> None:
    main(database, site_file)
    change(site_file, ('name = "Riverside Mall"', 'name = "Hill Mall"'), ('user_name = "', 'user_name = "hill-'))

    main(database, site_file)

    assert {row.name for row in rows(database, sa.select(sites))} == {"Riverside Mall", "Hill Mall"}
    assert len(rows(database, sa.select(assignments))) == len(rows(database, sa.select(analyzers))) == 12
    assert len(rows(database, sa.select(contacts))) == 6


def test_a_user_of_another_site_is_not_meant_by_the_same_name(database: Database, site_file: Path) -> None:
    main(database, site_file)
    change(site_file, ('name = "Riverside Mall"', 'name = "Hill Mall"'))

    with pytest.raises(SiteFileInvalid, match='"layla" belongs to another site'):
        main(database, site_file)

    assert {row.name for row in rows(database, sa.select(sites))} == {"Riverside Mall"}


def test_who_means_no_site_where_there_are_several_is_told_their_names(database: Database, site_file: Path) -> None:
    main(database, site_file)
    change(site_file, ('name = "Riverside Mall"', 'name = "Hill Mall"'), ('user_name = "', 'user_name = "hill-'))
    main(database, site_file)

    with database.reading() as conn, pytest.raises(SiteNotNamed, match=r'"Riverside Mall", "Hill Mall".*--site'):
        find_site(conn)
