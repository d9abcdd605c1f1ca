"""What the pictures show: each page as one user sees it, its parts and dialogs, and in which looks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from prepaid.alerts import AlertKind
from sql.tables import accounts, alerts, tenants, users
from tests.browser.product import Product
from tests.browser.test_walk import OWN_PASSWORD, TENANT, TENANT_PASSWORD, somebody_cut
from tests.browser.visitor import DESKTOP, PHONE


class Look(StrEnum):
    """A screen in a theme."""

    DESKTOP_LIGHT = "desktop-light"
    DESKTOP_DARK = "desktop-dark"
    PHONE_LIGHT = "phone-light"
    PHONE_DARK = "phone-dark"

    @property
    def size(self) -> tuple[int, int]:
        return PHONE if self.startswith("phone") else DESKTOP

    @property
    def dark(self) -> bool:
        return self.endswith("dark")


ALL = tuple(Look)
TWO = (Look.DESKTOP_LIGHT, Look.PHONE_DARK)
STAFF, CUT_TENANT = "admin", "cut"
"""The user who is cut has another name at each start of the demo."""


class Scene(NamedTuple):
    """A page as one user sees it; `name` is the file's. `path` may name places of this demo site, `press` are the
    buttons that are pressed one after the other, and `until` is what is waited for. `sites` is how many there are."""

    name: str
    path: str
    user_name: str = STAFF
    looks: tuple[Look, ...] = ALL
    press: tuple[str, ...] = ()
    until: str = ""
    sites: int = 1


SCENES = (
    Scene("overview", "/overview"),
    Scene("analyzers", "/analyzers"),
    Scene("settings", "/settings"),
    Scene("dialog-calendar", "/settings", looks=TWO, press=("Change hours and holidays",)),
    Scene("profile-admin", "/profile", looks=TWO),
    Scene("dialog-test-message", "/settings", looks=TWO, press=("Send a test message", "Send now")),
    Scene("analyzer", "/analyzers?analyzer=9"),
    Scene("analyzer-history", "/analyzers?analyzer=9&analyzer_part=History&analyzer_span=1+h", looks=TWO),
    Scene("analyzer-supply", "/analyzers?analyzer={cut_analyzer}&analyzer_part=Supply", looks=TWO),
    Scene("analyzer-device", "/analyzers?analyzer=9&analyzer_part=Device", looks=TWO),
    Scene("analyzer-charges", "/analyzers?analyzer=9&analyzer_part=Charges", looks=TWO),
    Scene("dialog-cut", "/analyzers?analyzer=9", looks=TWO, press=("^Cut",)),
    Scene("dialog-lock", "/analyzers?analyzer=9", looks=TWO, press=("Lock",)),
    Scene("dialog-test", "/analyzers?analyzer=9&analyzer_part=Device", looks=TWO, press=("Test on the spot",)),
    Scene("dialog-swap", "/analyzers?analyzer=9&analyzer_part=Device", looks=TWO, press=("Swap the device",)),
    Scene("dialog-pause", "/analyzers", looks=TWO, press=("Pause cuts",)),
    Scene("consumption", "/consumption"),
    Scene("alerts", "/alerts"),
    Scene("health", "/health"),
    Scene("alert", "/alerts?alert={alert}", looks=TWO),
    Scene("events", "/alerts?view=Audit+trail", looks=TWO),
    Scene("tenants", "/tenants"),
    Scene("dialog-add-tenant", "/tenants", looks=TWO, press=("Add tenant",)),
    Scene("dialog-import", "/tenants", looks=TWO, press=("Import",)),
    Scene("tenant", "/tenants?tenant=1"),
    Scene("tenant-ledger", "/tenants?tenant=1&tenant_part=Ledger", looks=TWO),
    Scene("tenant-analyzers", "/tenants?tenant=1&tenant_part=Analyzers", looks=TWO),
    Scene("dialog-give-back", "/tenants?tenant=1&tenant_part=Analyzers", looks=TWO, press=("Give back",)),
    Scene("tenant-people", "/tenants?tenant=1&tenant_part=People", looks=TWO),
    Scene("dialog-ways", "/tenants?tenant=1&tenant_part=People", looks=TWO, press=("notifications",)),
    Scene("tenant-policy", "/tenants?tenant=3&tenant_part=Policy", looks=TWO),
    Scene("dialog-policy", "/tenants?tenant=3&tenant_part=Policy", looks=TWO, press=("Change the policy",)),
    Scene("recharge", "/recharge?account=A-0001"),
    Scene("portfolio", "/portfolio", sites=2),
    Scene("overview-of-two", "/overview", looks=TWO, sites=2),
    Scene("balance", "/balance", TENANT),
    Scene("balance-cut", "/balance", CUT_TENANT, TWO),
    Scene("usage", "/usage", TENANT),
    Scene("usage-days", "/usage?by=Days", TENANT, TWO),
    Scene("payments", "/payments", TENANT),
    Scene("messages", "/messages", TENANT),
    Scene("messages-cut", "/messages", CUT_TENANT, TWO),
    Scene("profile", "/profile", TENANT),
    Scene("recharge-sold", "/recharge?account=A-0001", looks=TWO, press=("^1 week", "^Sell"), until="Booked: "),
)
"""The sale comes last: it changes what the others show."""


def people() -> Mapping[str, str]:
    """Who looks, with their passwords."""
    return {CUT_TENANT: TENANT_PASSWORD, TENANT: TENANT_PASSWORD, STAFF: OWN_PASSWORD}


def places_of(product: Product) -> Mapping[str, str]:
    """What this demo site calls a tenant who is cut, and the newest alert about a cut."""
    name = somebody_cut(product)
    of_tenant = sa.select(tenants.c.id).where(tenants.c.name == name).scalar_subquery()
    with product.database.reading() as conn:
        user = conn.scalar(sa.select(users.c.user_name).where(users.c.tenant_id == of_tenant))
        analyzer = conn.scalar(
            sa.select(sa.func.max(alerts.c.analyzer_id)).where(
                alerts.c.kind == AlertKind.CUT,
                alerts.c.account_id.in_(sa.select(accounts.c.id).where(accounts.c.tenant_id == of_tenant)),
            )
        )
        alert = conn.scalar(sa.select(sa.func.max(alerts.c.id)).where(alerts.c.kind == AlertKind.CUT))
    return {CUT_TENANT: str(user), "cut_analyzer": str(analyzer), "alert": str(alert)}
