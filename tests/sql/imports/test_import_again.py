"""An import that is not as it was previewed, or not by who may import, changes nothing."""

from dataclasses import replace

import pytest

from documents.workbook_reader import read_workbook
from prepaid.errors.access import NotAllowed, SessionEnded
from prepaid.errors.tenants import ChangedMeanwhile
from prepaid.records import Role, Stage
from prepaid.tenancy import Policy, TenantFacts
from prepaid.workbook import Sheet
from sql.imports import import_workbook
from sql.tenants import NewTenant, add_tenant
from tests.building import Building
from tests.signed_in import sign_out, signed_in
from tests.sql.imports.workbooks import Site
from tests.sql.statements import listening, on_sql_server
from tests.workbooks import BAKERY, BALANCE, OVEN, Cells, small_workbook, workbook_of


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
