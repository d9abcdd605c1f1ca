"""GET /api/user/dashboard and /api/user/alerts: what a tenant may know, of the tenant's own accounts only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from dashboard.api.callers import needs
from dashboard.api.fields import Answer, AskedInQuery, Instant, Money, Watt, Wh
from dashboard.api.given import TheDatabase
from dashboard.api.openapi import problems_of
from dashboard.api.paging import DEFAULT_ROWS, Cursor, Limit, Next, pack, unpack
from documents.catalogue import readable, translator
from documents.formats import Formats
from documents.standing_texts import supply_sentence
from prepaid.access import Right, Viewer, permit
from prepaid.alerts import AlertKind, Level
from prepaid.calendar import zone
from prepaid.errors.access import NotAllowed
from prepaid.errors.numbers import AmountInvalid
from prepaid.language import use
from prepaid.records import Source, Stage
from prepaid.standing import Point, Standing, Supplied, TenantPicture
from prepaid.supply import Reason
from prepaid.units import to_amount
from sql.questions.account import tenant_picture
from sql.questions.alerts import AlertFilter, AlertKey, AlertRow, tenant_alerts
from sql.sessions import SignedIn

router = APIRouter(prefix="/user", tags=["Tenants"])


class OwnPrice(Answer):
    """What a kWh costs now, and the next change that is known."""

    source: Source
    price_per_kwh: Money | None
    next_price_per_kwh: Money | None = Field(description="Null: no change is known.")
    next_from_at: Instant | None


class OwnSupply(Answer):
    """One analyzer of the account and its supply."""

    analyzer: str = Field(examples=["Babylon Books"])
    state: Supplied
    reason: Reason | None = Field(description="Why the supply is as it is; null: there is nothing to say.")
    sentence: str = Field(description="The same for people, in the user's language.", examples=["There is credit."])
    since_at: Instant | None
    power_w: Watt | None = Field(description="Null: not known now.")
    read_at: Instant | None


class OwnAccount(Answer):
    """One account as it stands."""

    account_id: int = Field(examples=[7])
    number: str = Field(examples=["A-0007"])
    currency: str = Field(examples=["IQD"])
    stage: Stage
    balance: Money = Field(description="What the ledger says.")
    live_balance: Money = Field(description="The balance less what was consumed since the last charge.")
    left: Money = Field(description="The live balance and the emergency credit: what can be used before a cut.")
    emergency_credit: Money
    level: Level
    days_left: float | None = Field(description="Null: there is no forecast.", examples=[4.2])
    credit_ends_at: Instant | None = Field(description="Null: there is no forecast.")
    source: Source | None = Field(description="Which source feeds it now; null: not known.")
    prices: list[OwnPrice]
    state: Supplied = Field(description="The supply of all analyzers in one word.")
    supplies: list[OwnSupply]
    used_today_wh: Wh
    charged_today: Money = Field(description="What today's use costs, with what is not charged yet.")


class OwnDashboard(Answer):
    """The tenant's open accounts."""

    at: Instant
    site: str = Field(examples=["Tigris Mall"])
    time_zone: str = Field(examples=["Asia/Baghdad"])
    tenant: str = Field(examples=["Babylon Books"])
    unit: str | None = Field(examples=["G-02"])
    source: Source | None = Field(description="Which source feeds the site now; null: not known.")
    accounts: list[OwnAccount] = Field(max_length=20)


class OwnAlertsAsked(AskedInQuery):
    limit: Limit = DEFAULT_ROWS
    cursor: Cursor | None = None


class OwnAlert(Answer):
    """What the tenant was told by mail."""

    alert_id: int = Field(examples=[41])
    kind: AlertKind
    raised_at: Instant
    account: str = Field(examples=["A-0007"])
    analyzer: str | None = Field(examples=["Babylon Books"])
    ended_at: Instant | None = Field(description="Null: what it told still is so.")
    live_balance: Money | None = Field(description="What was left then; null: not written down.")


class OwnAlerts(Answer):
    """Alerts, newest first."""

    items: list[OwnAlert] = Field(max_length=200)
    next: Next


