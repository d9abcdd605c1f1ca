"""Who tries what: a site with something on every page, the views of its pages, and the people who come to them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES
from prepaid.access import RIGHTS, Right
from prepaid.alerts import AlertKind
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.records import Role, WishKind
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.tables import (
    alerts,
    analyzer_states,
    analyzers,
    contacts,
    metadata,
    rate_limits,
    sessions,
    supply_states,
    throttles,
)
from tests.building import Building
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages

MARK = "Zarqa"
"""In every name of the first site, so that it is found wherever it is told."""
NOT_COMPARED = {sessions.name, throttles.name, rate_limits.name}
"""Written by looking and by asking itself."""


class Who(StrEnum):
    """Who comes. `ELSEWHERE` administers another site."""

    NOBODY = "nobody"
    TENANT = "tenant"
    OTHER_TENANT = "other tenant"
    CASHIER = "cashier"
    MANAGER = "manager"
    ADMIN = "admin"
    ELSEWHERE = "elsewhere"

    @property
    def role(self) -> Role | None:
        if self is Who.NOBODY:
            return None
        if self is Who.ELSEWHERE:
            return Role.ADMIN
        return Role.TENANT if self is Who.OTHER_TENANT else Role(self.value)

    @property
    def is_stranger(self) -> bool:
        """Nothing of the first tenant is for them."""
        return self in (Who.NOBODY, Who.OTHER_TENANT, Who.ELSEWHERE)

    def may(self, right: Right) -> bool:
        return self.role is not None and right in RIGHTS[self.role]


class Scene:
    """A bakery with supplies that are on, locked and about to come; its neighbour; and another site."""

    def __init__(self, pages: Pages) -> None:
        forget_everything()
        self.pages = pages
        self.database: Database = pages.database
        self.now = SystemClock().now()
        begun_at = (self.now - timedelta(hours=30)).replace(minute=0, second=0, microsecond=0)
        self.used_on = begun_at.astimezone(zone("Asia/Baghdad")).date()
        self.elsewhere = Building(self.database, name="Elsewhere", at=begun_at)
        self.elsewhere.tenant("Stranger", opening="50")
        self.building = Building(self.database, name=f"{MARK} House", at=begun_at)
        self.bakery = self.building.tenant(f"{MARK} bakery", opening="4711", email="qandil@tenants.example")
        self.neighbour = self.building.tenant("Neighbour", opening="7777")
        self.oven = self.building.analyzer(f"{MARK} oven", self.bakery, location="Nineveh")
        begun = self.building.begin(self.oven)
        self.building.charge(self.bakery, begun.grid_id, 2_000, begun_at + timedelta(minutes=30))
        self.building.recharge(self.bakery, "2345", "one")
        self.kiln = self.building.analyzer(f"{MARK} kiln", self.bakery)
        self.building.begin(self.kiln)
        self.building.wish(WishKind.KEEP_ON, self.kiln, self.now + timedelta(hours=1), self.now)
        self.lock_id = self.building.lock(self.kiln)
        self.dark = self.building.analyzer(f"{MARK} lamp", self.bakery)
        self.building.begin(self.dark)
        self.mixer = self.building.analyzer(f"{MARK} mixer", self.bakery)
        with self.database.writing() as conn:
            seen = sa.select(analyzers.c.serial_number).where(analyzers.c.id == analyzer_states.c.analyzer_id)
            answered = {"link": "answering", "read_at": self.now, "verdict": "advance"}
            conn.execute(analyzer_states.update().values(serial_number=seen.scalar_subquery(), **answered))
            for analyzer_id, supply in ((self.oven, "on"), (self.kiln, "cut"), (self.dark, "cut")):
                conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, supply=supply, seen=supply))
            conn.execute(
                contacts.insert().values(tenant_id=self.bakery.tenant_id, name="Dana", phone="07", language="en")
            )
            told = NewAlert(
                site_id=self.building.site_id,
                kind=AlertKind.LOW,
                cause="a test",
                account_id=self.bakery.account_id,
                details={"why": "a test", "live_balance": "12", "currency": "IQD"},
            )
            raise_alert(conn, told, self.now)
            self.alert_id = int(conn.execute(sa.select(sa.func.max(alerts.c.id))).scalar_one())

    def token_of(self, who: Who) -> str | None:
        """A token of a new user; None for nobody. Staff of the first site see no other."""
        if who.role is None:
            return None
        if who.role is Role.TENANT:
            of = self.bakery if who is Who.TENANT else self.neighbour
            return self.pages.sign_in(Role.TENANT, tenant_id=of.tenant_id)
        of_site = self.elsewhere if who is Who.ELSEWHERE else self.building
        return self.pages.sign_in(who.role, site_id=of_site.site_id)

    def open(self, view: "View", token: str | None) -> AppTest:
        """Raises ValueError for a page that the holder of the token cannot reach."""
        return self.pages.open(view.file, token, view.query(self))

    def end_sessions(self) -> None:
        with self.database.writing() as conn:
            conn.execute(sessions.update().values(ended_at=self.database.now(conn), ended_why="locked"))

    def rows(self) -> dict[str, str]:
        """What every table holds, as one hash each."""
        with self.database.reading() as conn:
            return dict(_hashes(conn))


@dataclass(frozen=True, kw_only=True)
class View:
    """A page at an address. `tells` stands there for who has the `right` at the first site, and for nobody else."""

    name: str
    file: str
    tells: str = MARK
    query: Callable[[Scene], Mapping[str, str]] = field(default=lambda _scene: {})
    right: Right | None = None

    @property
    def right_of_page(self) -> Right:
        found = next(entry.right for entry in PAGES if entry.file == self.file)
        assert found is not None, "pages for everybody have no views"
        return found

    def opens_for(self, who: Who) -> bool:
        return who is Who.NOBODY or who.may(self.right_of_page)

    def tells_to(self, who: Who) -> bool:
        return not who.is_stranger and who.may(self.right or self.right_of_page)


def _analyzer(part: str) -> View:
    return View(
        name=f"analyzer {part}",
        file="admin/analyzers.py",
        query=lambda scene: {"analyzer": str(scene.oven), "analyzer_part": part},
    )


def _tenant(part: str, tells: str = MARK, right: Right | None = None) -> View:
    return View(
        name=f"tenant {part}",
        file="admin/tenants.py",
        tells=tells,
        right=right,
        query=lambda scene: {"tenant": str(scene.bakery.tenant_id), "tenant_part": part},
    )


def _own(scene: Scene, **more: str) -> Mapping[str, str]:
    return {"account": scene.bakery.number, **more}


def _usage(by: str) -> View:
    return View(
        name=f"usage by {by}",
        file="tenant/usage.py",
        tells="2.00",
        query=lambda scene: _own(scene, by=by, on=scene.used_on.isoformat()),
    )


def _payments(kind: str, tells: str) -> View:
    """Recharges are those of now; the rest was booked when the first hour was used."""
    return View(
        name=f"payments {kind}",
        file="tenant/payments.py",
        tells=tells,
        query=lambda scene: _own(
            scene, kind=kind, **({} if kind == "Recharges" else {"on": scene.used_on.isoformat()})
        ),
    )


VIEWS = (
    View(name="overview", file="admin/overview.py"),
    View(name="analyzers", file="admin/analyzers.py"),
    *(_analyzer(part) for part in ("Live", "History", "Supply", "Device", "Charges", "Doubts")),
    View(name="consumption", file="admin/consumption.py"),
    View(name="alerts", file="admin/alerts.py"),
    View(name="alert", file="admin/alerts.py", query=lambda scene: {"alert": str(scene.alert_id)}),
    View(name="audit trail", file="admin/alerts.py", query=lambda _scene: {"view": "Audit trail"}),
    View(
        name="audit trail of one",
        file="admin/alerts.py",
        query=lambda scene: {"view": "Audit trail", "subject": f"account:{scene.bakery.account_id}"},
    ),
    View(name="health", file="admin/health.py"),
    View(name="recharge", file="admin/recharge.py", query=lambda scene: {"account": scene.bakery.number}),
    View(name="tenants", file="admin/tenants.py"),
    _tenant("Use"),
    _tenant("Ledger"),
    _tenant("Analyzers", "Nineveh", Right.SEE_SITE),
    _tenant("People", "qandil", Right.SEE_SITE),
    _tenant("Policy", "Plan and stages", Right.SEE_SITE),
    View(name="settings", file="admin/settings.py"),
    View(name="balance", file="tenant/balance.py", tells="7,056", query=_own),
    *(_usage(by) for by in ("Hours", "Days", "Months")),
    _payments("Recharges", "2,345"),
    _payments("Charges", "2.00"),
    _payments("All", "4,711"),
    View(name="messages", file="tenant/messages.py", tells="l@tenants.example"),
)


def everything(app: AppTest) -> str:
    """All that was sent to the browser: texts, tables and charts."""
    assert not app.exception
    return "\n".join(_texts(app))


def is_form(app: AppTest) -> bool:
    """Whether it is the sign-in, and nothing else."""
    return [each.label for each in app.text_input] == ["User name", "Password"]


def _texts(app: AppTest) -> Iterator[str]:
    for node in app._tree:
        proto: Any = getattr(node, "proto", None)
        if proto is not None:
            yield str(proto).replace("\\302\\240", " ")


def _hashes(conn: sa.Connection) -> Iterator[tuple[str, str]]:
    for table in metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            rows = conn.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
            yield table.name, hashlib.sha256(repr(rows).encode()).hexdigest()
