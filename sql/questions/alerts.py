"""Alerts of a site or of one tenant, newest first, page by page; one of them with all that was sent about it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site, permit_tenant
from prepaid.alerts import STANDING_KINDS, TENANT_KINDS, AlertKind
from prepaid.errors.access import NotFound
from prepaid.language import _
from sql.questions.told import Told, told_about
from sql.tables import accounts, alerts, analyzers, tenants

MOST_ALERTS = 500
STAFF_KINDS = tuple(sorted(set(AlertKind) - TENANT_KINDS))
ALARM_KINDS = tuple(sorted(set(STAFF_KINDS) - {AlertKind.ANALYZER_BACK, AlertKind.ENFORCER_BACK, AlertKind.TEST}))
"""What somebody of the staff must look at: good news and tests are none of it."""


class AlertKey(NamedTuple):
    """Where an alert stands in the list."""

    raised_at: datetime
    alert_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert, with whose it is. `details` are the facts that its mail told. `would_tell`: nobody was told, since the
    account was observed; so many people would have been written to."""

    alert_id: int
    site_id: int
    kind: AlertKind
    raised_at: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    account_id: int | None
    account_number: str | None
    tenant_id: int | None
    tenant: str | None
    unit: str | None
    analyzer_id: int | None
    analyzer: str | None
    details: Mapping[str, Any]
    would_tell: int | None

    @property
    def key(self) -> AlertKey:
        return AlertKey(self.raised_at, self.alert_id)

    @property
    def open(self) -> bool:
        """Whether somebody must still look at it: not over, and not seen unless its cause still stands."""
        if self.ended_at is not None or self.kind not in ALARM_KINDS:
            return False
        return self.acknowledged_at is None or self.kind in STANDING_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """What to look for; None and nothing: anything. `text` is looked for in names of tenants and analyzers, units and
    account numbers; the span is [from_at, until_at)."""

    kinds: Collection[AlertKind] = ()
    open_only: bool = False
    account_id: int | None = None
    analyzer_id: int | None = None
    text: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsPage:
    """Alerts, newest first. `next` asks for the page behind this one; None: this was the last."""

    alerts: tuple[AlertRow, ...]
    next: AlertKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPicture:
    """One alert, and who was told of it."""

    alert: AlertRow
    told: tuple[Told, ...]


def site_alerts(
    conn: Connection,
    viewer: Viewer,
    site_id: int,
    wanted: AlertFilter,
    behind: AlertKey | None = None,
    most: int = 50,
) -> AlertsPage:
    """At most `most` alerts of the site that fit, behind that key (None: from the newest)."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    return _page(conn, _question().where(alerts.c.site_id == site_id), wanted, behind, most)


def tenant_alerts(
    conn: Connection,
    viewer: Viewer,
    site_id: int,
    tenant_id: int,
    wanted: AlertFilter,
    behind: AlertKey | None = None,
    most: int = 50,
) -> AlertsPage:
    """What the tenant was told about its own accounts; what is for the staff only is left out."""
    permit_tenant(viewer, site_id, tenant_id)
    own = sa.select(accounts.c.id).where(accounts.c.tenant_id == tenant_id, accounts.c.site_id == site_id)
    told = (alerts.c.kind.in_(sorted(TENANT_KINDS)), alerts.c.would_tell.is_(None))
    question = _question().where(alerts.c.account_id.in_(own), *told)
    return _page(conn, question, wanted, behind, most)


def alarms(conn: Connection, viewer: Viewer, site_id: int, most: int = 20) -> tuple[AlertRow, ...]:
    """What somebody of the staff must look at now: what nobody has seen yet first, then the newest."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    unseen = sa.case((alerts.c.acknowledged_at.is_(None), 0), else_=1)
    question = (
        _question()
        .where(alerts.c.site_id == site_id, *open_alarm())
        .order_by(unseen, alerts.c.raised_at.desc(), alerts.c.id.desc())
        .limit(max(1, min(most, MOST_ALERTS)))
    )
    return tuple(_row(row) for row in conn.execute(question).mappings())


