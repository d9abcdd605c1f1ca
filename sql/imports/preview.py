"""What an import would add, told before anything is written; the same is told again behind the lock and compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.units import ZERO, add
from prepaid.workbook import MOST_FINDINGS, Workbook
from sql.imports.check import Checked, check_import
from sql.imports.openings import LateOpening
from sql.site.analyzers import known_analyzers
from sql.site.tenants import numbers_to_give


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantToAdd:
    """A tenant who is not there yet, with the account."""

    name: str
    unit: str | None
    number: str
    plan: str
    currency: str
    opening: Decimal
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerToAdd:
    """An analyzer that is not there yet. `tenant` None: it will belong to the site."""

    name: str
    tenant: str | None
    host: str
    port: int
    unit_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an import would do. With `findings` it does nothing; of very many the first ones stand there, and how many
    there are."""

    sha256: str
    tenants: tuple[TenantToAdd, ...]
    analyzers: tuple[AnalyzerToAdd, ...]
    late_openings: tuple[LateOpening, ...]
    tenants_unchanged: int
    analyzers_unchanged: int
    openings_unchanged: int
    findings: tuple[str, ...]
    findings_in_all: int

    @property
    def adds_nothing(self) -> bool:
        return not (self.tenants or self.analyzers or self.late_openings)

    @property
    def openings(self) -> int:
        """How many opening balances are booked."""
        return sum(tenant.opening != ZERO for tenant in self.tenants) + len(self.late_openings)

    @property
    def contacts(self) -> int:
        return sum(tenant.contacts for tenant in self.tenants)

    @property
    def sums(self) -> Mapping[str, Decimal]:
        """What is booked in each currency."""
        found: dict[str, Decimal] = {}
        for tenant in self.tenants:
            found[tenant.currency] = add(found.get(tenant.currency, ZERO), tenant.opening)
        for late in self.late_openings:
            found[late.currency] = add(found.get(late.currency, ZERO), late.amount)
        return found


def preview_import(conn: Connection, viewer: Viewer, site_id: int, book: Workbook, now: datetime) -> Preview:
    """What the workbook would add to the site. Raises NotAllowed, NotFound."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    return preview_of(check_import(conn, viewer, site_id, book, "", now), book)


def preview_of(checked: Checked, book: Workbook) -> Preview:
    """The preview of an import that was checked."""
    work = checked.work
    numbers, known = numbers_to_give(work), known_analyzers(work)
    tenants = tuple(
        TenantToAdd(
            name=tenant.name,
            unit=tenant.unit,
            number=numbers[tenant.name],
            plan=tenant.plan,
            currency=checked.plans[tenant.plan].currency if tenant.plan in checked.plans else work.file.site.currency,
            opening=ZERO if tenant.opening_balance is None else tenant.opening_balance,
            contacts=len(tenant.contacts),
        )
        for tenant in work.file.tenants
        if tenant.name in numbers
    )
    analyzers = tuple(
        AnalyzerToAdd(
            name=analyzer.name,
            tenant=analyzer.tenant,
            host=analyzer.host,
            port=analyzer.port,
            unit_id=analyzer.unit_id,
        )
        for analyzer in work.file.analyzers
        if analyzer.name not in known
    )
    return Preview(
        sha256=book.sha256,
        tenants=tenants,
        analyzers=analyzers,
        late_openings=checked.openings.late,
        tenants_unchanged=len(work.file.tenants) - len(tenants),
        analyzers_unchanged=len(work.file.analyzers) - len(analyzers),
        openings_unchanged=checked.openings.unchanged,
        findings=checked.findings[:MOST_FINDINGS],
        findings_in_all=len(checked.findings),
    )
