"""Ten thousand messages that waited: drained in bounded memory, each once; the figures are printed."""

import sys
import tracemalloc

import pytest
import sqlalchemy as sa

from enforcer.notify import Notifier
from prepaid.alerts import AlertKind, Channel, MessageState
from prepaid.clock import ManualClock, SystemClock
from prepaid.settings import Smtp, SmtpSecurity
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.tables import messages
from sql.telling import message_id
from tests.building import Building
from tests.documents.mail_servers import mail_server

COUNT = 10_000
MOST_MEMORY = 30_000_000
FACTS = {"balance": "1", "live_balance": "1", "currency": "IQD", "emergency_credit": "0", "prices_per_kwh": {}}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_messages_drain_in_bounded_memory_each_once(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop")
    _fill(house, shop.account_id, clock)
    kept: set[str] = set()

    with mail_server() as outbox:
        smtp = Smtp(
            server=outbox.host,
            port=outbox.port,
            username=None,
            password=None,
            security=SmtpSecurity.NONE,
            sender="energy@house.example",
        )
        sending, begin_s = Notifier(database, smtp, clock, house.site_id, "one"), SystemClock().monotonic()
        tracemalloc.start()
        while sending.drain():
            kept |= {str(mail["Message-ID"]) for mail in outbox.messages}
            assert len(outbox.messages) <= 20
            outbox.messages.clear()
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        took_s = SystemClock().monotonic() - begin_s

    sys.stdout.write(f"{COUNT / took_s:.0f} messages a second, at most {peak / 1e6:.1f} MB\n")
    with database.reading() as conn:
        assert conn.execute(sa.select(messages.c.state, sa.func.count()).group_by(messages.c.state)).all() == [
            (MessageState.SENT, COUNT)
        ]
    assert len(kept) == len(outbox.envelopes) == COUNT
    assert peak < MOST_MEMORY


def _fill(house: Building, account_id: int, clock: ManualClock) -> None:
    """One alert, as many messages."""
    new = NewAlert(site_id=house.site_id, kind=AlertKind.LOW, cause="first", account_id=account_id, details=FACTS)
    row = {
        "alert_id": 1,
        "site_id": house.site_id,
        "to_staff": False,
        "channel": Channel.MAIL,
        "recipient_name": "Shop",
        "language": "en",
        "state": MessageState.WAITING,
        "due_at": clock.now(),
    }
    with house.database.writing() as conn:
        raise_alert(conn, new, clock.now())
        conn.execute(messages.delete())
        people = [f"shop{number}@tenants.example" for number in range(COUNT)]
        conn.execute(
            messages.insert(), [{**row, "recipient": each, "message_id": message_id("many", each)} for each in people]
        )
