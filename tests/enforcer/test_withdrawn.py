"""What a message says is so when it is sent: what was over before is withdrawn, and what is late says so."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from documents.formats import Formats
from documents.message_texts import outcome_words
from prepaid.alerts import AlertKind, Level, MessageState
from prepaid.errors.mail import MailDelayed
from sql.alerts import end_alerts
from sql.connection import Database
from tests.enforcer.night import AWAY, House, words_of


@pytest.fixture
def house(database: Database) -> House:
    return House.new(database)


def test_a_low_credit_that_was_recharged_in_the_night_is_told_to_nobody_in_the_morning(house: House) -> None:
    house.sink(Level.FINE, AlertKind.LOW)
    house.clock.advance(4 * 3600)
    house.recharge()

    house.sending.drain()
    at_night = house.told()
    house.clock.advance(6 * 3600)
    house.sending.drain()

    assert at_night == house.told() == [(AlertKind.LOW, MessageState.WITHDRAWN)]
    assert house.postbox.mails == []


def test_who_is_low_again_after_a_small_recharge_is_told_what_is_left_now(house: House) -> None:
    house.sink(Level.FINE, AlertKind.LOW)
    house.recharge()
    house.sink(Level.FINE, AlertKind.LOW, live_balance="3")
    house.clock.advance(10 * 3600)

    house.sending.drain()

    assert house.told() == [(AlertKind.LOW, MessageState.WITHDRAWN), (AlertKind.LOW, MessageState.SENT)]
    assert "is low: IQD 3 left" in house.text()


def test_what_waited_says_of_which_hour_it_tells(house: House) -> None:
    house.sink(Level.FINE, AlertKind.LOW)
    house.clock.advance(10 * 3600)

    house.sending.drain()

    assert "This is how things stood at" in house.text()
    assert "Credit then:" in house.text()
    assert "Credit now" not in house.text()


def test_what_leaves_at_once_needs_no_hour(house: House) -> None:
    house.sink(Level.FINE, AlertKind.CRITICAL)

    house.sending.drain()

    assert "This is how things stood" not in house.text()
    assert "Credit now:" in house.text()


def test_a_cut_that_was_over_before_the_mail_server_came_back_is_told_as_electricity_that_is_on(house: House) -> None:
    house.postbox.always = AWAY
    house.tell(AlertKind.CUT)
    house.sending.drain()
    house.clock.advance(12 * 3600)
    house.tell(AlertKind.RESTORED)
    house.postbox.always = None

    house.sending.drain()

    assert house.told() == [(AlertKind.CUT, MessageState.WITHDRAWN), (AlertKind.RESTORED, MessageState.SENT)]


def test_electricity_that_came_back_at_night_and_went_again_is_not_announced_in_the_morning(house: House) -> None:
    house.tell(AlertKind.RESTORED)
    house.clock.advance(3600)
    house.tell(AlertKind.CUT)

    house.sending.drain()

    assert house.told() == [(AlertKind.RESTORED, MessageState.WITHDRAWN), (AlertKind.CUT, MessageState.SENT)]


def test_the_electricity_of_another_analyzer_is_another_matter(house: House) -> None:
    other = house.building.analyzer("Shop, cellar", house.shop)
    house.tell(AlertKind.RESTORED)
    house.meter = other
    house.tell(AlertKind.CUT)

    house.sending.drain()

    assert house.told() == [(AlertKind.RESTORED, MessageState.SENT), (AlertKind.CUT, MessageState.SENT)]


def test_staff_are_not_told_of_an_alarm_that_has_ended(house: House) -> None:
    house.tell(AlertKind.ANALYZER_LOST)
    house.tell(AlertKind.WRONG_DEVICE)
    with house.building.database.writing() as conn:
        end_alerts(conn, house.building.site_id, AlertKind.ANALYZER_LOST, house.meter, house.clock.now())

    house.sending.drain()

    assert house.told() == [
        (AlertKind.ANALYZER_LOST, MessageState.WITHDRAWN),
        (AlertKind.WRONG_DEVICE, MessageState.SENT),
    ]


def test_a_cut_that_failed_and_was_made_at_last_is_no_alarm_any_more(house: House) -> None:
    house.postbox.always = AWAY
    house.tell(AlertKind.CUT_WITHOUT_EFFECT)
    house.tell(AlertKind.CUT)
    house.postbox.always = None

    house.sending.drain()

    assert house.told() == [(AlertKind.CUT_WITHOUT_EFFECT, MessageState.WITHDRAWN), (AlertKind.CUT, MessageState.SENT)]


def test_what_ends_while_the_message_before_it_is_handed_over_does_not_leave(house: House) -> None:
    house.sink(Level.FINE, AlertKind.CRITICAL)
    house.sink(Level.CRITICAL, AlertKind.EXHAUSTED)
    house.postbox.before = house.recharge
    sending = house.sending

    sending.drain()
    house.postbox.before = lambda: None
    sending.drain()

    assert len(house.postbox.mails) == 1
    assert house.told()[1] == (AlertKind.EXHAUSTED, MessageState.WITHDRAWN)


def test_a_message_whose_try_failed_is_withdrawn_when_it_is_over(house: House) -> None:
    house.postbox.troubles = [MailDelayed(why="451 later")]
    house.sink(Level.FINE, AlertKind.CRITICAL)
    house.postbox.before = house.recharge

    house.sending.drain()
    house.sending.drain()

    assert house.told() == [(AlertKind.CRITICAL, MessageState.WITHDRAWN)]


def test_of_a_digest_only_what_stands_is_left_and_a_single_one_leaves_as_its_own_mail(house: House) -> None:
    house.postbox.troubles = [MailDelayed(why="451 later")]
    analyzers = [house.building.analyzer(f"Shop {number}", house.shop) for number in range(6)]
    for house.meter in analyzers:
        house.tell(AlertKind.ANALYZER_LOST)
    house.sending.drain()
    gathered = set(house.postbox.tried)
    with house.building.database.writing() as conn:
        for analyzer_id in analyzers[1:]:
            end_alerts(conn, house.building.site_id, AlertKind.ANALYZER_LOST, analyzer_id, house.clock.now())
    house.clock.advance(3600)

    house.sending.drain()

    [mail] = house.postbox.mails
    assert {mail["Message-ID"]} == gathered
    assert "does not answer" in mail["Subject"]
    assert [state for _kind, state in house.told()] == [MessageState.SENT, *[MessageState.WITHDRAWN] * 5]


def test_an_hour_of_a_cut_that_is_past_is_named_no_more(house: House) -> None:
    house.postbox.always = AWAY
    until = (house.clock.now() + timedelta(minutes=30)).isoformat()
    house.sink(Level.FINE, AlertKind.EXHAUSTED, reason="notice", until=until)
    house.clock.advance(3600)
    house.postbox.always = None
    house.sending.drain()

    assert "stays on until" not in house.text()
    assert "It can be switched off at any time" in house.text()


def test_a_credit_that_is_used_up_does_not_keep_on_what_was_cut_since(house: House) -> None:
    house.postbox.always = AWAY
    until = (house.clock.now() + timedelta(hours=9)).isoformat()
    house.sink(Level.FINE, AlertKind.EXHAUSTED, reason="wish_keep_on", until=until)
    house.clock.advance(3600)
    house.tell(AlertKind.CUT)
    house.postbox.always = None
    house.sending.drain()

    used_up = words_of(house.postbox.mails[0])
    assert "stays on" not in used_up
    assert "The electricity is switched off now." in used_up


def test_people_read_that_a_message_was_withdrawn(house: House) -> None:
    at = house.clock.now()

    said = outcome_words(MessageState.WITHDRAWN, at, None, at, Formats("en", ZoneInfo("Asia/Baghdad")))

    assert said == "withdrawn: it was over before it could be sent"
