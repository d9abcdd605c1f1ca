"""The import: all rows are judged first, what was previewed is written in one transaction, and once only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from documents.workbook_reader import read_workbook
from documents.workbook_template import template_of
from prepaid.errors.access import NotAllowed, SessionEnded
from prepaid.errors.tenants import ChangedMeanwhile, ImportUnfit
from prepaid.records import EntryKind, Role, Stage
from prepaid.tenancy import Policy, TenantFacts
from prepaid.workbook import MOST_FINDINGS, Sheet, Workbook
from sql import check
from sql import events as trail
from sql.connection import Database
from sql.imports import Preview, import_workbook, plans_for_tenants, preview_import
from sql.sessions import SignedIn
from sql.site import main as load_site_file
from sql.site.checks import HOUSE_PLAN
from sql.sites import find_site
from sql.tables import (
    account_plans,
    accounts,
    analyzers,
    assignments,
    contacts,
    crossings,
    entries,
    events,
    metadata,
    plans,
    tenants,
)
from sql.tenants import NewTenant, add_tenant
from tests.building import Building
from tests.signed_in import sign_out, signed_in
from tests.sql.site.test_site_file import EXAMPLE
from tests.sql.statements import listening, on_sql_server
from tests.workbooks import BAKERY, BALANCE, OVEN, Cells, small_workbook, workbook_of

FULL: Cells = {
    "Name": "Corner Bakery",
    "Unit": "G-01",
    "Phone": "07701234567",
    "Language": "ar",
    "Plan": "Shops",
    "Account number": "B-77",
    "Emergency credit": 20,
    "Restore threshold": -0.5,
    "Contact": "Sara",
    "Mail address": "sara@example.com",
}
ROW_2 = "Tenants, row 2"


class Site:
    """A building with an administrator who imports."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.building = Building(database)
        self.admin = signed_in(database, Role.ADMIN)

    def preview(self, book: Workbook, person: SignedIn | None = None) -> Preview:
        viewer = (person or self.admin).viewer
        with self.database.reading() as conn:
            return preview_import(conn, viewer, self.building.site_id, book, self.database.now(conn))

    def write(self, book: Workbook) -> Preview:
        return import_workbook(self.database, self.admin, self.building.site_id, book, self.preview(book))

    def findings(self, content: bytes) -> Sequence[str]:
        return self.preview(read_workbook(content)).findings

    def rows(self, table: sa.Table) -> Sequence[Any]:
        with self.database.reading() as conn:
            return conn.execute(sa.select(table).order_by(*table.primary_key.columns)).all()

    def counts(self) -> Mapping[str, int]:
        return {table.name: len(self.rows(table)) for table in metadata.sorted_tables}


@pytest.fixture
def site(database: Database) -> Site:
    return Site(database)


def test_the_preview_tells_what_would_be_added_and_writes_nothing(site: Site) -> None:
    before = site.counts()

    found = site.preview(read_workbook(small_workbook(tenant={**FULL, "Name": "Bakery"})))

    assert site.counts() == before
    assert found.findings == ()
    assert [(each.name, each.number, each.opening, each.contacts) for each in found.tenants] == [
        ("Bakery", "B-77", Decimal("1250.5"), 1)
    ]
    assert [(each.name, each.tenant, each.host, each.port) for each in found.analyzers] == [
        ("Oven", "Bakery", "10.0.0.1", 502)
    ]
    assert (found.sums, found.openings, found.contacts) == ({"IQD": Decimal("1250.5")}, 1, 1)


def test_everything_is_written_as_it_was_previewed(site: Site) -> None:
    book = read_workbook(small_workbook(tenant={**FULL, "Name": "Bakery"}, balance={**BALANCE, "Note": "page 3"}))

    site.write(book)

    tenant, contact = site.rows(tenants)[0], site.rows(contacts)[0]
    account = next(row for row in site.rows(accounts) if row.tenant_id == tenant.id)
    entry = next(row for row in site.rows(entries) if row.account_id == account.id)
    analyzer, assignment = site.rows(analyzers)[0], site.rows(assignments)[0]
    assert (tenant.name, tenant.unit, tenant.phone, tenant.language) == ("Bakery", "G-01", "07701234567", "ar")
    assert (contact.name, contact.email, contact.language) == ("Sara", "sara@example.com", "ar")
    assert (account.number, account.stage, account.currency) == ("B-77", Stage.OBSERVED, "IQD")
    assert (account.emergency_credit, account.restore_threshold) == (20, Decimal("-0.5"))
    assert account.observed_at is not None
    assert account.enforced_at is None
    assert (entry.kind, entry.amount, entry.entry_no, entry.cause) == (
        EntryKind.OPENING,
        Decimal("1250.5"),
        1,
        "opening",
    )
    assert (entry.actor, entry.note) == (site.admin.actor, "page 3")
    assert (analyzer.name, analyzer.port, analyzer.unit_id, analyzer.ct_secondary_a) == ("Oven", 502, 1, 5)
    assert (assignment.account_id, assignment.from_at, assignment.entered_by) == (account.id, None, site.admin.actor)
    assert site.rows(account_plans)[-1].plan_id == site.building.plan_id
    assert {row.account_id for row in site.rows(crossings)} >= {account.id}


