"""The import: what was previewed is written in one transaction, and once only."""

from decimal import Decimal

import pytest

from documents.workbook_reader import read_workbook
from documents.workbook_template import template_of
from prepaid.records import EntryKind, Stage
from prepaid.workbook import Sheet
from sql import check
from sql import events as trail
from sql.imports import import_workbook, plans_for_tenants, preview_import
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
    tenants,
)
from tests.sql.imports.workbooks import FULL, Site
from tests.sql.site.test_site_file import EXAMPLE
from tests.workbooks import BAKERY, BALANCE, OVEN, Cells, small_workbook, workbook_of


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
