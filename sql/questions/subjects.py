"""What can be chosen on pages that add things up: the accounts and analyzers of a site, past ones too."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.records import AccountKind, Purpose
from sql.tables import accounts, analyzers, tenants

ROWS_AT_MOST = 10_000


class AccountSubject(NamedTuple):
    """An account and whose it is; the site's own one has no tenant."""

    account_id: int
    number: str
    kind: AccountKind
    currency: str
    tenant_id: int | None
    tenant_name: str | None
    unit: str | None


class AnalyzerSubject(NamedTuple):
    """An analyzer and what it is for. `retired`: it is not read any more."""

    analyzer_id: int
    name: str
    purpose: Purpose
    retired: bool


class Subjects(NamedTuple):
    """Everything of a site that ever used energy, by name."""

    accounts: tuple[AccountSubject, ...]
    analyzers: tuple[AnalyzerSubject, ...]


def subjects(conn: Connection, viewer: Viewer, site_id: int) -> Subjects:
    """All accounts and analyzers of the site, closed and retired ones too: their hours stay in the history."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    of_accounts = (
        sa.select(
            accounts.c.id,
            accounts.c.number,
            accounts.c.kind,
            accounts.c.currency,
            tenants.c.id.label("tenant_id"),
            tenants.c.name,
            tenants.c.unit,
        )
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(accounts.c.site_id == site_id)
        .order_by(tenants.c.name, accounts.c.number)
        .limit(ROWS_AT_MOST)
    )
    of_analyzers = (
        sa.select(analyzers.c.id, analyzers.c.name, analyzers.c.purpose, analyzers.c.retired_at)
        .where(analyzers.c.site_id == site_id)
        .order_by(analyzers.c.name)
        .limit(ROWS_AT_MOST)
    )
    return Subjects(
        tuple(
            AccountSubject(row.id, row.number, row.kind, row.currency, row.tenant_id, row.name, row.unit)
            for row in conn.execute(of_accounts)
        ),
        tuple(
            AnalyzerSubject(row.id, row.name, row.purpose, row.retired_at is not None)
            for row in conn.execute(of_analyzers)
        ),
    )
