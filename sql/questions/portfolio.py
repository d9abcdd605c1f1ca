"""All sites of a viewer at one glance, by one statement for each kind of thing, however many sites there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit
from prepaid.alerts import AlertKind, Level
from prepaid.records import AccountKind, Purpose, Stage
from prepaid.settings import SiteSettings
from prepaid.switching import Supply
from sql.kepware.intervals import logged_every
from sql.questions.alerts import open_alarm
from sql.questions.heartbeats import ENFORCER
from sql.questions.overview import Power, count_where
from sql.questions.sites import SiteFacts, sites_of
from sql.sites import settings_of
from sql.tables import (
    accounts,
    alerts,
    analyzer_states,
    analyzers,
    assignments,
    crossings,
    heartbeats,
    kepware_groups,
    settings,
    supply_states,
)

READ_SETTINGS = ("stale_after_s", "heartbeat_old_after_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsOf:
    """The open alarms of one kind at one site."""

    kind: AlertKind
    number: int
    since_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteGlance:
    """One site as it stood at `at`. `beat_at` None: its enforcer has never run. `answering` of its `analyzers` were
    read lately; `exhausted` accounts are out of credit and still supplied, `cut` ones are not."""

    facts: SiteFacts
    at: datetime
    beat_at: datetime | None
    heartbeat_old_after_s: Decimal
    analyzers: int = 0
    answering: int = 0
    power: Power = field(default_factory=Power)
    accounts: int = 0
    exhausted: int = 0
    cut: int = 0
    alarms: tuple[AlarmsOf, ...] = ()

    @property
    def failing(self) -> int:
        return self.analyzers - self.answering

    @property
    def heartbeat_age_s(self) -> float | None:
        return None if self.beat_at is None else max(0.0, (self.at - self.beat_at).total_seconds())

    @property
    def enforcer_lives(self) -> bool:
        age_s = self.heartbeat_age_s
        return age_s is not None and age_s <= self.heartbeat_old_after_s

    @property
    def open_alarms(self) -> int:
        return sum(each.number for each in self.alarms)


def portfolio(conn: Connection, viewer: Viewer, now: datetime) -> tuple[SiteGlance, ...]:
    """Every site that the viewer may see, by name, in six statements; at most 200 of them."""
    permit(viewer, Right.SEE_SITE)
    known = sites_of(conn, viewer)
    if not known:
        return ()
    of = [each.site_id for each in known]
    chosen, beats = _settings(conn, of), _beats(conn, of)
    stale_at = {site_id: now - timedelta(seconds=float(chosen[site_id].stale_after_s)) for site_id in of}
    read, credit, alarms = _analyzers(conn, of, stale_at), _accounts(conn, of), _alarms(conn, of)
    return tuple(
        SiteGlance(
            facts=facts,
            at=now,
            beat_at=beats.get(facts.site_id),
            heartbeat_old_after_s=chosen[facts.site_id].heartbeat_old_after_s,
            alarms=tuple(alarms[facts.site_id]),
            **read.get(facts.site_id, _Read())._asdict(),
            **credit.get(facts.site_id, _Credit())._asdict(),
        )
        for facts in known
    )


class _Read(NamedTuple):
    analyzers: int = 0
    answering: int = 0
    power: Power = Power()


class _Credit(NamedTuple):
    accounts: int = 0
    cut: int = 0
    exhausted: int = 0


def _settings(conn: Connection, of: Sequence[int]) -> Mapping[int, SiteSettings]:
    question: sa.CompoundSelect[tuple[int, str, str]] = sa.union_all(
        sa.select(settings.c.site_id, settings.c.name, settings.c.value).where(
            settings.c.site_id.in_(of), settings.c.name.in_(READ_SETTINGS)
        ),
        logged_every().where(kepware_groups.c.site_id.in_(of)),
    )
    rows: dict[int, dict[str, str]] = defaultdict(dict)
    for row in conn.execute(question):
        rows[row.site_id][row.name] = row.value
    return {site_id: settings_of(rows[site_id]) for site_id in of}


def _beats(conn: Connection, of: Sequence[int]) -> Mapping[int, datetime]:
    """The last sign of life of each site; of one whose enforcer has never run there is none."""
    question = sa.select(heartbeats.c.site_id, heartbeats.c.beat_at).where(
        heartbeats.c.site_id.in_(of), heartbeats.c.process == ENFORCER
    )
    return {row.site_id: row.beat_at for row in conn.execute(question)}


def _analyzers(conn: Connection, of: Sequence[int], stale_at: Mapping[int, datetime]) -> Mapping[int, _Read]:
    """How many answer, and the fresh power of tenants and incomers; what is fresh is a setting of each site."""
    states = analyzer_states.c
    oldest_at = {site_id: sa.literal(at, states.read_at.type) for site_id, at in stale_at.items()}
    oldest = sa.case(oldest_at, value=analyzers.c.site_id)
    each = (
        sa.select(
            analyzers.c.site_id,
            analyzers.c.purpose,
            sa.case((states.read_at >= oldest, 1), else_=0).label("fresh"),
            states.power_w,
            sa.case((states.active_tariff == analyzers.c.generator_tariff - 1, 1), else_=0).label("on_generator"),
        )
        .select_from(analyzers)
        .outerjoin(analyzer_states, states.analyzer_id == analyzers.c.id)
        .where(analyzers.c.site_id.in_(of), analyzers.c.retired_at.is_(None))
        .subquery("each_one")
    )

    def watts(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[float]:
        return sa.func.sum(sa.case((sa.and_(condition, each.c.fresh == 1), each.c.power_w)))

    sold = each.c.purpose == Purpose.TENANT
    question = sa.select(
        each.c.site_id,
        sa.func.count().label("analyzers"),
        count_where(each.c.fresh == 1).label("answering"),
        watts(sa.and_(sold, each.c.on_generator == 0)).label("grid_w"),
        watts(sa.and_(sold, each.c.on_generator == 1)).label("generator_w"),
        watts(each.c.purpose == Purpose.GRID_INCOMER).label("grid_supplied_w"),
        watts(each.c.purpose == Purpose.GENERATOR_INCOMER).label("generator_supplied_w"),
    ).group_by(each.c.site_id)
    return {
        row.site_id: _Read(
            row.analyzers,
            row.answering,
            Power(
                grid_w=row.grid_w or 0.0,
                generator_w=row.generator_w or 0.0,
                grid_supplied_w=row.grid_supplied_w,
                generator_supplied_w=row.generator_supplied_w,
            ),
        )
        for row in conn.execute(question)
    }


def _accounts(conn: Connection, of: Sequence[int]) -> Mapping[int, _Credit]:
    """Open accounts of tenants, as Overview counts them: whose supply is cut counts as cut, whatever its credit."""
    cut = (
        sa.select(assignments.c.account_id)
        .join(supply_states, supply_states.c.analyzer_id == assignments.c.analyzer_id)
        .where(
            supply_states.c.supply == Supply.CUT, assignments.c.from_at.is_not(None), assignments.c.until_at.is_(None)
        )
        .distinct()
        .subquery("cut")
    )
    exhausted = sa.and_(cut.c.account_id.is_(None), crossings.c.level == Level.EXHAUSTED)
    question = (
        sa.select(
            accounts.c.site_id,
            sa.func.count().label("accounts"),
            count_where(cut.c.account_id.is_not(None)).label("cut"),
            count_where(exhausted).label("exhausted"),
        )
        .select_from(accounts)
        .outerjoin(crossings, crossings.c.account_id == accounts.c.id)
        .outerjoin(cut, cut.c.account_id == accounts.c.id)
        .where(accounts.c.site_id.in_(of), accounts.c.kind == AccountKind.TENANT, accounts.c.stage != Stage.CLOSED)
        .group_by(accounts.c.site_id)
    )
    return {row.site_id: _Credit(row.accounts, row.cut, row.exhausted) for row in conn.execute(question)}


def _alarms(conn: Connection, of: Sequence[int]) -> Mapping[int, list[AlarmsOf]]:
    question = (
        sa.select(
            alerts.c.site_id,
            alerts.c.kind,
            sa.func.count().label("number"),
            sa.func.min(alerts.c.raised_at).label("since_at"),
        )
        .where(alerts.c.site_id.in_(of), *open_alarm())
        .group_by(alerts.c.site_id, alerts.c.kind)
        .order_by(alerts.c.site_id, alerts.c.kind)
    )
    found: dict[int, list[AlarmsOf]] = defaultdict(list)
    for row in conn.execute(question):
        found[row.site_id].append(AlarmsOf(kind=row.kind, number=row.number, since_at=row.since_at))
    return found
