"""A shop, and the page Recharge as its cashier sees it."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from dashboard.counter.customer import CHOSEN
from dashboard.counter.sale_form import amount_key
from prepaid.records import Role
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.connection import Database
from sql.tables import allocations, supply_changes, supply_states
from tests.building import MORNING, Building, Person
from tests.dashboard.pages import Pages

PAGE = "admin/recharge.py"
AMOUNT = amount_key(0)


class Shop:
    """A bakery that owes 5 and whose oven is cut for it, and the page of a seller."""

    def __init__(self, pages: Pages) -> None:
        st.cache_data.clear()
        self.pages = pages
        self.database: Database = pages.database
        self.building = Building(pages.database)
        self.bakery: Person = self.building.tenant("Bakery", opening="-5")
        self.oven = self.building.analyzer("Oven", self.bakery)
        self.building.begin(self.oven)
        with self.database.writing() as conn:
            conn.execute(
                supply_states.insert().values(
                    analyzer_id=self.oven,
                    supply=Supply.CUT,
                    seen=Supply.CUT,
                    reason=Reason.OUT_OF_CREDIT,
                    since_at=MORNING,
                )
            )

    def page(self, role: Role = Role.CASHIER, **facts: Any) -> AppTest:
        return self.pages.open(PAGE, self.pages.sign_in(role, **facts))

    def chosen(self, amount: int, role: Role = Role.CASHIER, **facts: Any) -> AppTest:
        """The page with the bakery and an amount chosen."""
        app = self.page(role, **facts)
        app.selectbox(key=CHOSEN).set_value(self.bakery.number).run()
        return app.number_input(key=AMOUNT).set_value(amount).run()

    def booked(self) -> list[Decimal]:
        with self.database.reading() as conn:
            return list(conn.scalars(sa.select(allocations.c.amount).order_by(allocations.c.entry_no)))

    def restored(self) -> None:
        """What the enforcer writes when the device has confirmed the supply and its load is back."""
        with self.database.writing() as conn:
            now = self.database.now(conn)
            conn.execute(supply_states.update().values(supply=Supply.ON, seen=Supply.ON, reason=None))
            conn.execute(
                supply_changes.insert().values(
                    site_id=self.building.site_id,
                    analyzer_id=self.oven,
                    account_id=self.bakery.account_id,
                    wanted=Answer.ON,
                    reason=Reason.RECHARGED,
                    progress=Progress.PROVEN,
                    live_balance=Decimal(1),
                    entry_no=2,
                    decided_at=now,
                    written_at=now,
                    confirmed_at=now,
                    proven_at=now,
                    ended_at=now,
                    evidence=Evidence.CURRENT,
                )
            )


def seller(app: AppTest) -> Button:
    """The one button that sells."""
    return next(button for button in app.button if button.label.startswith("Sell"))


def words_of(app: AppTest) -> str:
    """All that is read on the page, without what keeps Markdown from making something of it."""
    parts = (app.markdown, app.success, app.info, app.warning, app.error, app.subheader, app.caption)
    html = [element.proto.body for element in app.get("html")]
    shown = " ".join([*(element.value for part in parts for element in part), *html])
    return shown.replace("\u00a0", " ").replace("\\", "")