def test_one_event_tells_of_the_file_and_of_what_came_from_it(site: Site) -> None:
    book = read_workbook(small_workbook())

    site.write(book)

    event = site.rows(events)[-1]
    assert len(site.rows(events)) == 1
    assert (event.action, event.subject, event.actor) == (
        "site.imported",
        f"site:{site.building.site_id}",
        site.admin.actor,
    )
    assert event.after == {
        "sha256": book.sha256,
        "tenants": 1,
        "contacts": 0,
        "analyzers": 1,
        "openings": 1,
        "sum_IQD": "1250.5",
        "address": site.admin.address,
    }


def test_a_running_enforcer_reads_what_was_imported(site: Site) -> None:
    with site.database.reading() as conn:
        before = trail.version(conn, "enforcer:1")

    site.write(read_workbook(small_workbook()))

    with site.database.reading() as conn:
        assert trail.version(conn, "enforcer:1") == before + 1
    (analyzer,) = site.building.load().analyzers.values()
    assert analyzer.pending is not None
    assert site.building.load().accounts[analyzer.pending.account_id].tenant_name == "Bakery"


def test_the_books_are_right_after_an_import(site: Site) -> None:
    site.write(read_workbook(small_workbook()))

    assert check.check(site.database, everything=True) == []


def test_the_same_file_a_second_time_adds_nothing(site: Site) -> None:
    book = read_workbook(small_workbook(tenant={**FULL, "Name": "Bakery"}))
    site.write(book)
    before = site.counts()

    again = site.preview(book)
    site.write(book)

    assert again.adds_nothing
    assert again.findings == ()
    assert (again.tenants_unchanged, again.analyzers_unchanged, again.openings_unchanged) == (1, 1, 1)
    assert site.counts() == before


def test_the_template_as_it_is_given_out_can_be_imported(site: Site) -> None:
    added = site.write(read_workbook(template_of([("Shops", "IQD")])))

    assert [each.name for each in added.tenants] == ["Corner Bakery"]
    assert [each.tenant for each in added.analyzers] == ["Corner Bakery"]


