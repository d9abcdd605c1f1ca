"""Digests: many alarms to one of the staff leave as one mail, the same one after a crash; tenants get none."""

from collections import Counter

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, MessageState
from prepaid.clock import ManualClock
from prepaid.errors.mail import MailDelayed, MailRefused
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.outbox import NAMED_AT_MOST
from sql.tables import messages
from tests.building import Building
from tests.enforcer.postboxes import Postbox, notifier


@pytest.fixture
def house(database: Database) -> Building:
    made = Building(database)
    made.admin("admin@house.example")
    return made


def alarm(house: Building, clock: ManualClock, count: int, kind: AlertKind = AlertKind.ANALYZER_LOST) -> None:
    with house.database.writing() as conn:
        before = int(conn.scalar(sa.select(sa.func.count()).select_from(messages)) or 0)
        for number in range(before, before + count):
            details = {"analyzer": f"Shop {number}"}
            new = NewAlert(site_id=house.site_id, kind=kind, cause=f"{kind}:{number}", details=details)
            assert raise_alert(conn, new, clock.now())


def states(house: Building) -> Counter[MessageState]:
    with house.database.reading() as conn:
        return Counter(conn.scalars(sa.select(messages.c.state)))


def test_more_than_five_alarms_leave_as_one_mail_that_names_the_gravest_first(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox()
    alarm(house, clock, 5)
    alarm(house, clock, 1, AlertKind.WRONG_DEVICE)

    notifier(house, clock, postbox).drain()

    [mail] = postbox.mails
    plain = mail.get_body(("plain",))
    assert plain is not None
    lines = [line for line in plain.get_content().splitlines() if "Shop" in line]
    assert mail["Subject"] == "6 messages of Corner House"
    assert len(lines) == 6
    assert "Wrong device" in lines[0]
    assert states(house) == {MessageState.SENT: 6}


def test_five_alarms_are_five_mails(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox()
    alarm(house, clock, 5)

    notifier(house, clock, postbox).drain()

    assert len(postbox.mails) == 5


def test_a_mail_names_a_bounded_number_and_counts_the_rest(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox()
    alarm(house, clock, NAMED_AT_MOST + 37)

    notifier(house, clock, postbox).drain()

    [mail] = postbox.mails
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "And 37 more." in " ".join(plain.get_content().replace("\u2068", "").replace("\u2069", "").split())
    assert states(house) == {MessageState.SENT: NAMED_AT_MOST + 37}


def test_alarms_that_trickle_in_are_gathered_too(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox()
    sending = notifier(house, clock, postbox)

    for _ in range(60):
        alarm(house, clock, 2)
        sending.drain()
        clock.advance(1)
    clock.advance(60)
    sending.drain()

    assert states(house) == {MessageState.SENT: 120}
    assert len(postbox.mails) <= 12


def test_after_a_crash_the_same_messages_travel_under_the_same_id(house: Building) -> None:
    clock, dying, postbox = ManualClock(), Postbox(), Postbox()
    alarm(house, clock, 8)

    def die() -> None:
        raise SystemExit

    dying.before = die
    with pytest.raises(SystemExit):
        notifier(house, clock, dying, "dead").drain()
    with house.database.reading() as conn:
        [written] = conn.scalars(sa.select(messages.c.digest_id).distinct()).all()
    alarm(house, clock, 3)
    clock.advance(130)
    sending = notifier(house, clock, postbox, "alive")
    sending.drain()

    assert str(postbox.mails[0]["Message-ID"]) == written
    assert postbox.mails[0]["Subject"].startswith("8 messages")
    assert len(postbox.tried) == len(set(postbox.tried))
    assert states(house) == {MessageState.SENT: 11}


def test_a_digest_that_is_put_off_comes_back_as_the_same_one(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox(troubles=[MailDelayed(why="451 later")])
    alarm(house, clock, 7)
    sending = notifier(house, clock, postbox)

    sending.drain()
    alarm(house, clock, 1)
    clock.advance(20)
    sending.drain()

    assert postbox.tried[0] in postbox.tried[1:]
    assert len(postbox.mails) == 2
    assert states(house) == {MessageState.SENT: 8}


def test_a_digest_that_is_refused_fails_as_a_whole(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox(troubles=[MailRefused(why="550 nobody here")])
    alarm(house, clock, 7)

    notifier(house, clock, postbox).drain()

    assert states(house) == {MessageState.FAILED: 7}


def test_tenants_get_each_message_alone(house: Building) -> None:
    clock, postbox = ManualClock(), Postbox()
    shop = house.tenant("Shop")
    facts = {
        "balance": "1",
        "live_balance": "1",
        "currency": "IQD",
        "emergency_credit": "0",
        "prices_per_kwh": {},
    }
    with house.database.writing() as conn:
        for number in range(8):
            new = NewAlert(
                site_id=house.site_id,
                kind=AlertKind.CUT,
                cause=f"supply:{number}",
                account_id=shop.account_id,
                details=facts,
            )
            raise_alert(conn, new, clock.now())

    notifier(house, clock, postbox).drain()

    assert len(postbox.mails) == 8
