"""Sites: reading one whole site for the enforcer, and finding sites by name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.archive import LARGE_KEPT_DAYS, USUAL_KEPT_DAYS
from prepaid.calendar import zone
from prepaid.errors.access import NotFound
from prepaid.errors.moving import SiteNotInUse
from prepaid.errors.start import SiteNotNamed
from prepaid.language import _
from prepaid.records import AccountKind, Source
from prepaid.settings import SiteSettings, site_settings
from prepaid.site import Account, Analyzer, Pending, PriceFrom, Site
from prepaid.switching import Contact
from sql.accounts import emergency_credit_in_force
from sql.backup.copy_server import EXPRESS, edition
from sql.commissioning import passed_record
from sql.kepware.intervals import LOGGED_EVERY_MS, logged_every
from sql.no_cut import load_no_cut_hours
from sql.tables import (
    account_plans,
    accounts,
    analyzers,
    assignments,
    commissionings,
    kepware_groups,
    plans,
    prices,
    settings,
    sites,
    tenants,
)

SITES_AT_MOST = 200
_IN_USE = (
    sa.select(sites.c.id, sites.c.name).where(sites.c.retired_at.is_(None)).order_by(sites.c.id).limit(SITES_AT_MOST)
)


_OUT_OF_USE = sa.select(sites.c.name, sites.c.retired_at).where(sites.c.retired_at.is_not(None))


def find_site(conn: Connection, name: str | None = None) -> int:
    """The id of the site with that name; without a name, of the only site there is. Raises NotFound, SiteNotNamed, and
    SiteNotInUse where it was moved away."""
    found = [row for row in conn.execute(_IN_USE) if name is None or row.name == name]
    if not found:
        question = _OUT_OF_USE if name is None else _OUT_OF_USE.where(sites.c.name == name)
        for row in conn.execute(question.order_by(sites.c.id).limit(1)):
            raise SiteNotInUse(name=row.name, since=_minute(row.retired_at))
        raise NotFound(what=_("site"), name=name or "")
    if len(found) > 1:
        raise SiteNotNamed(names=", ".join(f'"{row.name}"' for row in found), first=found[0].name)
    return int(found[0].id)


_OF_SITE = (
    sa.select(sites.c.name, sites.c.retired_at)
    .where(sites.c.id == sa.bindparam("site_id"))
    .with_hint(sites, "WITH (HOLDLOCK)", "mssql")
)


def require_in_use(conn: Connection, site_id: int) -> None:
    """Raises SiteNotInUse. Otherwise nobody takes the site out of use before this transaction ends: what is written in
    it is there when the site moves."""
    row = conn.execute(_OF_SITE, {"site_id": site_id}).one_or_none()
    if row is not None and row.retired_at is not None:
        raise SiteNotInUse(name=row.name, since=_minute(row.retired_at))


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def site_names(conn: Connection) -> list[str]:
    """Of all sites in use, the oldest first."""
    return [row.name for row in conn.execute(_IN_USE)]


def site_ids(conn: Connection) -> list[int]:
    """Of all sites in use."""
    return [row.id for row in conn.execute(_IN_USE)]


def any_site(conn: Connection) -> bool:
    """Whether there is a site at all."""
    return conn.scalar(sa.select(sites.c.id).where(sites.c.retired_at.is_(None)).limit(1)) is not None


def sites_in_use(conn: Connection) -> Sequence[int]:
    """The ids of the sites that are not retired, in their order."""
    question = sa.select(sites.c.id).where(sites.c.retired_at.is_(None)).order_by(sites.c.id).limit(SITES_AT_MOST)
    return conn.scalars(question).all()


_SETTINGS: sa.CompoundSelect[tuple[int, str, str]] = sa.union_all(
    sa.select(settings.c.site_id, settings.c.name, settings.c.value).where(
        settings.c.site_id == sa.bindparam("site_id")
    ),
    logged_every().where(kepware_groups.c.site_id == sa.bindparam("site_id")),
)


def load_settings(conn: Connection, site_id: int) -> SiteSettings:
    """The settings of a site: its rows over the defaults."""
    return settings_of({row.name: row.value for row in conn.execute(_SETTINGS, {"site_id": site_id})})


def settings_of(rows: Mapping[str, str]) -> SiteSettings:
    """Rows over the defaults; no reading is stale before three intervals at which Kepware logs are over."""
    chosen = site_settings({name: value for name, value in rows.items() if name != LOGGED_EVERY_MS})
    logged_every_ms = rows.get(LOGGED_EVERY_MS)
    return chosen.with_logs(None if logged_every_ms is None else int(logged_every_ms))


def load_longest_raw_kept_days(conn: Connection) -> Decimal:
    """How long raw readings are kept at the site that keeps them longest; one without a setting has the usual days of
    the engine."""
    name = "raw_kept_days"
    question = (
        sa.select(settings.c.value)
        .select_from(sites)
        .outerjoin(settings, sa.and_(settings.c.site_id == sites.c.id, settings.c.name == name))
        .where(sites.c.retired_at.is_(None))
        .distinct()
        .limit(SITES_AT_MOST)
    )
    values = list(conn.scalars(question)) or [None]
    chosen = [None if value is None else site_settings({name: value}).raw_kept_days for value in values]
    usual = _usual_raw_kept_days(conn) if None in chosen else USUAL_KEPT_DAYS
    return max(usual if days is None else days for days in chosen)


def _usual_raw_kept_days(conn: Connection) -> Decimal:
    small = conn.dialect.name == "sqlite" or edition(conn) == EXPRESS
    return USUAL_KEPT_DAYS if small else LARGE_KEPT_DAYS


_SITE = sa.select(sites).where(sites.c.id == sa.bindparam("site_id"))


def load_zone(conn: Connection, site_id: int) -> ZoneInfo:
    """The zone of the site's wall clock."""
    return zone(conn.execute(sa.select(sites.c.time_zone).where(sites.c.id == site_id)).scalar_one())