def test_a_site_that_came_from_a_file_takes_a_workbook_and_its_house_plan_no_tenant(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    load_site_file(site.database, EXAMPLE)
    capsys.readouterr()
    with site.database.reading() as conn:
        site_id, now = find_site(conn, "Riverside Mall"), site.database.now(conn)
        offered = plans_for_tenants(conn, site.admin.viewer, site_id, now)
        free = read_workbook(workbook_of({Sheet.TENANTS: [{**BAKERY, "Plan": HOUSE_PLAN}]}))
        refused = preview_import(conn, site.admin.viewer, site_id, free, now)
        book = read_workbook(small_workbook(analyzer={**OVEN, "Host": "10.0.0.77"}))
        seen = preview_import(conn, site.admin.viewer, site_id, book, now)

    added = import_workbook(site.database, site.admin, site_id, book, seen)

    assert set(offered) == {"Shops", "Homes"}
    assert "Choose one of: Homes, Shops." in refused.findings[0]
    assert [each.number for each in added.tenants] == ["A-0003"]


def test_free_account_numbers_pass_over_those_of_the_file(site: Site) -> None:
    rows: list[Cells] = [
        {"Name": "A", "Plan": "Shops"},
        {"Name": "B", "Plan": "Shops", "Account number": "A-0001"},
        {"Name": "C", "Plan": "Shops"},
    ]

    added = site.write(read_workbook(workbook_of({Sheet.TENANTS: rows})))

    assert [each.number for each in added.tenants] == ["A-0002", "A-0001", "A-0003"]


def test_an_analyzer_can_belong_to_the_site_or_to_a_tenant_who_is_there(site: Site) -> None:
    bakery = site.building.tenant("Bakery")
    lamp: Cells = {**OVEN, "Name": "Lamp", "Tenant": None, "Purpose": "common", "Host": "10.0.0.2"}

    site.write(read_workbook(workbook_of({Sheet.ANALYZERS: [OVEN, lamp]})))

    assert [row.account_id for row in site.rows(assignments)] == [bakery.account_id, site.building.house_account_id]


def test_the_opening_balance_of_an_account_that_is_open_already_is_booked_once(site: Site) -> None:
    bakery = site.building.tenant("Bakery", stage=Stage.OBSERVED)
    book = read_workbook(workbook_of({Sheet.OPENINGS: [{**BALANCE, "Date": "2026-01-04"}]}))

    first, second = site.write(book), site.write(book)

    booked = [row for row in site.rows(entries) if row.account_id == bakery.account_id]
    crossing = next(row for row in site.rows(crossings) if row.account_id == bakery.account_id)
    assert [(each.number, each.amount) for each in first.late_openings] == [(bakery.number, Decimal("1250.5"))]
    assert second.adds_nothing
    assert [(row.kind, row.amount, row.note) for row in booked] == [
        (EntryKind.OPENING, Decimal("1250.5"), "2026-01-04")
    ]
    assert crossing.armed_by_entry_no == 1


@pytest.mark.parametrize(
    ("stage", "opening", "told"),
    [
        (Stage.ENFORCED, "0", 'Tenant": its account is enforced already. Book it by a correction'),
        (Stage.OBSERVED, "7", 'Amount": 7 is booked as its opening balance already.'),
    ],
)
def test_an_opening_balance_that_would_surprise_is_refused(site: Site, stage: Stage, opening: str, told: str) -> None:
    site.building.tenant("Bakery", stage=stage, opening=opening)

    found = site.findings(workbook_of({Sheet.OPENINGS: [BALANCE]}))

    assert [told in each for each in found] == [True]
    assert found[0].startswith("Opening balances, row 2, column")


@pytest.mark.parametrize(
    ("tenant", "told"),
    [
        ({"Name": None}, 'column "Name": it is missing. Write it, for example: Corner Bakery'),
        ({"Name": "x" * 121}, 'column "Name": it has more than 120 characters. Shorten it.'),
        ({"Name": "Ba\x7fkery"}, 'column "Name": it has characters that nobody can see. Write it again.'),
        ({"Plan": "Homes"}, 'column "Plan": there is no plan "Homes" at this site that has a price. '
                            "Choose one of: House, Shops."),
        ({"Language": "English"}, 'column "Language": "English" has not the right form. Write it like "en".'),
        ({"Account number": "A 1"}, 'column "Account number": "A 1" has not the right form. Write it like "A-0001".'),
        ({"Account number": "HOUSE"}, 'column "Account number": this number belongs to the account of the house.'),
        ({"Account number": "H1"}, 'column "Account number": another tenant has this number.'),
        ({"Emergency credit": -1}, 'column "Emergency credit": it is below 0.'),
        ({"Restore threshold": -1}, 'column "Restore threshold": it is below minus the emergency credit'),
        ({"Restore threshold": 0.12345678}, 'column "Restore threshold": "0.12345678" is not a valid amount'),
        ({"Restore threshold": "1,5"}, 'column "Restore threshold": "1,5" can be read in several ways'),
        ({"Contact": "Sara"}, 'column "Mail address": there is neither a mail address nor a phone number.'),
        ({"Mail address": "sara"}, 'column "Mail address": "sara" is no mail address.'),
        ({"Mail address": "sä@example.com"}, '"sä@example.com" is no mail address'),
    ],
)  # fmt: skip
def test_a_row_of_a_tenant_that_is_wrong_is_told_with_its_cell(site: Site, tenant: Cells, told: str) -> None:
    found = site.findings(workbook_of({Sheet.TENANTS: [{**BAKERY, **tenant}]}))

    assert found[0].startswith(ROW_2)
    assert told in found[0]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("analyzer", "told"),
    [
        ({"Host": None}, 'column "Host": it is missing.'),
        ({"Tenant": "Baker"}, 'column "Tenant": there is no tenant "Baker" in this file.'),
        ({"Tenant": None}, 'column "Tenant": it is missing. Name the tenant'),
        ({"Port": 70_000}, 'column "Port": 70000 is not a whole number from 1 to 65535. Correct it.'),
        ({"Port": 1.5}, 'column "Port": 1.5 is not a whole number from 1 to 65535. Correct it.'),
        ({"Purpose": "shop"}, 'column "Purpose": "shop" is not one of tenant, common'),
        ({"Wiring": "pulse trip", "Remote timeout s": 5}, 'column "Feedback input": without a feedback contact'),
        ({"CT secondary A": 3}, 'column "CT secondary A": current transformers have 1 or 5 A'),
        ({"Taps below contactor": "maybe"}, 'column "Taps below contactor": "maybe" is neither yes nor no.'),
    ],
)
def test_a_row_of_an_analyzer_that_is_wrong_is_told_with_its_cell(site: Site, analyzer: Cells, told: str) -> None:
    found = site.findings(small_workbook(analyzer={**OVEN, **analyzer}))

    assert found[0].startswith("Analyzers, row 2")
    assert told in found[0]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("balance", "told"),
    [
        ({"Tenant": "Baker"}, 'column "Tenant": there is no tenant "Baker" in this file or at this site.'),
        ({"Amount": None}, 'column "Amount": it is missing.'),
        ({"Amount": "0.12345678"}, 'column "Amount": "0.12345678" is not a valid amount: more than 7 decimals.'),
        ({"Amount": 950_000_000_000}, 'column "Amount": "950000000000" is not a valid amount'),
        ({"Currency": "USD"}, 'column "Currency": the account is kept in IQD, not in USD.'),
        ({"Currency": "dinar"}, 'column "Currency": "dinar" has not the right form.'),
    ],
)
def test_a_balance_that_is_wrong_is_told_with_its_cell(site: Site, balance: Cells, told: str) -> None:
    found = site.findings(small_workbook(balance={**BALANCE, **balance}))

    assert found[0].startswith("Opening balances, row 2")
    assert told in found[0]
    assert len(found) == 1


