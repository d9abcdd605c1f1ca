"""The report before a site goes live: every account that is not enforced yet, and what prevents it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.alerts import AlertKind
from prepaid.going_live import Metered, Obstacle, obstacles_of
from prepaid.records import AccountKind, EntryKind, Stage
from prepaid.units import ZERO, add, negative
from sql.accounts import emergency_credit_in_force, live_balances
from sql.questions.analyzers import site_analyzers
from sql.tables import accounts, alerts, assignments, contacts, entries, tenants

ROWS_AT_MOST = 2000
AHEAD = (Stage.DRAFT, Stage.OBSERVED, Stage.WARNED)


class Would(NamedTuple):
    """What would have been so far: alerts, the mails of them, and cuts, each where a credit was used up."""

    alerts: int = 0
    mails: int = 0
    cuts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """One account that is not enforced yet. `opening` None: it has no opening balance; `told` contacts get mails."""

    account_id: int
    number: str
    tenant: str
    unit: str | None
    currency: str
    stage: Stage
    observed_at: datetime | None
    exempt: bool
    analyzers: tuple[Metered, ...]
    told: int
    would: Would
    opening: Decimal | None
    live: Decimal
    emergency_credit: Decimal
    obstacles: tuple[Obstacle, ...]

    @property
    def is_ready(self) -> bool:
        return not self.obstacles

    @property
    def commissioned(self) -> int:
        return sum(each.commissioned for each in self.analyzers)

    @property
    def cut_at_once(self) -> bool:
        """Whether a cut is due in the moment in which it is enforced."""
        return not self.exempt and self.live <= negative(self.emergency_credit)

    def observed_for(self, now: datetime) -> timedelta | None:
        """None: it is not observed yet."""
        return None if self.observed_at is None else now - self.observed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReport:
    """The accounts of a site that are not enforced yet, by the names of their tenants, as they stood at `at`."""

    site_id: int
    at: datetime
    rows: tuple[LiveRow, ...]

    @property
    def ready(self) -> tuple[LiveRow, ...]:
        return tuple(row for row in self.rows if row.is_ready)

    def among(self, account_ids: Iterable[int]) -> tuple[LiveRow, ...]:
        """The rows of these accounts."""
        wanted = set(account_ids)
        return tuple(row for row in self.rows if row.account_id in wanted)


def sums_of(rows: Iterable[LiveRow]) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Opening balances and live balances in each currency."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        opening, live = found.get(row.currency, (ZERO, ZERO))
        found[row.currency] = (add(opening, row.opening or ZERO), add(live, row.live))
    return found


def live_report(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> LiveReport:
    """For administrators of the site. Raises NotAllowed."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    analyzers: dict[int, list[Metered]] = defaultdict(list)
    for line in site_analyzers(conn, viewer, site_id, now).lines:
        if line.account_id is not None:
            found = Metered(name=line.name, wiring=line.wiring, commissioned=line.commissioned, presence=line.presence)
            analyzers[line.account_id].append(found)
    of_site = {"site_id": site_id}
    balances, would = live_balances(conn, site_id), _would(conn, site_id)
    waiting = _numbers(conn, _WAITING, site_id)
    told = _numbers(conn, _TOLD, site_id)
    openings = {row.account_id: row.amount for row in conn.execute(_OPENINGS, of_site)}
    rows = conn.execute(_ACCOUNTS, of_site).all()
    return LiveReport(
        site_id=site_id,
        at=now,
        rows=tuple(
            _row(
                row,
                analyzers=tuple(analyzers.get(row.account_id, ())),
                waiting=waiting.get(row.account_id, 0),
                told=told.get(row.tenant_id, 0),
                would=would.get(row.account_id, Would()),
                opening=openings.get(row.account_id),
                live=balances[row.account_id].live,
            )
            for row in rows
            if row.account_id in balances
        ),
    )


def _row(
    row: Any,
    *,
    analyzers: tuple[Metered, ...],
    waiting: int,
    told: int,
    would: Would,
    opening: Decimal | None,
    live: Decimal,
) -> LiveRow:
    return LiveRow(
        account_id=row.account_id,
        number=row.number,
        tenant=row.tenant,
        unit=row.unit,
        currency=row.currency,
        stage=row.stage,
        observed_at=row.observed_at,
        exempt=row.exempt,
        analyzers=analyzers,
        told=told,
        would=would,
        opening=opening,
        live=live,
        emergency_credit=row.emergency_credit,
        obstacles=obstacles_of(row.stage, analyzers, waiting=waiting, told=told),
    )


_AHEAD = (
    accounts.c.site_id == sa.bindparam("site_id"),
    accounts.c.kind == AccountKind.TENANT,
    accounts.c.stage.in_(AHEAD),
)
_ACCOUNTS = (
    sa.select(
        accounts.c.id.label("account_id"),
        accounts.c.tenant_id,
        accounts.c.number,
        accounts.c.currency,
        accounts.c.stage,
        accounts.c.observed_at,
        accounts.c.exempt,
        emergency_credit_in_force().label("emergency_credit"),
        tenants.c.name.label("tenant"),
        tenants.c.unit,
    )
    .select_from(accounts)
    .join(tenants, tenants.c.id == accounts.c.tenant_id)
    .where(*_AHEAD)
    .order_by(tenants.c.name, accounts.c.number)
    .limit(ROWS_AT_MOST)
)
_WAITING = (
    sa.select(assignments.c.account_id, sa.func.count())
    .join(accounts, accounts.c.id == assignments.c.account_id)
    .where(*_AHEAD, assignments.c.from_at.is_(None), assignments.c.until_at.is_(None))
    .group_by(assignments.c.account_id)
)
_TOLD = (
    sa.select(contacts.c.tenant_id, sa.func.count())
    .join(tenants, tenants.c.id == contacts.c.tenant_id)
    .where(tenants.c.site_id == sa.bindparam("site_id"), contacts.c.ended_at.is_(None), contacts.c.email.is_not(None))
    .group_by(contacts.c.tenant_id)
)
_OPENINGS = (
    sa.select(entries.c.account_id, entries.c.amount)
    .join(accounts, accounts.c.id == entries.c.account_id)
    .where(*_AHEAD, entries.c.kind == EntryKind.OPENING)
)
_CUT = sa.case((alerts.c.kind == AlertKind.EXHAUSTED, 1), else_=0)
_WOULD = (
    sa.select(
        alerts.c.account_id,
        sa.func.count().label("alerts"),
        sa.func.sum(alerts.c.would_tell).label("mails"),
        sa.func.sum(_CUT).label("cuts"),
    )
    .join(accounts, accounts.c.id == alerts.c.account_id)
    .where(*_AHEAD, alerts.c.would_tell.is_not(None))
    .group_by(alerts.c.account_id)
)


def _numbers(conn: Connection, question: sa.Select[Any], site_id: int) -> dict[int, int]:
    return {row[0]: int(row[1]) for row in conn.execute(question, {"site_id": site_id})}


def _would(conn: Connection, site_id: int) -> dict[int, Would]:
    rows = conn.execute(_WOULD, {"site_id": site_id})
    return {row.account_id: Would(row.alerts, int(row.mails), int(row.cuts)) for row in rows}