def alert_picture(conn: Connection, viewer: Viewer, site_id: int, alert_id: int) -> AlertPicture:
    """One alert of the site, with the messages about it. Raises NotFound."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    question = _question().where(alerts.c.site_id == site_id, alerts.c.id == alert_id)
    found = conn.execute(question).mappings().one_or_none()
    if found is None:
        raise NotFound(what=_("alert"), name=alert_id)
    return AlertPicture(alert=_row(found), told=told_about(conn, [alert_id]).get(alert_id, ()))


def _question() -> sa.Select[Any]:
    return (
        sa.select(
            alerts.c.id.label("alert_id"),
            alerts.c.site_id,
            alerts.c.kind,
            alerts.c.raised_at,
            alerts.c.ended_at,
            alerts.c.acknowledged_at,
            alerts.c.acknowledged_by,
            alerts.c.account_id,
            accounts.c.number.label("account_number"),
            tenants.c.id.label("tenant_id"),
            tenants.c.name.label("tenant"),
            tenants.c.unit,
            alerts.c.analyzer_id,
            analyzers.c.name.label("analyzer"),
            alerts.c.details,
            alerts.c.would_tell,
        )
        .select_from(alerts)
        .outerjoin(accounts, accounts.c.id == alerts.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .outerjoin(analyzers, analyzers.c.id == alerts.c.analyzer_id)
    )


def _page(
    conn: Connection, question: sa.Select[Any], wanted: AlertFilter, behind: AlertKey | None, most: int
) -> AlertsPage:
    rows_at_most = max(1, min(most, MOST_ALERTS))
    question = (
        question.where(*_fitting(wanted))
        .order_by(alerts.c.raised_at.desc(), alerts.c.id.desc())
        .limit(rows_at_most + 1)
    )
    if behind is not None:
        same_instant = sa.and_(alerts.c.raised_at == behind.raised_at, alerts.c.id < behind.alert_id)
        question = question.where(sa.or_(alerts.c.raised_at < behind.raised_at, same_instant))
    found = [_row(row) for row in conn.execute(question).mappings()]
    page = tuple(found[:rows_at_most])
    return AlertsPage(alerts=page, next=page[-1].key if len(found) > rows_at_most else None)


def _fitting(wanted: AlertFilter) -> list[sa.ColumnElement[bool]]:
    conditions = open_alarm() if wanted.open_only else []
    if wanted.kinds:
        conditions.append(alerts.c.kind.in_(sorted(set(wanted.kinds))))
    if wanted.account_id is not None:
        conditions.append(alerts.c.account_id == wanted.account_id)
    if wanted.analyzer_id is not None:
        conditions.append(alerts.c.analyzer_id == wanted.analyzer_id)
    if wanted.from_at is not None:
        conditions.append(alerts.c.raised_at >= wanted.from_at)
    if wanted.until_at is not None:
        conditions.append(alerts.c.raised_at < wanted.until_at)
    if wanted.text.strip():
        named = (tenants.c.name, tenants.c.unit, accounts.c.number, analyzers.c.name)
        text = wanted.text.strip()
        conditions.append(sa.or_(*(column.icontains(text, autoescape=True) for column in named)))
    return conditions


def open_alarm() -> list[sa.ColumnElement[bool]]:
    """The conditions of an alert that somebody must still look at, as `AlertRow.open` says it."""
    return [
        alerts.c.ended_at.is_(None),
        alerts.c.kind.in_(ALARM_KINDS),
        sa.or_(alerts.c.acknowledged_at.is_(None), alerts.c.kind.in_(sorted(STANDING_KINDS))),
    ]


def _row(row: sa.RowMapping) -> AlertRow:
    return AlertRow(**{**row, "details": row["details"] or {}})