def load_largest_recharge_alone(conn: Connection, site_id: int) -> Decimal | None:
    """Above which amount a recharge needs a second person; None: never."""
    name = "largest_recharge_alone"
    value = conn.scalar(sa.select(settings.c.value).where(settings.c.site_id == site_id, settings.c.name == name))
    return None if value is None else site_settings({name: value}).largest_recharge_alone


def load_site(conn: Connection, site_id: int, version: int = 0) -> Site:
    """Everything of a site that changes only when a person changes it."""
    row = conn.execute(_SITE, {"site_id": site_id}).one_or_none()
    if row is None:
        raise NotFound(what=_("site"), name=site_id)
    return Site(
        site_id=site_id,
        name=row.name,
        zone=zone(row.time_zone),
        zone_name=row.time_zone,
        currency=row.currency,
        language=row.language,
        settings=load_settings(conn, site_id),
        analyzers=_load_analyzers(conn, site_id),
        accounts=_load_accounts(conn, site_id),
        prices=_load_prices(conn, site_id),
        version=version,
        no_cut=load_no_cut_hours(conn, site_id),
    )


_HOUSE = sa.select(accounts.c.id).where(
    accounts.c.site_id == sa.bindparam("site_id"), accounts.c.kind == AccountKind.HOUSE
)
_ANALYZERS = (
    sa.select(analyzers)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), analyzers.c.retired_at.is_(None))
    .order_by(analyzers.c.id)
)


def _load_analyzers(conn: Connection, site_id: int) -> Mapping[int, Analyzer]:
    """Until its assignment begins, what an analyzer counts belongs to the house."""
    current, pending = _load_assignments(conn, site_id)
    passed = _load_passed_serials(conn, site_id)
    house_account_id: int | None = conn.scalar(_HOUSE, {"site_id": site_id})
    found = {}
    for row in conn.execute(_ANALYZERS, {"site_id": site_id}).mappings():
        analyzer_id = row["id"]
        begins = pending.get(analyzer_id)
        account_id = current.get(analyzer_id) or house_account_id
        if account_id is None:
            continue
        found[analyzer_id] = _analyzer(row, account_id, begins, frozenset(passed.get(analyzer_id, ())))
    return found


