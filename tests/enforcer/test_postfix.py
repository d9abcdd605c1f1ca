"""The outbox against a real postfix: what it takes arrives once, what it refuses fails, what is put off comes later."""

import os
from collections import Counter

import pytest
import sqlalchemy as sa

from enforcer.notify import Notifier
from prepaid.alerts import AlertKind, MessageState
from prepaid.clock import ManualClock
from prepaid.settings import Smtp, SmtpSecurity
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.tables import messages
from tests.building import Building
from tests.documents.postfix import DOMAIN, can_run_postfix, postfix
from tests.story.world import until

TENANTS = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not can_run_postfix() and os.environ.get("MAIL_TESTS") != "required", reason="postfix cannot be run here"
    ),
]


def test_a_real_server_takes_refuses_and_puts_off(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    facts = {"balance": "1", "live_balance": "1", "currency": "IQD", "emergency_credit": "0", "prices_per_kwh": {}}
    for number in range(TENANTS):
        person = house.tenant(f"Shop {number}", email=f"shop{number}@{DOMAIN}")
        alert = NewAlert(
            site_id=house.site_id,
            kind=AlertKind.LOW,
            cause=f"crossing:{number}",
            account_id=person.account_id,
            details=facts,
        )
        with database.writing() as conn:
            raise_alert(conn, alert, clock.now())

    with postfix() as server:
        server.allow({f"shop1@{DOMAIN}": "550 5.1.1 nobody here", f"shop2@{DOMAIN}": "451 4.7.1 come back later"})
        smtp = Smtp(
            server="127.0.0.1",
            port=server.port,
            username=None,
            password=None,
            security=SmtpSecurity.NONE,
            sender="energy@house.example",
        )
        sending = Notifier(database, smtp, clock, house.site_id, "one")
        while sending.drain():
            pass
        first = _states(database)
        server.allow({f"shop1@{DOMAIN}": "550 5.1.1 nobody here"})
        clock.advance(20)
        while sending.drain():
            pass
        until(lambda: len(server.mails()) >= TENANTS - 1, "every mail is in its mailbox", 30)
        arrived = Counter(str(mail["Message-ID"]) for mail in server.mails())

    assert first == {MessageState.SENT: TENANTS - 2, MessageState.FAILED: 1, MessageState.WAITING: 1}
    assert _states(database) == {MessageState.SENT: TENANTS - 1, MessageState.FAILED: 1}
    assert len(arrived) == arrived.total() == TENANTS - 1


def _states(database: Database) -> Counter[MessageState]:
    with database.reading() as conn:
        return Counter(conn.scalars(sa.select(messages.c.state)))
