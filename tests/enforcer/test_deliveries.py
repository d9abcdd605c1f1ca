"""Troubles on the way: a server that is away, a pace to keep, channels that fail, and who else may have a claim."""

from collections import Counter

import pytest
import sqlalchemy as sa
import stamina

from prepaid.alerts import AlertKind, Channel, MessageState
from prepaid.channels import ChannelUrl
from prepaid.clock import ManualClock
from prepaid.errors.channels import ChannelDelayed, ChannelRefused
from prepaid.errors.mail import MailDelayed, MailInterrupted, MailRefused, MailServerAway
from prepaid.settings import Smtp, SmtpSecurity
from sql.alerts import NewAlert, raise_alert
from sql.channels import add_user_channel
from sql.connection import Database
from sql.outbox import free_claims
from sql.site_alarms import alarm_stands
from sql.tables import alerts, messages
from tests.building import Building
from tests.enforcer.postboxes import Postbox, notifier
from tests.people import People
from tests.sql.statements import listening, on_sql_server

AWAY = MailServerAway(why="connection refused")
TELEGRAM, TEAMS = "tgram://1:secret/2", "workflows://x/y/z"
NO_SERVER = Smtp(server=None, port=25, username=None, password=None, security=SmtpSecurity.NONE, sender="a@b.c")


def alarms(house: Building, clock: ManualClock, *causes: str, kind: AlertKind = AlertKind.HOLD) -> None:
    with house.database.writing() as conn:
        for cause in causes:
            new = NewAlert(site_id=house.site_id, kind=kind, cause=cause, details={"analyzer": cause})
            assert raise_alert(conn, new, clock.now())


def outcome(house: Building, channel: Channel = Channel.MAIL) -> list[tuple[MessageState, int]]:
    question = sa.select(messages.c.state, messages.c.tries).where(messages.c.channel == channel)
    with house.database.reading() as conn:
        return [(row.state, row.tries) for row in conn.execute(question.order_by(messages.c.id))]


def failing(house: Building) -> bool:
    with house.database.reading() as conn:
        return alarm_stands(conn, house.site_id, AlertKind.MAIL_FAILING)


