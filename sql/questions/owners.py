"""Whose an account is, asked before anything of it is told."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site, permit_tenant
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.records import AccountKind
from sql.tables import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An account and whose it is. `tenant_id` None: the site's own."""

    account_id: int
    site_id: int
    tenant_id: int | None
    kind: AccountKind
    number: str
    currency: str


def permit_account(conn: Connection, viewer: Viewer, account_id: int) -> Owner:
    """Whose account it is, if the viewer may see it: the tenant it belongs to, or who sees balances at its site.

    Raises NotAllowed; NotFound only to the staff, since nobody else learns which accounts exist.
    """
    question = sa.select(
        accounts.c.site_id, accounts.c.tenant_id, accounts.c.kind, accounts.c.number, accounts.c.currency
    ).where(accounts.c.id == account_id)
    found = conn.execute(question).one_or_none()
    if found is None:
        permit(viewer, Right.SEE_BALANCES)
        raise NotFound(what=_("account"), name=account_id)
    if found.tenant_id is None:
        permit_site(viewer, Right.SEE_BALANCES, found.site_id)
    else:
        permit_tenant(viewer, found.site_id, found.tenant_id)
    return Owner(
        account_id=account_id,
        site_id=found.site_id,
        tenant_id=found.tenant_id,
        kind=found.kind,
        number=found.number,
        currency=found.currency,
    )
