"""A corner with analyzers, and their page as people see it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.analyzers.detail_page import draw_detail
from dashboard.viewing import TOKEN
from prepaid.access import Right, Viewer
from prepaid.clock import SystemClock
from prepaid.records import Role
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.connection import Database
from sql.questions.analyzers import AnalyzerLine, analyzer_line, site_analyzers
from sql.tables import analyzer_states, supply_states
from tests.building import Building
from tests.dashboard.dialogs import DRAW, RIGHT, SCRIPT, dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages, app_of

PAGE = "admin/analyzers.py"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


class Corner:
    """A bakery with an oven that answers, a florist whose analyzer never did, and their pages."""

    def __init__(self, pages: Pages) -> None:
        forget_everything()
        self.pages = pages
        self.database: Database = pages.database
        self.now = SystemClock().now()
        self.building = Building(self.database, at=self.now - timedelta(hours=30))
        self.bakery = self.building.tenant("Bakery", opening="100")
        self.oven = self.building.analyzer("Oven *1*", self.bakery, serial_number="LQN/1", location="G-01")
        begun = self.building.begin(self.oven)
        self.building.charge(self.bakery, begun.grid_id, 2_000, self.now - timedelta(hours=25))
        self.silent = self.building.analyzer("Vitrine", self.building.tenant("Florist"))
        self.read(power_w=1_500.0, voltage_l1_n_v=230.0, current_l1_a=2.0, active_tariff=1, diagnostics=0x800)
        self.show(self.oven, Supply.ON, None, Answer.ON, Reason.CREDIT)

    def read(self, **values: Any) -> None:
        """What the last poll of the oven brought."""
        row = {"link": "answering", "read_at": SystemClock().now(), "serial_number": "LQN/1", "verdict": "advance"}
        with self.database.writing() as conn:
            of = analyzer_states.c.analyzer_id == self.oven
            conn.execute(analyzer_states.update().where(of).values({**row, **values}))

    def show(
        self, analyzer_id: int, supply: Supply, reason: Reason | None, answer: Answer, answer_reason: Reason
    ) -> None:
        """What the enforcer holds true of a supply."""
        facts = {"supply": supply, "seen": supply, "reason": reason, "answer": answer, "answer_reason": answer_reason}
        with self.database.writing() as conn:
            conn.execute(supply_states.delete().where(supply_states.c.analyzer_id == analyzer_id))
            conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, **facts))

    def page(self, role: Role = Role.ADMIN, **query: str) -> AppTest:
        app = self.pages.open(None, self.pages.sign_in(role)).switch_page(PAGE)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    def detail(self, analyzer_id: int, role: Role = Role.MANAGER, part: str = "Live") -> AppTest:
        """The page of one analyzer without what stands around it."""
        app = app_of(SCRIPT)
        app.session_state[TOKEN] = self.pages.sign_in(role)
        app.session_state[DRAW] = partial(draw_detail, analyzer_id)
        app.session_state[RIGHT] = Right.SEE_SITE
        app.query_params["analyzer_part"] = part
        return app.run()

    def dialog(self, draw: Callable[[], None], role: Role = Role.ADMIN) -> AppTest:
        """The inside of a dialog."""
        return dialog(self.pages.sign_in(role), Right.ASK_ENFORCER, draw)

    def lines(self) -> tuple[AnalyzerLine, ...]:
        with self.database.reading() as conn:
            return site_analyzers(conn, ADMIN, self.building.site_id, SystemClock().now()).lines

    def line(self) -> AnalyzerLine:
        with self.database.reading() as conn:
            return analyzer_line(conn, ADMIN, self.oven, SystemClock().now())

    def rows(self, table: sa.Table) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(sa.select(table).order_by(table.c.id)))


def texts(app: AppTest) -> str:
    """Everything that can be read on the page, without the marks that keep it plain."""
    assert not app.exception
    kinds = ("markdown", "caption", "title", "subheader", "warning", "error", "info", "html", "badge")
    parts = [str(each.value) for kind in kinds for each in app.get(kind) if hasattr(each, "value")]
    parts += [each.proto.body for each in app.get("html")]
    parts += [*(each.label for each in app.button), *(f"{each.label}: {each.value}" for each in app.metric)]
    return "\n".join(parts).replace("\\", "")
