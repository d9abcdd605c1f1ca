"""`python -m sql demo`: loads a small mall with its past, from a seed, into an empty database."""

import argparse
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.start import DatabaseInUse, DemoSiteMissing
from prepaid.language import _
from prepaid.records import SOURCES, Role, Source
from prepaid.units import add, cost
from sql.connection import Database
from sql.demo.alarms import Alarms
from sql.demo.books import WRITER, Books
from sql.demo.credit import CLOSES, OPENS, Credit, Standing, plan_credit, standing
from sql.demo.devices import install
from sql.demo.foreseen import foresee
from sql.demo.history import Dark, History, live_history
from sql.demo.hours import HOUR
from sql.demo.loads import zone
from sql.demo.no_cut import spare_nights
from sql.demo.outages import grid_is_off
from sql.demo.prices import DemoPlan, plan_of, plans_of
from sql.demo.sign_ins import PASSWORDS
from sql.demo.site import (
    BAGHDAD,
    DEFAULT_ANALYZERS,
    MAX_ANALYZERS,
    MAX_SPEED,
    PORT_BASE,
    DemoSite,
    DemoTenant,
    demo_site,
)
from sql.demo.tenants import ACTOR, open_site, user_name
from sql.events import Event, record
from sql.sites import site_names
from sql.tables import sites, users