def test_what_comes_twice_in_a_file_is_told(site: Site) -> None:
    other: Cells = {**OVEN, "Name": "Kiln", "Host": "10.0.0.2", "Serial number": "LQ1"}
    content = workbook_of(
        {
            Sheet.TENANTS: [BAKERY, {**BAKERY, "Name": "BAKERY"}],
            Sheet.ANALYZERS: [OVEN, {**OVEN, "Name": "Grill"}, other, {**other, "Host": "10.0.0.3", "Name": "Stove"}],
            Sheet.OPENINGS: [BALANCE, BALANCE],
        }
    )

    assert site.findings(content) == (
        'Tenants, row 3, column "Name": "BAKERY" is already taken by Tenants, row 2. Write another.',
        'Analyzers, row 5, column "Serial number": "LQ1" is already taken by Analyzers, row 4. Write another.',
        'Analyzers, row 3, column "Host": "10.0.0.1:502/1" is already taken by Analyzers, row 2. Write another.',
        'Opening balances, row 3, column "Tenant": "Bakery" has a balance in Opening balances, row 2 already. '
        "Delete one of them.",
    )


def test_what_is_there_otherwise_is_no_second_row_but_told(site: Site) -> None:
    site.write(read_workbook(small_workbook(tenant={**FULL, "Name": "Bakery"})))
    before = site.counts()
    changed = small_workbook(
        tenant={**FULL, "Name": "Bakery", "Unit": "G-02", "Mail address": "new@example.com"},
        analyzer={**OVEN, "Host": "10.0.0.9"},
        balance={**BALANCE, "Amount": 5},
    )

    told = site.findings(changed)

    assert [each.split(":")[0] for each in told] == [
        'Opening balances, row 2, column "Amount"',
        'Tenants, row 2, column "Unit"',
        'Analyzers, row 2, column "Host"',
        "Tenants, row 2",
    ]
    assert 'it is "G-01", and the file says "G-02". An import changes nothing that is there' in told[1]
    assert site.counts() == before


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({Sheet.TENANTS: [{**BAKERY, "Name": "bakery"}]}, 'there is "Bakery", which differs in capitals only.'),
        (
            {Sheet.ANALYZERS: [{**OVEN, "Name": "OVEN", "Host": "h"}]},
            'there is "Oven", which differs in capitals only.',
        ),
        ({Sheet.ANALYZERS: [{**OVEN, "Name": "Kiln"}]}, '"Oven" has this address.'),
        (
            {Sheet.ANALYZERS: [{**OVEN, "Name": "Kiln", "Host": "h", "Serial number": "LQ1"}]},
            '"Oven" has this serial number.',
        ),
    ],
)
def test_what_another_one_has_is_told(site: Site, rows: Mapping[Sheet, Sequence[Cells]], told: str) -> None:
    site.write(read_workbook(small_workbook(analyzer={**OVEN, "Serial number": "LQ1"})))

    found = site.findings(workbook_of(rows))

    assert [told in each for each in found] == [True]


