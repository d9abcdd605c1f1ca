"""Analyzers: the list with its filters, and one of them in every part."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.analyzers.list_page import EVERY_S
from dashboard.analyzers.listed import Columns, Filter, export_of, in_force, matching, table_of
from dashboard.analyzers.opened import CLICKED_NAME
from documents.formats import NOTHING, Formats
from documents.hold_texts import hold_next_words
from prepaid.alerts import AlertKind
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.holds import OpenHold
from prepaid.links import Presence
from prepaid.records import HoldCause, Role, Source, Stage, WishKind
from prepaid.standing import Supplied
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.alerts import NewAlert, raise_alert
from sql.metering import begin_hold
from sql.questions.overview import glance
from sql.tables import readings
from tests.building import Building
from tests.dashboard.analyzers_page import ADMIN, PAGE, Corner, texts
from tests.dashboard.kept import forget_everything
from tests.dashboard.pages import Pages

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


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


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
