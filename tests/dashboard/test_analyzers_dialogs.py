"""What an administrator asks of an analyzer in the dialogs of its page: wishes, locks, pauses, releases."""

from datetime import timedelta
from functools import partial

import pytest

from dashboard.analyzers.acts import draw_ask, draw_withdraw
from dashboard.analyzers.hold import draw_release
from dashboard.analyzers.lock_acts import draw_lock, draw_unlock
from dashboard.analyzers.pause import draw_going_on, draw_pausing
from prepaid.clock import SystemClock
from prepaid.metering import Point
from prepaid.records import HoldCause, Role, Wiring, WishKind
from sql.metering import begin_hold
from sql.questions.analyzers import site_pause
from sql.tables import locks, wishes
from tests.dashboard.analyzers_page import ADMIN, Corner, texts
from tests.dashboard.pages import Pages


@pytest.fixture
def corner(pages: Pages) -> Corner:
    return Corner(pages)


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


def test_an_analyzer_without_output_has_nothing_to_be_asked(corner: Corner) -> None:
    check = corner.building.analyzer("Check", corner.bakery, wiring=Wiring.NONE)
    corner.building.begin(check)

    app = corner.detail(check, Role.ADMIN)

    assert not {"Cut", "Lock"} & {button.label for button in app.button}
    assert "Metered only" in texts(app)
