"""Opening balances of an import: each account has one, once, in its own currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import Stage
from prepaid.units import ZERO, to_text
from prepaid.workbook import Sheet, place, title_of
from sql.accounts import opening_posting
from sql.crossings import rearm
from sql.imports.rows import Opening
from sql.ledger import post
from sql.questions.assignable import PlanChoice
from sql.site.facts import SiteFile
from sql.site.tenants import gone, known_tenants, newest_accounts, openings_of
from sql.site.work import Work
from sql.tables import accounts, tenants

_SEVERAL = (
    sa.select(tenants.c.name)
    .join(accounts, accounts.c.tenant_id == tenants.c.id)
    .where(tenants.c.site_id == sa.bindparam("site_id"), accounts.c.stage != Stage.CLOSED)
    .group_by(tenants.c.id, tenants.c.name)
    .having(sa.func.count() > 1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateOpening:
    """The opening balance of an account that is open already and has none."""

    account_id: int
    number: str
    tenant: str
    amount: Decimal
    currency: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """What becomes of them. `unchanged` are there already."""

    late: tuple[LateOpening, ...]
    unchanged: int


def with_openings(file: SiteFile, openings: Sequence[Opening]) -> SiteFile:
    """The same file with the opening balances of its tenants; those that are there already are compared elsewhere."""
    by_tenant = {opening.tenant: opening for opening in openings}
    tenants = tuple(
        replace(tenant, opening_balance=by_tenant[tenant.name].amount, opening_note=by_tenant[tenant.name].note)
        if tenant.name in by_tenant
        else tenant
        for tenant in file.tenants
    )
    return replace(file, tenants=tenants)


def check_openings(work: Work, openings: Sequence[Opening], plans: Mapping[str, PlanChoice]) -> Openings:
    """Notes what cannot be booked; answers what is booked on accounts that are open already."""
    plan_of = {tenant.name: tenant.plan for tenant in work.file.tenants}
    known, left = known_tenants(work), gone(work)
    newest, booked = newest_accounts(work), openings_of(work)
    several = _with_several(work)
    late, unchanged = [], 0
    seen: dict[str, int] = {}
    for opening in openings:
        if opening.tenant in seen:
            first = place(Sheet.OPENINGS, seen[opening.tenant])
            said = _('"{tenant}" has a balance in {first} already. Delete one of them.')
            _note(work, opening, "tenant", said.format(tenant=opening.tenant, first=first))
            continue
        seen[opening.tenant] = opening.line
        if opening.tenant in known and opening.tenant not in left:
            account = newest[known[opening.tenant].id]
            if opening.currency not in ("", account.currency):
                _note_currency(work, opening, account.currency)
            elif account.id in booked:
                unchanged += booked[account.id] == opening.amount
                _compare(work, opening, booked[account.id])
            elif opening.amount != ZERO and _fits(work, opening, account, several=opening.tenant in several):
                late.append(_late(opening, account))
        elif opening.tenant in plan_of and opening.tenant not in left:
            plan = plans.get(plan_of[opening.tenant])
            if plan is not None and opening.currency not in ("", plan.currency):
                _note_currency(work, opening, plan.currency)
        elif opening.tenant:
            said = _('there is no tenant "{tenant}" in this file or at this site. Add the tenant, or correct it.')
            _note(work, opening, "tenant", said.format(tenant=opening.tenant))
    return Openings(late=tuple(late), unchanged=unchanged)


def book_openings(work: Work, late: Sequence[LateOpening]) -> None:
    """Books them. A credit counts as what a recharge would: what its account has fallen to is told again."""
    postings = [opening_posting(each.account_id, each.amount, work.actor, each.note) for each in late]
    for posted in post(work.conn, postings, work.now):
        if posted.amount > ZERO:
            rearm(work.conn, posted.account_id, work.now, posted.entry_no)


def _compare(work: Work, opening: Opening, booked: Decimal) -> None:
    if booked != opening.amount:
        said = _("{amount} is booked as its opening balance already. Write that, or correct the entry on its page.")
        _note(work, opening, "amount", said.format(amount=to_text(booked)))


def _fits(work: Work, opening: Opening, account: Any, *, several: bool) -> bool:
    """Whether it is clear where it belongs, and whether nobody is cut by it."""
    if several:
        said = _('"{tenant}" has several accounts. Book it by a correction on the right one.')
        _note(work, opening, "tenant", said.format(tenant=opening.tenant))
    elif account.stage is Stage.ENFORCED:
        said = _("its account is enforced already. Book it by a correction on the page of the tenant.")
        _note(work, opening, "tenant", said)
    else:
        return True
    return False


def _late(opening: Opening, account: Any) -> LateOpening:
    return LateOpening(
        account_id=account.id,
        number=account.number,
        tenant=opening.tenant,
        amount=opening.amount,
        currency=account.currency,
        note=opening.note,
    )


def _with_several(work: Work) -> set[str]:
    """Tenants with more than one open account."""
    return set(work.conn.scalars(_SEVERAL, {"site_id": work.site_id}))


def _note_currency(work: Work, opening: Opening, wanted: str) -> None:
    said = _("the account is kept in {wanted}, not in {found}. Convert the amount, and write {wanted}.")
    _note(work, opening, "currency", said.format(wanted=wanted, found=opening.currency))


def _note(work: Work, opening: Opening, key: str, why: str) -> None:
    work.problems.append(f"{place(Sheet.OPENINGS, opening.line, title_of(Sheet.OPENINGS, key))}: {why}")