def test_a_server_that_is_away_is_asked_once_for_all_and_no_message_counts_a_try(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox(always=AWAY)
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b", "c")
    sending = notifier(house, clock, postbox)

    for _ in range(100):
        sending.drain()
        clock.advance(2)

    assert len(postbox.tried) == 7  # after 2, 4, 8, 16, 32, 64 s
    assert outcome(house) == [(MessageState.WAITING, 0)] * 3
    postbox.always = None
    clock.advance(300)
    sending.drain()
    assert outcome(house) == [(MessageState.SENT, 1)] * 3


def test_mails_that_do_not_leave_are_an_alarm_by_other_channels_until_the_next_one_leaves(database: Database) -> None:
    people = People(database)
    house, clock, postbox = Building(people.database), ManualClock(), Postbox(always=AWAY)
    sara = people.add("sara", email="sara@house.example")
    admin = people.sign_in("sara").signed_in
    add_user_channel(people.database, admin, sara, ChannelUrl(url=TELEGRAM, shown="tgram://…"))
    alarms(house, clock, "a")
    sending = notifier(house, clock, postbox)
    told = []

    for _ in range(25):
        sending.drain()
        told.append(failing(house))
        clock.advance(60)
    postbox.always = None
    clock.advance(300)
    sending.drain()

    assert told[:15] == [False] * 15
    assert told[-1]
    assert not failing(house)
    assert ["Mails of" in subject for _url, subject, _text in postbox.posts] == [False, True]
    assert len(postbox.mails) == 1


def test_a_mail_that_failed_for_good_is_an_alarm_too(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox(troubles=[MailRefused(why="550 nobody here")])
    house.admin("admin@house.example")
    alarms(house, clock, "a")

    notifier(house, clock, postbox).drain()

    assert failing(house)
    with database.reading() as conn:
        details = conn.scalar(sa.select(alerts.c.details).where(alerts.c.kind == AlertKind.MAIL_FAILING))
    assert details is not None
    assert "550 nobody here" in details["why"]


def test_greylisting_of_one_message_holds_up_no_other(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox(troubles=[MailDelayed(why="451 later")])
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b")
    sending = notifier(house, clock, postbox)

    sending.drain()
    first = outcome(house)
    clock.advance(17)
    sending.drain()

    assert first == [(MessageState.WAITING, 1), (MessageState.SENT, 1)]
    assert outcome(house) == [(MessageState.SENT, 2), (MessageState.SENT, 1)]


def test_a_message_on_which_the_program_fails_holds_up_no_other(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox(troubles=[ValueError("nobody foresaw this")])
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b")

    notifier(house, clock, postbox).drain()

    assert outcome(house) == [(MessageState.WAITING, 1), (MessageState.SENT, 1)]


def test_a_fault_of_the_program_costs_one_look_and_no_mail(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox(unready=ValueError("unforeseen"))
    house.admin("admin@house.example")
    alarms(house, clock, "a")
    sending = notifier(house, clock, postbox)

    handled = sending.look()
    postbox.unready = None
    clock.advance(3600)
    sending.look()

    assert handled == 0
    assert [state for state, _tries in outcome(house)] == [MessageState.SENT]


def test_a_fault_that_lasts_is_told_once_with_its_traceback(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox(unready=ValueError("unforeseen"))
    house.admin("admin@house.example")
    alarms(house, clock, "a")
    sending = notifier(house, clock, postbox)

    for _look in range(3):
        sending.look()
        clock.advance(3600)

    [told] = [each for each in caplog.records if "notify.broken" in each.getMessage()]
    assert told.levelname == "ERROR"


def test_a_connection_that_broke_is_tried_again_at_once_and_not_for_ever(database: Database) -> None:
    broken = MailInterrupted(why="connection lost")
    house, clock, postbox = Building(database), ManualClock(), Postbox(troubles=[broken, None, broken, broken])
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b")

    with stamina.set_testing(True, attempts=2):
        notifier(house, clock, postbox).drain()

    assert [postbox.tried.count(each) for each in dict.fromkeys(postbox.tried)] == [2, 2]
    assert outcome(house) == [(MessageState.SENT, 1), (MessageState.WAITING, 1)]


def test_no_more_mails_leave_in_a_minute_than_the_site_allows(database: Database) -> None:
    house, clock, postbox = Building(database, values={"mails_per_minute": "3"}), ManualClock(), Postbox()
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b", "c", "d", "e")
    sending = notifier(house, clock, postbox)

    counts = []
    for _ in range(3):
        sending.drain()
        counts.append(len(postbox.mails))
        clock.advance(30)

    assert counts == [3, 3, 5]


def test_what_another_enforcer_may_have_is_not_sent(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox()
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b", "c")

    def take_over() -> None:
        with database.writing() as conn:
            free_claims(conn, house.site_id, clock.now())

    postbox.before = take_over
    notifier(house, clock, postbox, "old").drain()
    postbox.before = lambda: None
    clock.advance(1)
    notifier(house, clock, postbox, "new").drain()

    assert len(postbox.tried) == len(set(postbox.tried)) == 3


def test_a_stop_gives_back_what_was_not_tried(database: Database) -> None:
    house, clock, postbox = Building(database), ManualClock(), Postbox()
    house.admin("admin@house.example")
    alarms(house, clock, "a", "b", "c")
    sending = notifier(house, clock, postbox)

    postbox.before = sending.stop
    sending.drain()

    assert outcome(house) == [(MessageState.SENT, 1), (MessageState.WAITING, 0), (MessageState.WAITING, 0)]


def test_a_channel_that_does_not_work_is_tried_once_and_holds_up_nobody(database: Database) -> None:
    people = People(database)
    house, clock, postbox = Building(people.database), ManualClock(), Postbox()
    sara = people.add("sara")
    admin = people.sign_in("sara").signed_in
    for url in (TELEGRAM, TEAMS):
        add_user_channel(people.database, admin, sara, ChannelUrl(url=url, shown=url.partition(":")[0]))
    postbox.channel_troubles[TELEGRAM] = ChannelDelayed(shown="tgram", why="429")
    alarms(house, clock, "a", "b", "c")
    sending = notifier(house, clock, postbox, smtp=NO_SERVER)

    sending.drain()
    sending.drain()
    first = list(postbox.channel_tries)
    postbox.channel_troubles.clear()
    clock.advance(20)
    sending.drain()

    assert Counter(first) == {TELEGRAM: 1, TEAMS: 3}
    assert len(postbox.posts) == 6


def test_a_channel_that_refuses_fails_for_good_and_is_no_failing_mail(database: Database) -> None:
    people = People(database)
    house, clock, postbox = Building(people.database), ManualClock(), Postbox()
    sara = people.add("sara")
    add_user_channel(
        people.database, people.sign_in("sara").signed_in, sara, ChannelUrl(url=TELEGRAM, shown="tgram://…")
    )
    postbox.channel_troubles[TELEGRAM] = ChannelRefused(shown="tgram://…", why="404")
    alarms(house, clock, "a")

    notifier(house, clock, postbox, smtp=NO_SERVER).drain()

    assert outcome(house, Channel.URL) == [(MessageState.FAILED, 1)]
    assert not failing(house)


def test_sql_server_takes_every_statement_of_the_outbox(database: Database) -> None:
    house, clock, people = Building(database), ManualClock(), People(database)
    sara = people.add("sara", email="sara@house.example")
    add_user_channel(database, people.sign_in("sara").signed_in, sara, ChannelUrl(url=TELEGRAM, shown="tgram://…"))
    postbox = Postbox(troubles=[MailDelayed(why="451 later")], always=AWAY)
    postbox.channel_troubles[TELEGRAM] = ChannelDelayed(shown="tgram://…", why="429")
    sending = notifier(house, clock, postbox)

    with listening(database) as heard:
        for burst in range(4):
            alarms(house, clock, *(f"{burst}:{number}" for number in range(8)))
            sending.drain()
            clock.advance(1000)
        postbox.always = None
        sending.drain()
        alarms(house, clock, *(f"again:{number}" for number in range(8)))
        sending.drain()

    assert len(heard) > 25
    for statement in heard.values():
        assert on_sql_server(statement)


def test_a_site_sends_only_what_is_its_own_from_its_own_sender(database: Database) -> None:
    house, other, clock, postbox = Building(database), Building(database, name="Other"), ManualClock(), Postbox()
    house.admin("admin@house.example")
    alarms(other, clock, "there")
    alarms(house, clock, "here")

    notifier(house, clock, postbox).drain()

    assert outcome(house) == [(MessageState.WAITING, 0), (MessageState.SENT, 1)]
