"""GET /api/admin/dashboard: every site at one glance."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from dashboard.api.callers import needs
from dashboard.api.fields import Answer, AskedInQuery, Instant, Money, Watt, Wh
from dashboard.api.given import TheDatabase
from dashboard.api.openapi import problems_of
from dashboard.api.paging import Cursor, Next, pack, unpack
from prepaid.access import Right, permit_site
from prepaid.alerts import AlertKind
from prepaid.records import Source
from sql.questions.open_alarms import OpenAlarms, open_alarms
from sql.questions.overview import Glance, glance
from sql.questions.sales import Sold, sales
from sql.questions.sites import SiteFacts, sites_of
from sql.sessions import SignedIn

MOST_SITES = 20

router = APIRouter(prefix="/admin/dashboard", tags=["Staff"])


class SitesAsked(AskedInQuery):
    site_id: int | None = Field(default=None, ge=1, lt=2**53, description="Only this site.", examples=[1])
    limit: int = Field(default=10, ge=1, le=MOST_SITES, description="At most so many sites.")
    cursor: Cursor | None = None


class PowerNow(Answer):
    """Live active power of fresh readings: what tenants draw from each source, and what the incomers show."""

    grid_w: Watt
    generator_w: Watt
    grid_supplied_w: Watt | None = Field(description="Null: the source has no incomer with a fresh reading.")
    generator_supplied_w: Watt | None = Field(description="Null: the source has no incomer with a fresh reading.")


class SoldToday(Answer):
    """Since the site's midnight: what tenants used, what it costs, and the credit that was sold."""

    grid_wh: Wh
    generator_wh: Wh
    grid_amount: Money
    generator_amount: Money
    amount: Money
    recharged: Money = Field(description="Less what was taken back of it.")
    recharges: int = Field(ge=0, examples=[14])


class AccountCounts(Answer):
    """Open accounts of tenants. One that is cut counts as cut only, the others by their level."""

    total: int = Field(ge=0)
    cut: int = Field(ge=0)
    exhausted: int = Field(ge=0)
    critical: int = Field(ge=0)
    low: int = Field(ge=0)


class AnalyzerCounts(Answer):
    """Analyzers in use; each counts once, in its gravest word."""

    total: int = Field(ge=0)
    answering: int = Field(ge=0)
    silent: int = Field(ge=0)
    never_seen: int = Field(ge=0)
    wrong_device: int = Field(ge=0)
    on_hold: int = Field(ge=0)
    in_doubt: int = Field(ge=0)


class SupplyCounts(Answer):
    """Supplies that can be switched, as their devices confirmed them."""

    on: int = Field(ge=0)
    cut: int = Field(ge=0)
    unknown: int = Field(ge=0)
    changing: int = Field(ge=0, description="A change is not proven yet.")


class AlarmCount(Answer):
    """Alarms for the staff that neither ended nor were acknowledged."""

    kind: AlertKind
    number: int = Field(ge=1)
    since_at: Instant = Field(description="When the oldest of them was raised.")


class EnforcerNow(Answer):
    """The enforcer of the site."""

    alive: bool
    heartbeat_age_s: float | None = Field(description="Null: it has never run here.", examples=[2.4])
    version: str | None = Field(examples=["0.1.0"])


class SiteNow(Answer):
    """One site."""

    site_id: int = Field(examples=[1])
    name: str = Field(examples=["Tigris Mall"])
    time_zone: str = Field(examples=["Asia/Baghdad"])
    currency: str = Field(examples=["IQD"])
    at: Instant
    source: Source | None = Field(description="Which source feeds the site now; null: not known.")
    source_since_at: Instant | None
    clock_in_doubt: bool = Field(description="If so, cuts, price changes and charges of the hour wait.")
    power: PowerNow
    sold_today: SoldToday
    accounts: AccountCounts
    analyzers: AnalyzerCounts
    supplies: SupplyCounts
    alarms: list[AlarmCount] = Field(max_length=len(AlertKind))
    enforcer: EnforcerNow


class SitesNow(Answer):
    """Sites in the order of their numbers."""

    items: list[SiteNow] = Field(max_length=MOST_SITES)
    next: Next


@router.get("", responses=problems_of(401, 403, 422, 429, 503), summary="Power, sales, credit, alarms and the enforcer")
def dashboard(
    caller: Annotated[SignedIn, Depends(needs(Right.SEE_SITE))],
    database: TheDatabase,
    asked: Annotated[SitesAsked, Query()],
) -> SitesNow:
    """For admin and manager: the sites they belong to."""
    behind = 0 if asked.cursor is None else unpack(asked.cursor, int)[0]
    viewer = caller.viewer
    if asked.site_id is not None:
        permit_site(viewer, Right.SEE_SITE, asked.site_id)
    with database.reading() as conn:
        now = database.now(conn)
        wanted = sorted(
            (
                site
                for site in sites_of(conn, viewer)
                if asked.site_id in (None, site.site_id) and site.site_id > behind
            ),
            key=lambda site: site.site_id,
        )
        page = wanted[: asked.limit]
        items = [
            _site(
                site,
                glance(conn, viewer, site.site_id, now),
                sales(conn, viewer, site.site_id, now).today.now,
                open_alarms(conn, viewer, site.site_id),
            )
            for site in page
        ]
    return SitesNow(items=items, next=pack(page[-1].site_id) if len(wanted) > asked.limit else None)


def _site(site: SiteFacts, now: Glance, today: Sold, alarms: Mapping[AlertKind, OpenAlarms]) -> SiteNow:
    return SiteNow(
        site_id=site.site_id,
        name=site.name,
        time_zone=site.time_zone,
        currency=site.currency,
        at=now.at,
        source=now.source,
        source_since_at=now.source_since_at,
        clock_in_doubt=now.clock_in_doubt,
        power=PowerNow(
            grid_w=now.power.grid_w,
            generator_w=now.power.generator_w,
            grid_supplied_w=now.power.grid_supplied_w,
            generator_supplied_w=now.power.generator_supplied_w,
        ),
        sold_today=SoldToday(
            grid_wh=today.use.grid_wh,
            generator_wh=today.use.generator_wh,
            grid_amount=today.use.grid_amount,
            generator_amount=today.use.generator_amount,
            amount=today.use.amount,
            recharged=today.recharged,
            recharges=today.recharges,
        ),
        accounts=AccountCounts(**{name: getattr(now.accounts, name) for name in AccountCounts.model_fields}),
        analyzers=AnalyzerCounts(**{name: getattr(now.analyzers, name) for name in AnalyzerCounts.model_fields}),
        supplies=SupplyCounts(**{name: getattr(now.supplies, name) for name in SupplyCounts.model_fields}),
        alarms=[AlarmCount(kind=each.kind, number=each.number, since_at=each.since_at) for each in alarms.values()],
        enforcer=EnforcerNow(
            alive=now.enforcer_lives,
            heartbeat_age_s=None if now.heartbeat_age_s is None else round(now.heartbeat_age_s, 1),
            version=None if now.heartbeat is None else now.heartbeat.version,
        ),
    )