DAYS = 90
FULL_HISTORY_ANALYZERS = 40
"""Up to this size all days are loaded; a larger site gets as many days as make the same number of hours."""
FEWEST_DAYS, MOST_DAYS = 2, 370
OVERDRAFT_S = 3
"""How long a tenant still consumes between the end of the credit and the cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was loaded."""

    site: DemoSite
    days: int
    hours: int
    entries: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command, with bounds."""
    whole, number = _within(int), _within(float)
    parser.add_argument(
        "--analyzers",
        type=whole(1, MAX_ANALYZERS),
        default=DEFAULT_ANALYZERS,
        metavar="N",
        help=_("how many, 1 to 800 (%(default)s)"),
    )
    parser.add_argument("--seed", type=whole(0, 2**31), default=1, help=_("makes the site repeatable (%(default)s)"))
    parser.add_argument(
        "--speed",
        type=number(0.001, MAX_SPEED),
        default=1.0,
        help=_("multiplies the ratings, as the simulator's --speed does the load (%(default)s)"),
    )
    parser.add_argument(
        "--days",
        type=whole(FEWEST_DAYS, MOST_DAYS),
        help=_("length of the history ({days}, fewer for a site of more than {analyzers} analyzers)").format(
            days=DAYS, analyzers=FULL_HISTORY_ANALYZERS
        ),
    )
    parser.add_argument(
        "--port-base",
        type=whole(1024, 65_535 - MAX_ANALYZERS),
        default=PORT_BASE,
        help=_("port of the first analyzer (%(default)s)"),
    )
    parser.add_argument("--second", action="store_true", help=_("a second site beside the first demo site"))


def main(database: Database, arguments: argparse.Namespace) -> int:
    """Loads the site in one transaction: all of it, or nothing. Raises DatabaseInUse."""
    second = arguments.second
    site = demo_site(arguments.analyzers, arguments.seed, arguments.speed, arguments.port_base, second=second)
    days = arguments.days or days_for(len(site.devices))
    with database.writing() as conn:
        _require_room(conn, database.where, second=second)
        _say(
            _("Loading {name}: {analyzers} analyzers, {tenants} tenants, {days} days of history and today.").format(
                name=site.name, analyzers=len(site.devices), tenants=len(site.tenants), days=days
            )
        )
        loaded = load(conn, site, days, database.now(conn))
    _say(
        _("Loaded: {hours} hours, {entries} ledger entries into {where}.").format(
            hours=loaded.hours, entries=loaded.entries, where=database.where
        )
    )
    _say(_("Users of the demo (everybody knows these passwords):"))
    for role, name in _one_user_each(site).items():
        _say(f"  {role:8} {name:24} {PASSWORDS[role]}")
    return 0


def load(conn: Connection, site: DemoSite, days: int, now: datetime) -> Loaded:
    """Writes the site and its past as of `now`."""
    standings = {tenant.name: standing(number) for number, tenant in enumerate(site.tenants)}
    history = live_history(site, days, now, [name for name, each in standings.items() if each is Standing.CUT])
    plans = plans_of(site, history)
    credits = {
        tenant.name: _credit(site, tenant, plans[plan_of(tenant)], history, standings[tenant.name])
        for tenant in site.tenants
    }
    opened = open_site(conn, site, plans, credits, history.hours[0])
    spare_nights(conn, site, opened, history.dark, now)
    installed = install(conn, site, history, opened)
    books = Books(conn, site, history, plans, credits, opened, installed)
    alarms = Alarms(conn, site, history, plans, credits, opened, installed)
    books.write(alarms.cut_off, alarms.end_hour)
    alarms.finish()
    foresee(conn, opened, credits, history, now)
    loaded = Loaded(site=site, days=days, hours=history.last, entries=sum(books.entry_nos.values()))
    facts = {"seed": site.seed, "speed": site.speed, "days": days, "analyzers": len(site.devices)}
    made = Event(
        action="site.demo_loaded", actor=ACTOR, subject=f"site:{opened.site_id}", site_id=opened.site_id, after=facts
    )
    record(conn, WRITER, [made], now)
    return loaded


def days_for(analyzers: int) -> int:
    """How many days of history a site of that size gets when nobody says."""
    if analyzers <= FULL_HISTORY_ANALYZERS:
        return DAYS
    return max(FEWEST_DAYS, DAYS * FULL_HISTORY_ANALYZERS // analyzers - 1)


def _credit(site: DemoSite, tenant: DemoTenant, plan: DemoPlan, history: History, wanted: Standing) -> Credit:
    devices = [device.serial_number for device in site.devices if device.tenant == tenant.name]
    costs = []
    for hour, hour_at in enumerate(history.hours):
        used = [history.used[serial_number][hour] for serial_number in devices]
        prices = {source: plan.price(source, hour_at) for source in SOURCES}
        costs.append(add(*(cost(sum(each.of(source) for each in used), prices[source]) for source in SOURCES)))
    local = zone(site.time_zone)
    return plan_credit(
        costs,
        history,
        wanted,
        random.Random(f"credit {site.seed} {tenant.name}"),
        lambda hour_at: OPENS <= hour_at.astimezone(local).hour < CLOSES,
        _overdraft(site, plan, history, devices, history.dark.get(tenant.name)),
    )


def _overdraft(site: DemoSite, plan: DemoPlan, history: History, devices: Sequence[str], dark: Dark | None) -> Decimal:
    """What was consumed after the credit had ended and before the contactor opened."""
    if dark is None:
        return Decimal(0)
    used_wh = sum(history.used[serial_number][dark.hour].wh for serial_number in devices)
    power_w = used_wh * (HOUR / (dark.at - history.hours[dark.hour]))
    source = Source.GENERATOR if grid_is_off(site.seed, dark.at) else Source.GRID
    return cost(max(1, round(power_w * OVERDRAFT_S / 3600)), plan.price(source, dark.at))


def _require_room(conn: Connection, where: str, *, second: bool) -> None:
    """The first demo site is loaded into an empty database, the second one beside the first."""
    if second:
        if site_names(conn) != [BAGHDAD.name]:
            raise DemoSiteMissing(where=where)
        return
    for what, table in ((_("a site"), sites), (_("users"), users)):
        if conn.scalar(sa.select(sa.func.count()).select_from(table)):
            raise DatabaseInUse(where=where, what=what)


def _one_user_each(site: DemoSite) -> Mapping[Role, str]:
    return {
        Role.ADMIN: "admin",
        Role.CASHIER: f"cashier{site.mark}",
        Role.MANAGER: f"manager{site.mark}",
        Role.TENANT: user_name(site, site.tenants[0].name),
    }


def _within(kind: Callable[[str], float]) -> Callable[[float, float], Callable[[str], float]]:
    """Makes argument types that are numbers of a kind within bounds."""

    def bounded(least: float, most: float) -> Callable[[str], float]:
        def read(text: str) -> float:
            try:
                value = kind(text)
            except ValueError:
                value = least - 1
            if not least <= value <= most:
                raise argparse.ArgumentTypeError(
                    _('"{text}" is not from {least} to {most}').format(text=text, least=f"{least:g}", most=f"{most:g}")
                )
            return value

        return read

    return bounded


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