def test_who_has_left_comes_back_by_no_file(site: Site) -> None:
    site.building.close(site.building.tenant("Bakery"))

    found = site.findings(small_workbook())

    assert any("Tenants, row 2: has left." in each for each in found)
    assert any('Analyzers, row 2, column "Tenant": "Bakery" has left.' in each for each in found)
    assert any(each.startswith('Opening balances, row 2, column "Tenant"') for each in found)


def test_a_plan_without_a_price_or_that_is_retired_takes_nobody(site: Site) -> None:
    with site.database.writing() as conn:
        conn.execute(plans.update().values(retired_at=site.database.now(conn)))

    assert "Choose one of: –." in site.findings(workbook_of({Sheet.TENANTS: [BAKERY]}))[0]


def test_plans_of_the_site_are_no_matter_of_the_file(site: Site) -> None:
    site.building.plan("SHOPS", Decimal(1), Decimal(2))

    assert site.findings(small_workbook()) == ()


def test_an_account_has_the_currency_of_its_plan(site: Site) -> None:
    with site.database.writing() as conn:
        conn.execute(plans.update().where(plans.c.id == site.building.plan_id).values(currency="USD"))

    added = site.write(read_workbook(small_workbook(balance={**BALANCE, "Currency": "USD"})))

    assert added.sums == {"USD": Decimal("1250.5")}
    assert site.rows(accounts)[-1].currency == "USD"


def test_all_findings_are_told_at_once_but_not_without_end(site: Site) -> None:
    rows: list[Cells] = [{"Name": f"Shop {number}", "Plan": "Homes"} for number in range(MOST_FINDINGS + 5)]

    found = site.preview(read_workbook(workbook_of({Sheet.TENANTS: rows})))

    assert len(found.findings) == MOST_FINDINGS
    assert found.findings_in_all == MOST_FINDINGS + 5


def test_one_wrong_row_keeps_all_the_others_out(site: Site) -> None:
    book = read_workbook(workbook_of({Sheet.TENANTS: [BAKERY, {"Name": "Tailor", "Plan": "Homes"}]}))
    before = site.counts()

    with pytest.raises(ImportUnfit, match="1 things"):
        site.write(book)

    assert site.counts() == before


def test_what_changed_since_the_preview_stops_all_of_it(site: Site) -> None:
    book = read_workbook(small_workbook())
    seen = site.preview(book)
    wanted = NewTenant(
        site_id=site.building.site_id,
        facts=TenantFacts(name="Tailor"),
        plan_id=site.building.plan_id,
        policy=Policy(stage=Stage.OBSERVED),
    )
    add_tenant(site.database, site.admin, wanted)
    before = site.counts()

    with pytest.raises(ChangedMeanwhile):
        import_workbook(site.database, site.admin, site.building.site_id, book, seen)

    assert site.counts() == before


def test_another_file_than_the_one_that_was_seen_is_not_written(site: Site) -> None:
    seen = site.preview(read_workbook(small_workbook()))
    other = replace(read_workbook(small_workbook()), sha256="0" * 64)

    with pytest.raises(ChangedMeanwhile):
        import_workbook(site.database, site.admin, site.building.site_id, other, seen)


def test_only_administrators_of_the_site_import(site: Site) -> None:
    book = read_workbook(small_workbook())
    seen = site.preview(book)
    elsewhere = Building(site.database, name="Elsewhere")
    others = [
        signed_in(site.database, Role.MANAGER),
        signed_in(site.database, Role.CASHIER),
        signed_in(site.database, Role.ADMIN, site_id=elsewhere.site_id),
    ]

    for person in others:
        with pytest.raises(NotAllowed):
            site.preview(book, person)
        with pytest.raises(NotAllowed):
            import_workbook(site.database, person, site.building.site_id, book, seen)
    sign_out(site.database, site.admin)
    with pytest.raises(SessionEnded):
        import_workbook(site.database, site.admin, site.building.site_id, book, seen)


def test_every_statement_runs_on_sql_server(site: Site) -> None:
    site.building.tenant("Tailor", stage=Stage.OBSERVED)
    late: Cells = {**BALANCE, "Tenant": "Tailor"}
    book = read_workbook(
        workbook_of({Sheet.TENANTS: [BAKERY], Sheet.ANALYZERS: [OVEN], Sheet.OPENINGS: [BALANCE, late]})
    )

    with listening(site.database) as heard:
        site.write(book)

    assert all(on_sql_server(statement) for statement in heard.values())