def _analyzer(row: sa.RowMapping, account_id: int, pending: Pending | None, passed: frozenset[str]) -> Analyzer:
    return Analyzer(
        analyzer_id=row["id"],
        name=row["name"],
        purpose=row["purpose"],
        host=row["host"],
        port=row["port"],
        unit_id=row["unit_id"],
        serial_number=row["serial_number"],
        rated_power_w=row["rated_power_w"],
        generator_tariff=row["generator_tariff"],
        contact=Contact(
            wiring=row["wiring"],
            output=row["output"],
            close_output=row["close_output"],
            output_group=row["output_group"],
            feedback_input=row["feedback_input"],
            feedback_on_means_supply=row["feedback_on_means_supply"],
            taps_below_contactor=row["taps_below_contactor"],
            ct_primary_a=float(row["ct_primary_a"]),
        ),
        ct_secondary_a=row["ct_secondary_a"],
        priority=row["priority"],
        exempt=row["exempt"],
        passed_serials=passed,
        account_id=account_id,
        pending=pending,
        feed=row["feed"],
    )


_ASSIGNMENTS = (
    sa.select(
        assignments.c.id,
        assignments.c.analyzer_id,
        assignments.c.account_id,
        assignments.c.asked_from_at,
        assignments.c.from_at,
    )
    .join(analyzers, analyzers.c.id == assignments.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), assignments.c.until_at.is_(None))
)


def _load_assignments(conn: Connection, site_id: int) -> tuple[dict[int, int], dict[int, Pending]]:
    current: dict[int, int] = {}
    pending: dict[int, Pending] = {}
    for row in conn.execute(_ASSIGNMENTS, {"site_id": site_id}):
        if row.from_at is not None:
            current[row.analyzer_id] = row.account_id
        else:
            pending[row.analyzer_id] = Pending(
                assignment_id=row.id, account_id=row.account_id, asked_from_at=row.asked_from_at
            )
    return current, pending


_PASSED = (
    sa.select(commissionings.c.analyzer_id, commissionings.c.serial_number)
    .join(analyzers, analyzers.c.id == commissionings.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), passed_record())
    .distinct()
)


def _load_passed_serials(conn: Connection, site_id: int) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for row in conn.execute(_PASSED, {"site_id": site_id}):
        found[row.analyzer_id].add(row.serial_number)
    return found


_PLANS = (
    sa.select(account_plans.c.account_id, account_plans.c.from_at, account_plans.c.plan_id)
    .join(accounts, accounts.c.id == account_plans.c.account_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"))
    .order_by(account_plans.c.account_id, account_plans.c.from_at)
)
_ACCOUNTS = (
    sa.select(
        accounts, tenants.c.name.label("tenant_name"), emergency_credit_in_force().label("emergency_credit_in_force")
    )
    .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"))
)


def _load_accounts(conn: Connection, site_id: int) -> Mapping[int, Account]:
    """The accounts first: one that is opened between the two questions is read the next time, with its plan."""
    rows = conn.execute(_ACCOUNTS, {"site_id": site_id}).all()
    chosen: dict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(_PLANS, {"site_id": site_id}):
        chosen[row.account_id].append((row.from_at, row.plan_id))
    found = {}
    for row in rows:
        assert chosen[row.id], "an account has a plan from the moment it is opened"
        found[row.id] = Account(
            account_id=row.id,
            number=row.number,
            kind=row.kind,
            stage=row.stage,
            currency=row.currency,
            tenant_name=row.tenant_name or "",
            emergency_credit=row.emergency_credit_in_force,
            restore_threshold=row.restore_threshold,
            exempt=row.exempt or row.kind is AccountKind.HOUSE,
            plans=tuple(chosen[row.id]),
        )
    return found


_PRICES = (
    sa.select(prices.c.plan_id, prices.c.source, prices.c.from_at, prices.c.price_per_kwh)
    .join(plans, plans.c.id == prices.c.plan_id)
    .where(plans.c.site_id == sa.bindparam("site_id"), prices.c.withdrawn_at.is_(None))
    .order_by(prices.c.plan_id, prices.c.source, prices.c.from_at)
)


def _load_prices(conn: Connection, site_id: int) -> Mapping[tuple[int, Source], Sequence[PriceFrom]]:
    found: dict[tuple[int, Source], list[PriceFrom]] = defaultdict(list)
    for row in conn.execute(_PRICES, {"site_id": site_id}):
        found[row.plan_id, row.source].append(PriceFrom(row.from_at, row.price_per_kwh))
    return found
