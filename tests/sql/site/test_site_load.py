"""Loading a real site: everything or nothing, observed at first."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.errors.start import SiteFileInvalid
from prepaid.records import SOURCES, AccountKind, Purpose, Role, Source, Stage
from prepaid.site_calendar import hours_fact, read_hours
from prepaid.supply import Answer, Facts, Reason, decide
from sql.connection import Database
from sql.no_cut import replace_windows
from sql.passwords import verify_password
from sql.site import main
from sql.sites import find_site, load_settings, load_site
from sql.tables import (
    accounts,
    entries,
    events,
    holidays,
    plans,
    prices,
    users,
)
from tests.sql.site.site_files import TEXT, _begins_with, change, counts, rows


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


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


def test_a_wrong_file_writes_nothing_at_all(database: Database, site_file: Path) -> None:
    change(site_file, ('host = "10.0.0.3"', 'host = "10.0.0.2"'))

    with pytest.raises(SiteFileInvalid, match=re.escape('analyzers[6] "Generator incomer".host')):
        main(database, site_file)

    assert not any(count for name, count in counts(database).items())


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
