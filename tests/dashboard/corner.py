"""A bakery that has used something, a florist who was only added, and the pages about them."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from dashboard.tenancy.listed import Columns
from dashboard.tenancy.policy_dialog import draw_policy_form
from prepaid.access import Right, Viewer
from prepaid.alerts import AlertKind
from prepaid.clock import SystemClock
from prepaid.records import Role, Stage
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.questions.account import tenant_picture
from sql.questions.tenant import Tenant, tenant
from tests.building import Building, Person
from tests.dashboard.dialogs import dialog
from tests.dashboard.pages import Pages

PAGE = "admin/tenants.py"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


class Corner:
    """A bakery that has used something, a florist who was only added, and their pages."""

    def __init__(self, pages: Pages) -> None:
        st.cache_data.clear()
        self.pages = pages
        self.database: Database = pages.database
        now = SystemClock().now()
        self.building = Building(self.database, at=now - timedelta(hours=30))
        self.bakery: Person = self.building.tenant("Bakery", opening="100")
        self.florist = self.building.tenant("Florist", opening="-3", stage=Stage.OBSERVED)
        self.oven = self.building.analyzer("Oven", self.bakery)
        begun = self.building.begin(self.oven)
        self.building.charge(self.bakery, begun.grid_id, 2_000, now - timedelta(hours=25))
        self.building.recharge(self.bakery, "50", "one")

    def page(self, role: Role = Role.ADMIN, tenant_id: int | None = None, **query: str) -> AppTest:
        app = self.pages.open(None, self.pages.sign_in(role)).switch_page(PAGE)
        if tenant_id is not None:
            app.query_params["tenant"] = str(tenant_id)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    def part(self, name: str, role: Role = Role.ADMIN) -> AppTest:
        """One part of the bakery's page."""
        app = self.page(role, self.bakery.tenant_id)
        return app.segmented_control(key="tenant_part").set_value(name).run()

    def dialog(self, draw: Callable[[], None]) -> AppTest:
        """The inside of a dialog of an administrator."""
        return dialog(self.pages.sign_in(Role.ADMIN), Right.ADMINISTER, draw)

    def policy_dialog(self) -> AppTest:
        with self.database.reading() as conn:
            picture = tenant_picture(conn, ADMIN, self.building.site_id, self.bakery.tenant_id, SystemClock().now())
        return self.dialog(lambda: draw_policy_form(self.kept().accounts[0], picture.accounts[0]))

    def kept(self) -> Tenant:
        """What is written down of the bakery."""
        with self.database.reading() as conn:
            return tenant(conn, ADMIN, self.bakery.tenant_id, SystemClock().now())

    def emergency_credit(self) -> Decimal:
        return self.kept().accounts[0].policy.emergency_credit

    def would_tell_the_florist(self) -> None:
        """The enforcer has seen that the credit of the observed account is used up."""
        crossing = NewAlert(
            site_id=self.building.site_id,
            kind=AlertKind.EXHAUSTED,
            cause="crossing",
            account_id=self.florist.account_id,
            details={},
            would_have=True,
        )
        with self.database.writing() as conn:
            raise_alert(conn, crossing, self.database.now(conn))


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def field(app: AppTest, label: str) -> TextInput:
    return next(each for each in app.text_input if each.label == label)


def submit(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value[Columns.NAME]) if app.dataframe else []


def words_of(app: AppTest) -> str:
    """All that is read on the page, without what keeps Markdown from making something of it."""
    parts = (app.title, app.markdown, app.success, app.info, app.warning, app.error, app.subheader, app.caption)
    html = [element.proto.body for element in app.get("html")]
    shown = " ".join([*(element.value for part in parts for element in part), *html])
    return shown.replace("\u00a0", " ").replace("\\", "")
