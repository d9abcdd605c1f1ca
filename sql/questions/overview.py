"""A site at one glance: is everything running, who is cut, what load is on, and does the enforcer live."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.alerts import Level
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.metering import Verdict
from prepaid.records import AccountKind, Purpose, Source, Stage, Wiring
from prepaid.switching import Supply
from sql.sites import load_settings
from sql.tables import (
    accounts,
    analyzer_states,
    analyzers,
    assignments,
    crossings,
    heartbeats,
    holds,
    site_states,
    sites,
    supply_changes,
    supply_states,
)

ENFORCER = "enforcer"
DOUBTFUL = (Verdict.QUARANTINED, Verdict.DOUBT, Verdict.AWAITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presences:
    """How many analyzers in use are in which presence (prepaid.links): each counts once, in its gravest word."""

    answering: int = 0
    silent: int = 0
    never_seen: int = 0
    wrong_device: int = 0
    on_hold: int = 0
    in_doubt: int = 0

    @property
    def total(self) -> int:
        return self.answering + self.silent + self.never_seen + self.wrong_device + self.on_hold + self.in_doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """Supplies that can be switched, as their devices confirmed them. `changing`: a change is not proven yet."""

    on: int = 0
    cut: int = 0
    unknown: int = 0
    changing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Live active power, of fresh readings only. `supplied` is what the incomers show; None: the source has none."""

    grid_w: float = 0.0
    generator_w: float = 0.0
    grid_supplied_w: float | None = None
    generator_supplied_w: float | None = None

    @property
    def total_w(self) -> float:
        """The load of all tenants together."""
        return self.grid_w + self.generator_w


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Open accounts of tenants. One with a supply cut counts as cut, whatever its credit; the others by their level."""

    total: int = 0
    cut: int = 0
    exhausted: int = 0
    critical: int = 0
    low: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The enforcer's last sign of life. Reads are counted since `started_at`."""

    holder: str
    version: str
    started_at: datetime
    beat_at: datetime
    passes: int
    pass_ms: float | None
    reads_due: int
    reads_on_time: int
    reads_late: int
    reads_missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One site as it stood at `at`. `heartbeat` None: the enforcer has never run here."""

    site_id: int
    at: datetime
    analyzers: Presences
    supplies: Supplies
    power: Power
    accounts: Accounts
    source: Source | None
    source_since_at: datetime | None
    clock_in_doubt: bool
    heartbeat: Heartbeat | None
    heartbeat_old_after_s: Decimal

    @property
    def heartbeat_age_s(self) -> float | None:
        if self.heartbeat is None:
            return None
        return max(0.0, (self.at - self.heartbeat.beat_at).total_seconds())

    @property
    def enforcer_lives(self) -> bool:
        """Whether the last sign of life is young enough to trust all the rest."""
        age_s = self.heartbeat_age_s
        return age_s is not None and age_s <= self.heartbeat_old_after_s


def glance(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> Glance:
    """Four small statements, whatever the size of the site. For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    settings = load_settings(conn, site_id)
    state = _site_state(conn, site_id)
    stale_at = now - timedelta(seconds=float(settings.stale_after_s))
    found = conn.execute(_analyzers_question(site_id, stale_at)).mappings().one()
    return Glance(
        site_id=site_id,
        at=now,
        analyzers=Presences(**{name: found[name] or 0 for name in _PRESENCES}),
        supplies=Supplies(**{name: found[name] or 0 for name in ("on", "cut", "unknown", "changing")}),
        power=Power(
            grid_w=found["grid_w"] or 0.0,
            generator_w=found["generator_w"] or 0.0,
            grid_supplied_w=found["grid_supplied_w"],
            generator_supplied_w=found["generator_supplied_w"],
        ),
        accounts=_accounts(conn, site_id),
        source=state["source"],
        source_since_at=state["source_since_at"],
        clock_in_doubt=state["clock_doubted_since_at"] is not None,
        heartbeat=None if state["beat_at"] is None else Heartbeat(**{name: state[name] for name in _BEAT}),
        heartbeat_old_after_s=settings.heartbeat_old_after_s,
    )


_PRESENCES = ("answering", "silent", "never_seen", "wrong_device", "on_hold", "in_doubt")
_BEAT = (
    "holder",
    "version",
    "started_at",
    "beat_at",
    "passes",
    "pass_ms",
    "reads_due",
    "reads_on_time",
    "reads_late",
    "reads_missed",
)


def _site_state(conn: Connection, site_id: int) -> sa.RowMapping:
    question = (
        sa.select(
            site_states.c.source,
            site_states.c.source_since_at,
            site_states.c.clock_doubted_since_at,
            *(heartbeats.c[name] for name in _BEAT),
        )
        .select_from(sites)
        .outerjoin(site_states, site_states.c.site_id == sites.c.id)
        .outerjoin(heartbeats, sa.and_(heartbeats.c.site_id == sites.c.id, heartbeats.c.process == ENFORCER))
        .where(sites.c.id == site_id)
    )
    found = conn.execute(question).mappings().one_or_none()
    if found is None:
        raise NotFound(what=_("site"), name=site_id)
    return found


