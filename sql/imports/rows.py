"""The rows of a workbook as the records of a site file: read with the same rules, and told by sheet, row and column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from prepaid.language import _
from prepaid.records import Purpose
from prepaid.workbook import Row, Sheet, Workbook
from sql.imports.fields import SheetFields
from sql.imports.places import CONTACT_COLUMNS, SheetPlaces
from sql.questions.assignable import PlanChoice
from sql.site.facts import AnalyzerFacts, ContactFacts, PlanFacts, SiteFacts, SiteFile, TenantFacts
from sql.site.file import CURRENCY, read_analyzer, read_contact, read_tenant

MOST_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A row of the third sheet: what the old books say of a tenant."""

    line: int
    tenant: str
    amount: Decimal
    currency: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All rows of a workbook. `problems` are those of single rows."""

    file: SiteFile
    openings: tuple[Opening, ...]
    problems: tuple[str, ...]


def rows_of(book: Workbook, site: SiteFacts, plans: Mapping[str, PlanChoice]) -> Rows:
    """The records; `plans` are those that an account of the site can be opened on."""
    problems = list(book.findings)
    found = [_tenant(row, site, plans, problems) for row in book.rows[Sheet.TENANTS]]
    file = SiteFile(
        site=site,
        settings={},
        plans=tuple(PlanFacts(name=name, prices={}) for name in plans),
        tenants=tuple(found),
        analyzers=tuple(_analyzer(row, problems) for row in book.rows[Sheet.ANALYZERS]),
        users=(),
        places=SheetPlaces(book.rows),
    )
    openings = tuple(_opening(row, problems) for row in book.rows[Sheet.OPENINGS])
    return Rows(file=file, openings=openings, problems=tuple(problems))


def _tenant(row: Row, site: SiteFacts, plans: Mapping[str, PlanChoice], problems: list[str]) -> TenantFacts:
    fields = SheetFields(Sheet.TENANTS, row, problems)
    found = read_tenant(fields, site.language)
    if found.plan and found.plan not in plans:
        said = _('there is no plan "{plan}" at this site that has a price. Choose one of: {plans}.')
        fields.problem("plan", said.format(plan=found.plan, plans=", ".join(plans) or "–"))
        found = replace(found, plan="")
    if not row.values.keys() & set(CONTACT_COLUMNS.values()):
        return found
    return replace(found, contacts=(_contact(row, found, problems),))


def _contact(row: Row, tenant: TenantFacts, problems: list[str]) -> ContactFacts:
    """Who is told; without a name of its own it has that of the tenant."""
    named = replace(row, values={"contact": tenant.name, **row.values})
    return read_contact(SheetFields(Sheet.TENANTS, named, problems, CONTACT_COLUMNS), tenant.language)


def _analyzer(row: Row, problems: list[str]) -> AnalyzerFacts:
    """An analyzer is a tenant's, where nothing else is said."""
    completed = replace(row, values={"purpose": Purpose.TENANT.value, **row.values})
    return read_analyzer(SheetFields(Sheet.ANALYZERS, completed, problems))


def _opening(row: Row, problems: list[str]) -> Opening:
    fields = SheetFields(Sheet.OPENINGS, row, problems)
    day, note = fields.day("day"), fields.optional_text("note", most=MOST_NOTE)
    return Opening(
        line=row.line,
        tenant=fields.text("tenant", example="Corner Bakery"),
        amount=fields.amount("amount"),
        currency=fields.code("currency", CURRENCY, example="IQD"),
        note=" · ".join(part for part in (day and day.isoformat(), note) if part) or None,
    )
