"""What is wrong in a workbook is told with its cell, and nothing of it is written."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from documents.workbook_reader import read_workbook
from prepaid.errors.tenants import ImportUnfit
from prepaid.records import Stage
from prepaid.workbook import MOST_FINDINGS, Sheet
from sql.tables import (
    accounts,
    plans,
)
from tests.sql.imports.workbooks import FULL, Site
from tests.workbooks import BAKERY, BALANCE, OVEN, Cells, small_workbook, workbook_of

ROW_2 = "Tenants, row 2"


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