@router.get("/dashboard", responses=problems_of(401, 403, 429, 503), summary="Own balance, days left, price and supply")
def own_dashboard(caller: Annotated[SignedIn, Depends(needs(Right.SEE_OWN))], database: TheDatabase) -> OwnDashboard:
    """For tenants."""
    site_id, tenant_id = _own(caller.viewer)
    with database.reading() as conn:
        picture = tenant_picture(conn, caller.viewer, site_id, tenant_id, database.now(conn))
    with use(translator(caller.language)):
        formats = Formats(readable(caller.language), zone(picture.zone_name))
        return OwnDashboard(
            at=picture.at,
            site=picture.site_name,
            time_zone=picture.zone_name,
            tenant=picture.tenant_name,
            unit=picture.unit,
            source=picture.source,
            accounts=[_account(each, picture, formats) for each in picture.accounts],
        )


@router.get("/alerts", responses=problems_of(401, 403, 422, 429, 503), summary="What this tenant was told")
def own_alerts(
    caller: Annotated[SignedIn, Depends(needs(Right.SEE_OWN))],
    database: TheDatabase,
    asked: Annotated[OwnAlertsAsked, Query()],
) -> OwnAlerts:
    """For tenants."""
    behind = None if asked.cursor is None else AlertKey(*unpack(asked.cursor, datetime, int))
    site_id, tenant_id = _own(caller.viewer)
    with database.reading() as conn:
        page = tenant_alerts(conn, caller.viewer, site_id, tenant_id, AlertFilter(), behind, asked.limit)
    return OwnAlerts(items=[_alert(each) for each in page.alerts], next=None if page.next is None else pack(*page.next))


def _own(viewer: Viewer) -> tuple[int, int]:
    """Site and tenant of whoever asks. Raises NotAllowed for who is no tenant of a site."""
    permit(viewer, Right.SEE_OWN)
    if viewer.site_id is None or viewer.tenant_id is None:
        raise NotAllowed
    return viewer.site_id, viewer.tenant_id


def _alert(row: AlertRow) -> OwnAlert:
    return OwnAlert(
        alert_id=row.alert_id,
        kind=row.kind,
        raised_at=row.raised_at,
        account=row.account_number or "",
        analyzer=row.analyzer,
        ended_at=row.ended_at,
        live_balance=_left(row.details),
    )


def _left(details: Mapping[str, Any]) -> Decimal | None:
    """Details are facts for people: what is not an amount is not given as one."""
    try:
        return to_amount(details["live_balance"])
    except (KeyError, AmountInvalid):
        return None


def _account(standing: Standing, picture: TenantPicture, formats: Formats) -> OwnAccount:
    silent = set(standing.silent(picture.at, timedelta(seconds=picture.stale_after_s)))
    return OwnAccount(
        account_id=standing.account_id,
        number=standing.number,
        currency=standing.currency,
        stage=standing.stage,
        balance=standing.balance,
        live_balance=standing.live,
        left=standing.left,
        emergency_credit=standing.emergency_credit,
        level=standing.level,
        days_left=None if standing.outlook is None else standing.outlook.days_left,
        credit_ends_at=None if standing.outlook is None else standing.outlook.ends_at,
        source=standing.source,
        prices=[
            OwnPrice(
                source=line.source,
                price_per_kwh=line.price_per_kwh,
                next_price_per_kwh=line.next_price_per_kwh,
                next_from_at=line.next_from_at,
            )
            for line in standing.prices.values()
        ],
        state=standing.supplied,
        supplies=[_supply(point, formats, silent=point in silent) for point in standing.points],
        used_today_wh=standing.today.wh,
        charged_today=standing.today.amount,
    )


def _supply(point: Point, formats: Formats, *, silent: bool) -> OwnSupply:
    return OwnSupply(
        analyzer=point.name,
        state=point.supplied,
        reason=point.why,
        sentence=supply_sentence(point, formats),
        since_at=point.since_at,
        power_w=None if silent else point.power_w,
        read_at=point.read_at,
    )
