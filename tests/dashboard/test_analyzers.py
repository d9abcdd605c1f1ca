"""Analyzers: the list and its filters, one of them in every part, and what an administrator asks in the dialogs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.analyzers.acts import draw_ask, draw_withdraw
from dashboard.analyzers.detail_page import draw_detail
from dashboard.analyzers.hold import draw_release
from dashboard.analyzers.list_page import EVERY_S
from dashboard.analyzers.listed import Columns, Filter, export_of, in_force, matching, table_of
from dashboard.analyzers.lock_acts import draw_lock, draw_unlock
from dashboard.analyzers.opened import CLICKED_NAME
from dashboard.analyzers.pause import draw_going_on, draw_pausing
from dashboard.viewing import TOKEN
from documents.formats import NOTHING, Formats
from documents.hold_texts import hold_next_words
from prepaid.access import Right, Viewer
from prepaid.alerts import AlertKind
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.holds import OpenHold
from prepaid.links import Presence
from prepaid.metering import Point
from prepaid.records import HoldCause, Role, Source, Stage, Wiring, WishKind
from prepaid.standing import Supplied
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.metering import begin_hold
from sql.questions.analyzers import AnalyzerLine, analyzer_line, site_analyzers, site_pause
from sql.questions.overview import glance
from sql.tables import analyzer_states, locks, readings, supply_states, wishes
from tests.building import Building
from tests.dashboard.dialogs import DRAW, RIGHT, SCRIPT, dialog
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages, app_of

PAGE = "admin/analyzers.py"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
WORDS = Formats("en", zone("Asia/Baghdad"))
HOLD = OpenHold(
    cause=HoldCause.FELL,
    why="below the base",
    began_at=SystemClock().now(),
    protects_until_at=None,
    provisional_amount=None,
    provisional_at=None,
    currency="EUR",
    counters={},
    release=None,
)
PARTS = ("Live", "History", "Supply", "Device", "Charges", "Doubts")


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


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


def texts(app: AppTest) -> str:
    """Everything that can be read on the page, without the marks that keep it plain."""
    assert not app.exception
    kinds = ("markdown", "caption", "title", "subheader", "warning", "error", "info", "html", "badge")
    parts = [str(each.value) for kind in kinds for each in app.get(kind) if hasattr(each, "value")]
    parts += [each.proto.body for each in app.get("html")]
    parts += [*(each.label for each in app.button), *(f"{each.label}: {each.value}" for each in app.metric)]
    return "\n".join(parts).replace("\\", "")


def test_the_list_counts_what_answers_and_shows_every_analyzer(corner: Corner) -> None:
    app = corner.page()

    assert [(metric.label, metric.value) for metric in app.metric] == [
        ("Answering", "1 of 2"),
        ("Silent", "1"),
        ("Cut", "0"),
        ("On hold or in doubt", "0"),
        ("Tenants' power", "1.50\u00a0kW"),
    ]
    assert app.dataframe[0].value[Columns.NAME].tolist() == ["Oven *1*", "Vitrine"]
    assert "2 of 2 shown" in texts(app)
    assert EVERY_S == 5.0


def test_of_a_silent_analyzer_nothing_old_is_shown_as_current(corner: Corner) -> None:
    corner.read(read_at=SystemClock().now() - timedelta(hours=2))

    table, metrics = corner.page().dataframe[0].value, corner.page().metric
    head = {metric.label: metric.value for metric in corner.detail(corner.oven).metric}

    assert table[Columns.POWER].isna().all() and table[Columns.SOURCE].isna().all()
    assert {metric.label: metric.value for metric in metrics}["Tenants' power"] == NOTHING
    assert (head["Power"], head["Current"], head["Voltage"]) == (NOTHING, NOTHING, NOTHING)


def test_another_device_is_counted_as_doubt_as_on_overview_and_not_as_silence(corner: Corner) -> None:
    corner.read(verdict="wrong_device")

    counts = {metric.label: metric.value for metric in corner.page().metric}
    with corner.database.reading() as conn:
        seen = glance(conn, ADMIN, corner.building.site_id, SystemClock().now()).analyzers

    assert (counts["Silent"], counts["On hold or in doubt"]) == ("1", "1")
    assert (seen.silent + seen.never_seen, seen.wrong_device) == (1, 1)


def test_the_filter_in_the_address_is_applied_and_can_fit_nothing(corner: Corner) -> None:
    found = corner.page(analyzer_search="g-01 bak", analyzer_source="Generator")
    nothing = corner.page(analyzer_link="Silent")

    assert found.dataframe[0].value[Columns.NAME].tolist() == ["Oven *1*"]
    assert not nothing.dataframe
    assert "Nothing fits" in texts(nothing)


def test_a_name_that_was_clicked_opens_the_analyzer_also_when_its_row_has_moved(corner: Corner) -> None:
    app = corner.page()

    app.text_input(key="analyzer_search").set_value("vitrine")
    app.session_state[CLICKED_NAME] = "Oven *1*"
    app.run()

    assert app.query_params["analyzer"] == str(corner.oven)
    assert "Oven *1*" in app.title[0].value.replace("\\", "")


def test_one_click_shows_all_again(corner: Corner) -> None:
    narrowed = corner.page(analyzer_link="Silent", analyzer_search="oven")

    shown = next(button for button in narrowed.button if button.label == "Show all").click().run()

    assert "2 of 2 shown" in texts(shown)
    assert "Show all" not in [button.label for button in shown.button]


def test_a_site_without_analyzers_says_how_they_come(pages: Pages) -> None:
    forget_everything()
    Building(pages.database)

    app = pages.open(None, pages.sign_in(Role.MANAGER)).switch_page(PAGE).run()

    assert "No analyzers yet" in texts(app)


def test_lines_are_found_by_every_word_and_each_list(corner: Corner) -> None:
    lines = corner.lines()

    assert [line.name for line in matching(lines, Filter("lqn/1"))] == ["Oven *1*"]
    assert [line.name for line in matching(lines, Filter("oven florist"))] == []
    assert [line.name for line in matching(lines, Filter(presence=Presence.NEVER_SEEN))] == ["Vitrine"]
    assert [line.name for line in matching(lines, Filter(supplied=Supplied.ON, source=Source.GENERATOR))] == [
        "Oven *1*"
    ]
    assert matching(lines, Filter()) == list(lines)


def test_the_table_and_its_export_have_the_same_rows(corner: Corner) -> None:
    lines, now = corner.lines(), SystemClock().now()

    table, export = table_of(lines, now, WORDS), export_of(lines, now, WORDS)

    assert table[Columns.SUPPLY].tolist() == [["On"], ["Not known"]]
    assert table[Columns.POWER].tolist()[0] == 1.5
    assert export["Supply"].tolist() == ["On", "Not known"]
    assert export["Link"].tolist() == ["Answering", "Never seen"]
    assert export["Commissioned"].tolist() == ["Yes", "No"]
    assert export["Last answer"].tolist()[0].endswith("+00:00")


def test_what_is_in_force_is_told_in_a_few_words(corner: Corner) -> None:
    corner.building.lock(corner.oven)
    corner.building.wish(WishKind.KEEP_ON, corner.oven, corner.now + timedelta(hours=1), corner.now)
    with corner.database.writing() as conn:
        begin_hold(conn, corner.oven, HoldCause.FELL, "below", corner.now, timedelta(hours=24))

    told = in_force(corner.line(), WORDS)

    assert told.startswith("Lock: Fitter, Keep on until ")
    assert "Hold since" in told


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_one_analyzer_can_be_opened(corner: Corner, part: str) -> None:
    with corner.database.writing() as conn:
        conn.execute(
            readings.insert().values(
                analyzer_id=corner.oven,
                read_at=corner.now - timedelta(minutes=2),
                verdict="advance",
                power_w=1_400.0,
                import_l1_tariff_1_wh=3_000,
            )
        )

    app = corner.detail(corner.oven, part=part)

    shown = texts(app)
    assert "Oven *1*" in shown
    assert "On: in credit." in shown
    expected = {
        "Live": "The device restarted",
        "History": "Each point stands for",
        "Supply": "No change of supply yet",
        "Device": "Held output, on = supply on",
        "Charges": "1 charges in the last 7 days, 2.00\u00a0kWh in all.",
        "Doubts": "Nothing was doubted",
    }
    assert expected[part] in shown


def test_an_analyzer_that_was_never_read_and_one_that_is_not_there_are_told(corner: Corner) -> None:
    never = texts(corner.detail(corner.silent))
    gone = texts(corner.detail(4711))
    list_again = texts(corner.page(analyzer="not a number"))

    assert "Never read" in never
    assert "Not commissioned: nothing is switched automatically." in never
    assert 'There is no analyzer "4711"' in gone
    assert "2 of 2 shown" in list_again


def test_who_only_looks_has_no_buttons_and_nobody_else_gets_there(corner: Corner) -> None:
    admin = {button.label for button in corner.detail(corner.oven, Role.ADMIN).button}
    manager = {button.label for button in corner.page(Role.MANAGER, analyzer=str(corner.oven)).button}
    list_of_manager = {button.label for button in corner.page(Role.MANAGER).button}

    acts = {"Cut", "Keep on", "Restore", "Lock"}
    assert acts <= admin
    assert not acts & manager
    assert "Pause cuts" not in list_of_manager
    for role in (Role.CASHIER, Role.TENANT):
        tenant_id = corner.bakery.tenant_id if role is Role.TENANT else None
        token = corner.pages.sign_in(role, tenant_id=tenant_id)
        with pytest.raises(ValueError, match="analyzers"):
            corner.pages.open(PAGE, token)


def test_a_cut_says_its_effect_asks_for_a_reason_and_is_placed_once(corner: Corner) -> None:
    app = corner.dialog(partial(draw_ask, WishKind.CUT, corner.oven))
    told = texts(app)
    app.button[0].click().run()
    refused = [each.value for each in app.error]
    app.text_input[0].set_value("the tenant asked")
    app.button[0].click().run()

    again = corner.dialog(partial(draw_ask, WishKind.CUT, corner.oven))

    assert "The supply of Bakery (Oven *1*) goes off within seconds" in told
    assert "At the end it comes back by itself." in told
    assert "A software cut is no isolation" in told
    assert refused == ["A reason is missing. Write in a few words why; nothing was asked yet."]
    [row] = corner.rows(wishes)
    assert (row.kind, row.state, row.reason, row.asked_by) == ("cut", "open", "the tenant asked", "The admin")
    assert timedelta(minutes=59) < row.until_at - row.asked_at <= timedelta(minutes=61)
    assert "A new end replaces that one." in texts(again)


def test_a_span_can_be_chosen_and_renews_the_wish(corner: Corner) -> None:
    corner.building.wish(WishKind.KEEP_ON, corner.oven, corner.now + timedelta(hours=1), corner.now)

    app = corner.dialog(partial(draw_ask, WishKind.KEEP_ON, corner.oven))
    app.segmented_control[0].set_value("day").run()
    app.text_input[0].set_value("the bank is closed")
    app.button[0].click().run()

    first, second = corner.rows(wishes)
    assert (first.state, first.result, second.state) == ("withdrawn", "replaced", "open")
    assert timedelta(hours=23) < second.until_at - second.asked_at < timedelta(hours=25)


def test_what_would_do_nothing_is_said_in_place_of_a_form(corner: Corner) -> None:
    restore = corner.dialog(partial(draw_ask, WishKind.RESTORE, corner.oven))
    unknown = corner.dialog(partial(draw_ask, WishKind.CUT, corner.silent))
    corner.building.lock(corner.oven)
    locked = corner.dialog(partial(draw_ask, WishKind.CUT, corner.oven))

    assert "is on, so there is nothing to restore" in texts(restore)
    assert "belongs to no account yet" in texts(unknown)
    assert "A safety lock keeps the supply" in texts(locked)
    for app in (restore, unknown, locked):
        assert not app.text_input and not app.button


def test_a_wish_is_withdrawn_with_what_follows_said_before(corner: Corner) -> None:
    corner.building.wish(WishKind.CUT, corner.oven, corner.now + timedelta(hours=1), corner.now)

    app = corner.dialog(partial(draw_withdraw, corner.oven))
    told = texts(app)
    app.button[0].click().run()
    nothing_left = corner.dialog(partial(draw_withdraw, corner.oven))

    assert "Without it the supply comes on within seconds." in told
    assert [row.state for row in corner.rows(wishes)] == ["withdrawn"]
    assert "There is no open wish any more." in texts(nothing_left)


def test_a_lock_is_placed_with_a_phone_and_taken_away_with_the_name(corner: Corner) -> None:
    app = corner.dialog(partial(draw_lock, corner.oven))
    app.text_input[0].set_value("the board is open")
    app.text_input[1].set_value("+964 1")
    app.button[0].click().run()

    away = corner.dialog(partial(draw_unlock, corner.oven))
    told = texts(away)
    away.text_input[0].set_value("Vitrine")
    away.button[0].click().run()
    refused = [each.value for each in away.error]
    away.text_input[0].set_value("oven *1*")
    away.button[0].click().run()
    again = corner.dialog(partial(draw_unlock, corner.oven))

    assert "Lock of The admin, phone +964 1" in told
    assert "The lock is still in place" in refused[0]
    [row] = corner.rows(locks)
    assert row.removed_at is not None
    assert "There is no lock any more." in texts(again)


def test_cuts_are_paused_and_go_on(corner: Corner) -> None:
    app = corner.dialog(partial(draw_pausing, corner.building.site_id))
    app.text_input[0].set_value("a feast day")
    app.button[0].click().run()
    listed = texts(corner.page(Role.MANAGER))
    with corner.database.reading() as conn:
        found = site_pause(conn, ADMIN, corner.building.site_id, SystemClock().now())
    assert found is not None

    corner.dialog(partial(draw_going_on, found)).button[0].click().run()

    assert "Cuts for credit are paused until" in listed
    assert [row.state for row in corner.rows(wishes)] == ["withdrawn"]


def test_a_wish_under_way_is_followed_in_the_head(corner: Corner) -> None:
    corner.building.wish(WishKind.CUT, corner.oven, corner.now + timedelta(hours=1), corner.now - timedelta(minutes=1))

    shown = texts(corner.detail(corner.oven))

    assert "Cut, asked by tests: a test asks for it" in shown
    assert "Not taken yet" in shown
    assert "Waiting" in shown


def test_a_hold_shows_its_counters_and_what_comes_next_and_a_person_releases_it(corner: Corner) -> None:
    held = Point(corner.now, 0.0, 400, 0)
    with corner.database.writing() as conn:
        begin_hold(conn, corner.oven, HoldCause.FELL, "below", corner.now, timedelta(hours=24), held)
    corner.read(verdict="quarantined", import_tariff_1_wh=420, import_tariff_2_wh=0)

    seen = corner.detail(corner.oven, Role.MANAGER, part="Doubts")
    app = corner.dialog(partial(draw_release, corner.oven))
    app.number_input[0].set_value(0.5)
    app.text_input[0].set_value("set anew")
    app.button[0].click().run()
    refused = [each.value for each in app.error]
    app.number_input[0].set_value(0.41)
    app.button[0].click().run()

    shown = texts(seen)
    assert "Billing on hold" in shown
    assert "It ends by itself after three readings" in shown
    assert "Its account is not cut for credit until" in shown
    assert "Release the hold" not in {button.label for button in seen.button}
    assert "cannot go on from above what the device shows" in refused[0]
    [row] = corner.rows(wishes)
    assert (row.kind, row.details) == ("release_hold", {"grid_wh": 410, "generator_wh": None})
    assert "asked to release it" in texts(corner.detail(corner.oven, part="Doubts"))


def test_a_hold_behind_its_protection_says_what_counts_and_one_that_jumped_that_nobody_is_protected() -> None:
    began_at = SystemClock().now() - timedelta(hours=30)
    unprotected = replace(HOLD, began_at=began_at, protects_until_at=began_at + timedelta(hours=24))
    reckoned = replace(unprotected, provisional_amount=Decimal(12), provisional_at=began_at)
    jumped = replace(HOLD, cause=HoldCause.JUMPED)

    told = [hold_next_words(each, SystemClock().now(), WORDS)[1] for each in (unprotected, reckoned, jumped)]

    assert told[0].startswith("It protects its account no longer, since ")
    assert "12.00" in told[1] and "provisional use" in told[1]
    assert told[2] == "A counter that jumped protects nobody: what was charged so far decides."


def test_the_list_finds_holds_of_silent_analyzers_too(corner: Corner) -> None:
    with corner.database.writing() as conn:
        begin_hold(conn, corner.silent, HoldCause.FELL, "below", corner.now, timedelta(hours=24))

    assert [line.name for line in matching(corner.lines(), Filter(presence=Presence.ON_HOLD))] == ["Vitrine"]


def test_an_analyzer_without_output_has_nothing_to_be_asked(corner: Corner) -> None:
    check = corner.building.analyzer("Check", corner.bakery, wiring=Wiring.NONE)
    corner.building.begin(check)

    app = corner.detail(check, Role.ADMIN)

    assert not {"Cut", "Lock"} & {button.label for button in app.button}
    assert "Metered only" in texts(app)


def test_of_an_observed_account_stands_beside_its_decision_what_would_have_been_told(corner: Corner) -> None:
    watched = corner.building.tenant("Watched", opening="-1", stage=Stage.OBSERVED)
    lamp = corner.building.analyzer("Lamp", watched)
    corner.building.begin(lamp)
    corner.show(lamp, Supply.ON, None, Answer.KEEP, Reason.NOT_ENFORCED)
    before = texts(corner.detail(lamp))
    crossing = NewAlert(
        site_id=corner.building.site_id,
        kind=AlertKind.EXHAUSTED,
        cause="crossing",
        account_id=watched.account_id,
        details={},
        would_have=True,
    )
    with corner.database.writing() as conn:
        raise_alert(conn, crossing, corner.now)

    shown = texts(corner.detail(lamp))

    assert "it would be cut" in shown
    assert "The tenant would have been told" not in before
    assert "The tenant would have been told: Credit is used up" in shown