def _analyzers_question(site_id: int, stale_at: datetime) -> sa.Select[Any]:
    states, verdict = analyzer_states.c, analyzer_states.c.verdict
    presence = sa.case(
        (states.read_at.is_(None), "never_seen"),
        (states.read_at < stale_at, "silent"),
        (verdict == Verdict.WRONG_DEVICE.value, "wrong_device"),
        (holds.c.id.is_not(None), "on_hold"),
        (verdict.in_([each.value for each in DOUBTFUL]), "in_doubt"),
        else_="answering",
    )
    each = (
        sa.select(
            presence.label("presence"),
            analyzers.c.purpose,
            analyzers.c.wiring,
            supply_states.c.supply,
            supply_changes.c.id.label("change_id"),
            sa.case((states.read_at >= stale_at, states.power_w)).label("power_w"),
            sa.case((states.active_tariff == analyzers.c.generator_tariff - 1, 1), else_=0).label("on_generator"),
        )
        .select_from(analyzers)
        .outerjoin(analyzer_states, states.analyzer_id == analyzers.c.id)
        .outerjoin(supply_states, supply_states.c.analyzer_id == analyzers.c.id)
        .outerjoin(holds, sa.and_(holds.c.analyzer_id == analyzers.c.id, holds.c.ended_at.is_(None)))
        .outerjoin(
            supply_changes, sa.and_(supply_changes.c.analyzer_id == analyzers.c.id, supply_changes.c.ended_at.is_(None))
        )
        .where(analyzers.c.site_id == site_id, analyzers.c.retired_at.is_(None))
        .subquery("each_one")
    )
    sold, switched = each.c.purpose == Purpose.TENANT, each.c.wiring != Wiring.NONE
    unseen = sa.or_(each.c.supply.is_(None), each.c.supply == Supply.UNKNOWN)
    columns: list[sa.ColumnElement[Any]] = [
        *(count_where(each.c.presence == name).label(name) for name in _PRESENCES),
        count_where(sa.and_(switched, each.c.supply == Supply.ON)).label("on"),
        count_where(sa.and_(switched, each.c.supply == Supply.CUT)).label("cut"),
        count_where(sa.and_(switched, unseen)).label("unknown"),
        count_where(sa.and_(switched, each.c.change_id.is_not(None))).label("changing"),
        _watts(sa.and_(sold, each.c.on_generator == 0), each).label("grid_w"),
        _watts(sa.and_(sold, each.c.on_generator == 1), each).label("generator_w"),
        _watts(each.c.purpose == Purpose.GRID_INCOMER, each).label("grid_supplied_w"),
        _watts(each.c.purpose == Purpose.GENERATOR_INCOMER, each).label("generator_supplied_w"),
    ]
    return sa.select(*columns)


def count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows meet the condition; neither engine has a count of conditions."""
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _watts(condition: sa.ColumnElement[bool], each: sa.Subquery) -> sa.ColumnElement[float]:
    """The sum where the condition holds; NULL where it holds nowhere or nothing is fresh."""
    return sa.func.sum(sa.case((condition, each.c.power_w)))


def _accounts(conn: Connection, site_id: int) -> Accounts:
    cut = (
        sa.select(assignments.c.account_id)
        .join(supply_states, supply_states.c.analyzer_id == assignments.c.analyzer_id)
        .where(
            supply_states.c.supply == Supply.CUT, assignments.c.from_at.is_not(None), assignments.c.until_at.is_(None)
        )
        .distinct()
        .subquery("cut")
    )
    kept_on = cut.c.account_id.is_(None)
    question = (
        sa.select(
            sa.func.count().label("total"),
            count_where(cut.c.account_id.is_not(None)).label("cut"),
            *(
                count_where(sa.and_(kept_on, crossings.c.level == level)).label(level.value)
                for level in (Level.EXHAUSTED, Level.CRITICAL, Level.LOW)
            ),
        )
        .select_from(accounts)
        .outerjoin(crossings, crossings.c.account_id == accounts.c.id)
        .outerjoin(cut, cut.c.account_id == accounts.c.id)
        .where(accounts.c.site_id == site_id, accounts.c.kind == AccountKind.TENANT, accounts.c.stage != Stage.CLOSED)
    )
    row = conn.execute(question).one()
    return Accounts(
        total=row.total,
        cut=row.cut or 0,
        exhausted=row.exhausted or 0,
        critical=row.critical or 0,
        low=row.low or 0,
    )
