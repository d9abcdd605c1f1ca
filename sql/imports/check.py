"""The check of an import against the site: all that is not right is found before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.workbook import Workbook
from sql.imports.openings import Openings, check_openings, with_openings
from sql.imports.rows import rows_of
from sql.questions.assignable import PlanChoice, plan_choices
from sql.site.analyzers import check_analyzers, compare_analyzers
from sql.site.checks import HOUSE_PLAN, check_names
from sql.site.checks import check_analyzers as check_wirings
from sql.site.checks import check_tenants as check_credit
from sql.site.contacts import contacts_to_add
from sql.site.facts import SiteFacts
from sql.site.tenants import check_tenants, compare_tenants, known_tenants
from sql.site.work import Work
from sql.tables import sites


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An import that was looked at. `work` holds the file with its opening balances, ready to be added, unless there
    are `findings`."""

    work: Work
    openings: Openings
    plans: Mapping[str, PlanChoice]
    findings: tuple[str, ...]


def check_import(conn: Connection, viewer: Viewer, site_id: int, book: Workbook, actor: str, now: datetime) -> Checked:
    """Judges every row by the rules of a site file. What is there already must be as the file has it."""
    plans = plans_for_tenants(conn, viewer, site_id, now)
    rows = rows_of(book, _site(conn, site_id), plans)
    work = Work(conn, rows.file, site_id, now, actor=actor)
    work.problems += [
        *rows.problems,
        *check_names(replace(work.file, plans=())),  # the plans are those of the site, not of the file
        *check_credit(work.file),
        *check_wirings(work.file, known_tenants(work)),
    ]
    check_tenants(work)
    check_analyzers(work)
    openings = check_openings(work, rows.openings, plans)
    _compare(work)
    work.file = with_openings(work.file, rows.openings)
    return Checked(work=work, openings=openings, plans=plans, findings=tuple(dict.fromkeys(work.problems)))


def plans_for_tenants(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> dict[str, PlanChoice]:
    """The plans that a tenant of the file may be on, by name: never the free one of the house."""
    return {plan.name: plan for plan in plan_choices(conn, viewer, site_id, now) if plan.name != HOUSE_PLAN}


def _compare(work: Work) -> None:
    """What a site file would leave as it is, is not right here: who imports wants to see it in the books."""
    compare_tenants(work)
    compare_analyzers(work)
    advice = _("An import changes nothing that is there: correct or delete the row.")
    work.problems += [f"{each} {advice}" for each in work.kept]
    for missing in contacts_to_add(work):
        said = _("{place}: this tenant has no such contact. Add it on the page of the tenant, or empty the cells.")
        place = work.file.places.row("tenants", missing.number, "")
        work.problems.append(said.format(place=place))


def _site(conn: Connection, site_id: int) -> SiteFacts:
    found = conn.execute(sa.select(sites).where(sites.c.id == site_id, sites.c.retired_at.is_(None))).one_or_none()
    if found is None:
        raise NotFound(what=_("site"), name=site_id)
    return SiteFacts(
        name=found.name,
        time_zone=found.time_zone,
        country=found.country,
        currency=found.currency,
        language=found.language,
        mail_sender=found.mail_sender,
    )
