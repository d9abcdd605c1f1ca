"""The names of what events are about: `account:7` is the tenant Bakery."""

from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from sql.tables import accounts, analyzers, contacts, plans, sites, tenants, users

SUBJECTS_AT_MOST = 500


def subject_names(conn: Connection, viewer: Viewer, site_id: int, subjects: Collection[str]) -> dict[str, str]:
    """The name of each subject that is known at the site. A statement for each kind that occurs."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    assert len(subjects) <= SUBJECTS_AT_MOST, "a page of events has so many subjects at most"
    wanted: dict[str, set[int]] = defaultdict(set)
    for subject in subjects:
        kind, _colon, number = subject.partition(":")
        if kind in _QUESTIONS and number.isascii() and number.isdigit() and len(number) < 19:
            wanted[kind].add(int(number))
    return {
        f"{kind}:{row.id}": row.name
        for kind, ids in wanted.items()
        for row in conn.execute(_asking(kind, site_id, ids))
        if row.name
    }


def _asking(kind: str, site_id: int, ids: Iterable[int]) -> sa.Select[tuple[int, str]]:
    question, number, of_site = _QUESTIONS[kind]
    everywhere = sa.or_(of_site == site_id, of_site.is_(None)) if kind == "user" else of_site == site_id
    return question.where(number.in_(sorted(ids)), everywhere)


_ACCOUNT_NAME = sa.func.coalesce(tenants.c.name, accounts.c.number).label("name")
_QUESTIONS: dict[str, tuple[sa.Select[tuple[int, str]], sa.Column[int], sa.Column[int]]] = {
    "account": (
        sa.select(accounts.c.id, _ACCOUNT_NAME).outerjoin(tenants, tenants.c.id == accounts.c.tenant_id),
        accounts.c.id,
        accounts.c.site_id,
    ),
    "analyzer": (sa.select(analyzers.c.id, analyzers.c.name), analyzers.c.id, analyzers.c.site_id),
    "contact": (
        sa.select(contacts.c.id, contacts.c.name).join(tenants, tenants.c.id == contacts.c.tenant_id),
        contacts.c.id,
        tenants.c.site_id,
    ),
    "plan": (sa.select(plans.c.id, plans.c.name), plans.c.id, plans.c.site_id),
    "site": (sa.select(sites.c.id, sites.c.name), sites.c.id, sites.c.id),
    "tenant": (sa.select(tenants.c.id, tenants.c.name), tenants.c.id, tenants.c.site_id),
    "user": (sa.select(users.c.id, users.c.display_name.label("name")), users.c.id, users.c.site_id),
}
