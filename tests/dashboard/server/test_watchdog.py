"""The watchdog: an enforcer that falls silent is told once, whoever watches; so is its return, and a lost database."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.server.watchdog import Watchdog
from prepaid.alerts import AlertKind, MessageState
from prepaid.errors.start import DatabaseUnavailable
from sql.connection import Database
from sql.silence import begin_silence, end_silence, silences
from sql.silence_mails import claim_silence_mails
from sql.staff_addresses import staff_addresses
from tests.dashboard.server.kennel import SMTP, Kennel, kennel_in
from tests.sql.statements import listening, on_sql_server

SILENT, BACK = AlertKind.ENFORCER_SILENT, AlertKind.ENFORCER_BACK
SUBJECT = "The enforcer of Corner House is silent"
AWAY = "The database of Corner House does not answer"


@pytest.fixture
def kennel(migrated_file: Path, tmp_path: Path) -> Iterator[Kennel]:
    found = kennel_in(migrated_file, tmp_path)
    yield found
    found.close()


@pytest.fixture
def silent(kennel: Kennel) -> Kennel:
    """The enforcer has just been found silent, and one mail was sent."""
    kennel.first_beat()
    kennel.watch(80)
    assert kennel.alerts() == [(SILENT, False)]
    assert kennel.mail.subjects == [SUBJECT]
    return kennel


def test_an_enforcer_that_beats_is_left_alone(kennel: Kennel) -> None:
    kennel.first_beat()

    for _minute in range(10):
        kennel.watch(60)
        kennel.beats()

    assert (kennel.alerts(), kennel.mail.mails) == ([], [])


def test_a_silence_is_told_behind_its_limit_and_only_once(kennel: Kennel) -> None:
    kennel.first_beat()
    kennel.watch(70)
    assert kennel.alerts() == [], "looked at for a minute, not longer"

    kennel.watch(3_600)

    assert kennel.alerts() == [(SILENT, False)]
    (mail,) = kennel.mail.mails
    assert mail["Subject"] == SUBJECT
    text = mail.get_body(("plain",))
    assert text is not None
    assert "The last sign of life came at" in text.get_content()
    assert "Start it again" in text.get_content()
    assert kennel.actions() == ["alert.enforcer_silent"]


def test_the_limit_is_the_sites_own(kennel: Kennel) -> None:
    kennel.building.set("heartbeat_old_after_s", "300")
    kennel.first_beat()
    kennel.watch(300)
    assert kennel.alerts() == []

    kennel.watch(20)

    assert kennel.alerts() == [(SILENT, False)]


def test_the_mail_comes_from_the_sites_own_sender(kennel: Kennel) -> None:
    kennel.sender("corner@house.example")
    kennel.first_beat()

    kennel.watch(80)

    assert kennel.mail.mails[0]["From"] == "corner@house.example"


def test_when_it_beats_again_the_alert_ends_and_its_return_is_told(silent: Kennel) -> None:
    silent.beats()
    silent.watch(60)

    assert silent.alerts() == [(SILENT, True), (BACK, False)]
    sent, waiting = silent.rows()
    assert (sent.state, waiting.state) == (MessageState.SENT, MessageState.WAITING), "the enforcer sends that itself"
    assert silent.actions() == ["alert.enforcer_silent", "alert.enforcer_back"]


def test_the_next_silence_is_another_one(silent: Kennel) -> None:
    silent.beats()
    silent.watch(100)

    assert silent.mail.subjects == [SUBJECT, SUBJECT]
    assert silent.alerts() == [(SILENT, True), (BACK, True), (SILENT, False)]


def test_a_restart_of_the_dashboard_tells_nothing_again(silent: Kennel) -> None:
    after = silent.another()

    silent.watch(300, after)

    assert silent.alerts() == [(SILENT, False)]
    assert silent.mail.subjects == [SUBJECT]


def test_whoever_begins_to_watch_gives_an_old_sign_the_whole_limit(kennel: Kennel) -> None:
    kennel.first_beat()
    kennel.clock.advance(12 * 3_600)

    kennel.watch(60)
    kennel.beats()
    kennel.watch(60)

    assert kennel.alerts() == [], "site and dashboard were started together in the morning"


def test_an_enforcer_that_came_and_went_while_nobody_watched_is_no_return(silent: Kennel) -> None:
    silent.clock.advance(3_600)
    silent.beats()
    silent.clock.advance(3_600)
    after = silent.another()

    silent.watch(100, after)

    assert silent.alerts() == [(SILENT, True), (SILENT, False)]


def test_an_enforcer_that_has_never_run_is_not_mailed(kennel: Kennel) -> None:
    kennel.watch(3_600)

    assert (kennel.alerts(), kennel.mail.mails) == ([], [])


def test_a_wall_clock_that_jumps_ahead_makes_nobody_silent(kennel: Kennel) -> None:
    kennel.first_beat()
    kennel.watch(30)
    kennel.clock.step(3_600)

    kennel.watch(10)

    assert kennel.alerts() == []


def test_a_sign_dated_in_the_future_does_not_hide_a_silence(kennel: Kennel) -> None:
    kennel.first_beat()
    kennel.watch(10)
    kennel.clock.step(-7_200)

    kennel.watch(80)

    assert kennel.alerts() == [(SILENT, False)]


def test_of_two_dashboards_one_tells(kennel: Kennel) -> None:
    kennel.first_beat()
    other = kennel.another()

    kennel.watch(300, kennel.dog, other)
    kennel.beats()
    kennel.watch(20, kennel.dog, other)

    assert kennel.mail.subjects == [SUBJECT]
    assert kennel.alerts() == [(SILENT, True), (BACK, False)]


def test_of_many_who_raise_and_end_it_in_the_same_moment_one_does(kennel: Kennel) -> None:
    kennel.first_beat()
    beat_at = kennel.clock.now()
    begun = many(lambda: begin_silence(kennel.database, kennel.building.site_id, beat_at, "dashboard"))
    with kennel.database.reading() as conn:
        (standing,) = silences(conn)

    ended = many(lambda: end_silence(kennel.database, standing, "dashboard", back=True))

    assert (begun, ended) == (1, 1)
    assert kennel.alerts() == [(SILENT, True), (BACK, False)]


def many(act: Callable[[], bool]) -> int:
    """How many of eight threads that act at once did it."""
    done: list[bool] = []
    threads = [threading.Thread(target=lambda: done.append(act())) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == len(threads)
    return sum(done)


def test_a_beat_between_look_and_row_prevents_the_alert(kennel: Kennel) -> None:
    kennel.first_beat()
    before = kennel.clock.now()
    kennel.clock.advance(61)
    kennel.beats()

    assert not begin_silence(kennel.database, kennel.building.site_id, before, "dashboard")
    assert kennel.alerts() == []


def test_a_mail_server_that_is_away_is_tried_again_with_growing_pauses(kennel: Kennel) -> None:
    kennel.mail.delays = 3
    kennel.first_beat()
    kennel.watch(80)
    (row,) = kennel.rows()
    assert (row.state, row.tries, row.error is not None) == (MessageState.WAITING, 1, True)

    kennel.watch(600)

    (row,) = kennel.rows()
    assert (row.state, row.tries, row.error) == (MessageState.SENT, 4, None)
    assert kennel.mail.subjects == [SUBJECT]


def test_without_a_mail_server_the_alert_stands_and_its_mail_waits(kennel: Kennel) -> None:
    kennel.first_beat()
    dog = Watchdog(lambda: kennel.database, lambda: replace(SMTP, server=None), kennel.clock, kennel.mail.to)

    kennel.watch(100, dog)

    assert kennel.alerts() == [(SILENT, False)]
    assert [row.state for row in kennel.rows()] == [MessageState.WAITING]


def test_a_lost_database_is_told_after_a_minute_to_those_who_were_known_last(kennel: Kennel) -> None:
    kennel.first_beat()
    kennel.watch(10)
    kennel.away = True
    kennel.watch(60)
    assert kennel.mail.mails == []

    kennel.watch(3_600)

    assert kennel.mail.subjects == [AWAY]
    assert kennel.mail.mails[0]["To"] == "Admin <admin@building.example>"


def test_a_lost_database_is_told_again_only_when_it_is_lost_again(kennel: Kennel) -> None:
    kennel.watch(10)
    kennel.away = True
    kennel.watch(100)
    kennel.away = False
    kennel.watch(10)
    kennel.away = True

    kennel.watch(100)

    assert kennel.mail.subjects == [AWAY, AWAY]
    assert len({str(mail["Message-ID"]) for mail in kennel.mail.mails}) == 2


def test_the_mail_about_a_lost_database_is_tried_again(kennel: Kennel) -> None:
    kennel.watch(10)
    kennel.away = True
    kennel.mail.delays = 2

    kennel.watch(180)

    assert kennel.mail.subjects == [AWAY]


def test_a_database_that_stays_locked_when_something_must_be_told_is_like_a_lost_one(
    kennel: Kennel,
) -> None:
    """As by an enforcer that was stopped in the middle of a transaction: it can be read, and nothing written."""
    kennel.first_beat()
    kennel.watch(10)

    with kennel.database.writing():
        kennel.watch(180)

    assert kennel.mail.subjects == [AWAY]
    kennel.watch(20)
    assert kennel.mail.subjects == [AWAY, SUBJECT]


def test_an_outage_of_the_database_makes_no_enforcer_silent(kennel: Kennel) -> None:
    kennel.first_beat()
    kennel.watch(10)
    kennel.away = True
    kennel.watch(600)
    kennel.away = False
    kennel.watch(50)
    kennel.beats()

    kennel.watch(60)

    assert kennel.alerts() == [], "it could not write its signs either"


def test_a_database_that_was_never_there_is_no_reason_to_fail(kennel: Kennel) -> None:
    def nowhere() -> Database:
        raise DatabaseUnavailable(where="here", why="not yet")

    dog = Watchdog(nowhere, lambda: SMTP, kennel.clock, kennel.mail.to)

    kennel.watch(200, dog)

    assert kennel.mail.mails == []


def test_the_thread_looks_and_stops_at_once(kennel: Kennel) -> None:
    looked = threading.Event()

    def opened() -> Database:
        looked.set()
        return kennel.database

    dog = Watchdog(opened, lambda: SMTP, kennel.clock, kennel.mail.to)
    dog.start()

    assert looked.wait(10)
    dog.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("watchdog")]


def test_the_statements_are_known_to_sql_server(silent: Kennel) -> None:
    with listening(silent.database) as heard:
        silent.watch(10)
        silent.beats()
        silent.watch(10)
        with silent.database.writing() as conn:
            claim_silence_mails(conn, "here", silent.clock.now(), 5)
            staff_addresses(conn)
    for statement in heard.values():
        assert on_sql_server(statement)
