"""Loading a real site: everything or nothing, observed at first, and a second time only what is new."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.start import SiteFileInvalid, SiteNotNamed
from prepaid.records import SOURCES, AccountKind, Purpose, Role, Source, Stage
from prepaid.site import Analyzer
from prepaid.site_calendar import hours_fact, read_hours
from prepaid.supply import Answer, Facts, Reason, decide
from sql.connection import Database
from sql.events import version
from sql.no_cut import replace_windows
from sql.passwords import verify_password
from sql.site import main
from sql.sites import find_site, load_settings, load_site
from sql.tables import (
    accounts,
    analyzers,
    assignments,
    contacts,
    entries,
    events,
    holidays,
    metadata,
    plans,
    prices,
    sites,
    tenants,
    users,
)
from tests.sql.site.test_site_file import EXAMPLE

TEXT = EXAMPLE.read_text(encoding="utf-8")
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


def rows(database: Database, question: sa.Select[Any]) -> Sequence[Any]:
    with database.reading() as conn:
        return conn.execute(question).all()


def counts(database: Database) -> dict[str, int]:
    with database.reading() as conn:
        return {
            table.name: conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def change(path: Path, *pairs: tuple[str, str], more: str = "") -> None:
    text = TEXT
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text + more, encoding="utf-8")


def test_a_new_site_is_ready_to_be_read_and_cuts_nobody(database: Database, site_file: Path) -> None:
    assert main(database, site_file) == 0

    with database.reading() as conn:
        site = load_site(conn, find_site(conn, "Riverside Mall"))
        settings = load_settings(conn, site.site_id)
    assert (site.zone_name, site.currency, settings.low_days) == ("Asia/Baghdad", "IQD", Decimal(3))
    assert len(site.analyzers) == 6
    bakery = next(account for account in site.accounts.values() if account.tenant_name == "Corner Bakery")
    assert {account.stage for account in site.accounts.values()} == {Stage.OBSERVED}
    for analyzer in site.analyzers.values():
        sold = analyzer.purpose is Purpose.TENANT
        assert (site.accounts[_begins_with(analyzer)].kind is AccountKind.TENANT) == sold
        assert analyzer.pending is not None
        assert not analyzer.passed_serials
    facts = Facts(now=database.clock.now(), live_balance=Decimal(-1), commissioned=False, enforced=False)
    assert decide(facts).answer is Answer.KEEP
    assert decide(facts).reason is Reason.NOT_COMMISSIONED
    now = database.clock.now()
    assert {source: site.price(bakery.account_id, source, now)[1] for source in SOURCES} == {
        Source.GRID: Decimal(150),
        Source.GENERATOR: Decimal(450),
    }


def test_hours_and_holidays_are_what_the_enforcer_reads(database: Database, site_file: Path) -> None:
    main(database, site_file)

    with database.reading() as conn:
        site = load_site(conn, find_site(conn))
        own = {site.accounts[account_id].tenant_name: hours_fact(each) for account_id, each in site.no_cut.own.items()}
    founding_day = datetime(2027, 4, 1, 6, tzinfo=UTC)
    assert own == {"Corner Bakery": "5 02:00-05:00, 14:00-15:30"}
    assert site.no_cut.ends_at(founding_day) == datetime(2027, 4, 2, 5, tzinfo=UTC), "it goes on into Thursday night"
    assert site.no_cut.ends_at(founding_day - timedelta(days=1)) is None


def test_hours_that_a_person_has_changed_since_stay_and_that_is_said(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)
    with database.writing() as conn:
        replace_windows(conn, 1, None, read_hours({0: "20:00-24:00"}))
        conn.execute(holidays.update().values(name="Opening day"))
    before = counts(database)
    capsys.readouterr()

    main(database, site_file)

    said = capsys.readouterr().out
    assert counts(database) == before
    assert 'site.no_cut_hours: it is "0 20:00-24:00", and the file says "3 20:00-24:00; 4' in said
    assert 'holidays[1] "Founding day".name: it is "Opening day", and the file says "Founding day".' in said


def test_opening_balances_are_entries_and_the_house_is_free(database: Database, site_file: Path) -> None:
    main(database, site_file)

    booked = rows(database, sa.select(entries.c.kind, entries.c.amount, entries.c.entry_no))
    house = rows(database, sa.select(accounts).where(accounts.c.kind == AccountKind.HOUSE))
    free = rows(database, sa.select(prices.c.price_per_kwh).join(plans).where(plans.c.name == "House, not sold"))
    numbers = {row.number for row in rows(database, sa.select(accounts.c.number))}

    assert booked == [("opening", Decimal(125_000), 1)]
    assert [(row.exempt, row.number) for row in house] == [(True, "HOUSE")]
    assert [row.price_per_kwh for row in free] == [0, 0]
    assert numbers == {"A-0001", "A-0002", "HOUSE"}


def test_the_staff_gets_first_passwords_that_are_told_once(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(database, site_file)

    said = capsys.readouterr().out
    people = {row.user_name: row for row in rows(database, sa.select(users))}
    told = dict(re.findall(r"^  (\S+) +(\S+)$", said, re.MULTILINE))
    assert set(people) == {"admin", "layla", "till", "owner"}
    assert set(told) == {"admin", "layla", "owner"}
    assert told["admin"] == "Admin123!"
    assert verify_password(people["till"].password_hash, "choose-another-1").right
    assert all(verify_password(people[name].password_hash, password).right for name, password in told.items())
    assert all(person.must_change_password for person in people.values())
    assert (people["admin"].site_id, people["admin"].role) == (None, Role.ADMIN)
    assert people["till"].largest_recharge == 500_000
    assert "choose-another-1" not in said
    assert "alarms reach nobody" not in said


def test_an_admin_of_the_file_takes_the_place_of_the_first_admin(
    database: Database, site_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(site_file, ('user_name = "layla"', 'user_name = "Admin"'), ('email = "layla@example.com"', ""))

    main(database, site_file)

    said = capsys.readouterr().out
    people = {row.user_name: row for row in rows(database, sa.select(users))}
    assert set(people) == {"admin", "till", "owner"}
    assert verify_password(people["admin"].password_hash, "Admin123!").right
    assert "alarms reach nobody" in said


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


def test_a_wrong_file_writes_nothing_at_all(database: Database, site_file: Path) -> None:
    change(site_file, ('host = "10.0.0.3"', 'host = "10.0.0.2"'))

    with pytest.raises(SiteFileInvalid, match=re.escape('analyzers[6] "Generator incomer".host')):
        main(database, site_file)

    assert not any(count for name, count in counts(database).items())


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


def test_every_addition_is_an_event_without_secrets(database: Database, site_file: Path) -> None:
    main(database, site_file)

    told = rows(database, sa.select(events))
    actions = {row.action for row in told}
    assert {"site.created", "plan.created", "price.created", "tenant.created", "account.created"} <= actions
    assert {"analyzer.created", "contact.created", "user.created", "setting.created"} <= actions
    assert {"no_cut_hours.created", "holiday.created"} <= actions
    assert {row.actor for row in told} == {"site file"}
    assert "argon2" not in str([row.after for row in told])
    assert all(abs(row.happened_at - database.clock.now()) < timedelta(minutes=5) for row in told)


def _begins_with(analyzer: Analyzer) -> int:
    """The account whose assignment waits for the first reading; until then the house has the analyzer."""
    assert analyzer.pending is not None, "nothing was read yet"
    return analyzer.pending.account_id
