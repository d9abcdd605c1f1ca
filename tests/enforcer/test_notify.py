"""The outbox over a real mail server: at least once, under one Message-ID, never in a storm."""

import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import stamina

from documents.mail import SmtpTransport
from enforcer.notify import Notifier
from prepaid.alerts import AlertKind, Channel, MessageState
from prepaid.clock import ManualClock
from prepaid.settings import Smtp, SmtpSecurity
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.outbox import Claim, claim, free_claims
from sql.tables import messages
from tests.building import Building
from tests.documents.mail_servers import certificate, mail_server

FACTS = {
    "balance": "12.5",
    "live_balance": "-0.25",
    "currency": "IQD",
    "emergency_credit": "0",
    "share_of_last_recharge": None,
    "enforced": True,
    "source": "grid",
    "prices_per_kwh": {"grid": "150", "generator": "450"},
}


def _smtp(host: str, port: int) -> Smtp:
    return Smtp(
        server=host, port=port, username=None, password=None, security=SmtpSecurity.NONE, sender="energy@b.example"
    )


def _raise(house: Building, account_id: int, kind: AlertKind, cause: str, clock: ManualClock) -> None:
    alert = NewAlert(site_id=house.site_id, kind=kind, cause=cause, account_id=account_id, details=FACTS)
    with house.database.writing() as conn:
        raise_alert(conn, alert, clock.now())


def _states(database: Database) -> list[MessageState]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(messages.c.state).order_by(messages.c.id)))


def test_a_tenant_gets_credit_alerts_and_staff_get_alarms(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop", email="shop@tenants.example")
    house.admin("admin@house.example")
    _raise(house, shop.account_id, AlertKind.LOW, "crossing:1", clock)
    _raise(house, shop.account_id, AlertKind.CUT_WITHOUT_EFFECT, "no-effect:1", clock)
    _raise(house, shop.account_id, AlertKind.LOW, "crossing:1", clock)

    with mail_server() as outbox:
        sent = Notifier(database, _smtp(outbox.host, outbox.port), clock, house.site_id, "one").drain()

    assert sent == 2
    assert [people for _sender, people in outbox.envelopes] == [["shop@tenants.example"], ["admin@house.example"]]
    assert outbox.connections == 1
    assert _states(database) == [MessageState.SENT, MessageState.SENT]


def test_a_mail_waits_while_the_server_is_away_and_is_sent_once_when_it_is_back(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop")
    _raise(house, shop.account_id, AlertKind.EXHAUSTED, "crossing:2", clock)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]

    tried = Notifier(database, _smtp("127.0.0.1", nobody), clock, house.site_id, "one").drain()
    waiting = _states(database)
    with mail_server() as outbox:
        notifier = Notifier(database, _smtp(outbox.host, outbox.port), clock, house.site_id, "two")
        back = notifier.drain()
        never_again = notifier.drain()

    assert waiting == [MessageState.WAITING]
    assert (tried, back, never_again) == (0, 1, 0)
    assert len(outbox.messages) == 1


def test_greylisting_is_patience_and_a_refusal_is_final(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    for number in (1, 2):
        shop = house.tenant(f"Shop {number}")
        _raise(house, shop.account_id, AlertKind.LOW, f"crossing:{number}", clock)

    with mail_server() as outbox:
        outbox.recipient_answers += ["451 4.7.1 come back later", "550 5.1.1 nobody here"]
        notifier = Notifier(database, _smtp(outbox.host, outbox.port), clock, house.site_id, "one")
        notifier.drain()
        after = _states(database)
        clock.advance(3600)
        notifier.drain()

    assert after == [MessageState.WAITING, MessageState.FAILED]
    assert _states(database) == [MessageState.SENT, MessageState.FAILED]
    assert len(outbox.messages) == 1


def test_what_a_dead_sender_had_claimed_is_sent_by_the_next_under_the_same_message_id(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop")
    _raise(house, shop.account_id, AlertKind.LOW, "crossing:1", clock)
    wanted = Claim(site_id=house.site_id, holder="dead", channel=Channel.MAIL, now=clock.now(), most=10)
    with database.writing() as conn:
        claimed = claim(conn, wanted)

    with mail_server() as outbox:
        notifier = Notifier(database, _smtp(outbox.host, outbox.port), clock, house.site_id, "alive")
        too_early = notifier.drain()
        with database.writing() as conn:
            free_claims(conn, house.site_id, clock.now())
        clock.advance(timedelta(milliseconds=1).total_seconds())
        taken_over = notifier.drain()

    assert (too_early, taken_over) == (0, 1)
    assert outbox.messages[0]["Message-ID"] == claimed[0].message_id


def test_a_server_that_dies_after_the_content_gets_it_again_under_the_same_message_id(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop")
    _raise(house, shop.account_id, AlertKind.LOW, "crossing:1", clock)

    with mail_server() as outbox, stamina.set_testing(True, attempts=2):
        outbox.deaths = 1
        Notifier(database, _smtp(outbox.host, outbox.port), clock, house.site_id, "one").drain()

    first, second = outbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert _states(database) == [MessageState.SENT]


def test_over_starttls_with_a_login_and_a_wrong_certificate_nothing_is_lost_and_nobody_is_stormed(
    database: Database, tmp_path: Path
) -> None:
    house, clock, tls = Building(database), ManualClock(), certificate(tmp_path)
    for number in range(8):
        _raise(house, house.tenant(f"Shop {number}").account_id, AlertKind.LOW, f"crossing:{number}", clock)

    with mail_server(starttls=tls.shows, login=("energy", "secret word")) as outbox:

        def trusting(trust: ssl.SSLContext, password: str) -> Callable[[Smtp], SmtpTransport]:
            return lambda smtp: SmtpTransport(
                server=outbox.host,
                port=outbox.port,
                sender=smtp.sender,
                username="energy",
                password=password,
                trust=trust,
            )

        smtp, site_id = _smtp(outbox.host, outbox.port), house.site_id
        for trust, password in ((ssl.create_default_context(), "secret word"), (tls.trusts, "another word")):
            Notifier(database, smtp, clock, site_id, "lost", trusting(trust, password)).drain()
        refused = outbox.connections
        Notifier(database, smtp, clock, site_id, "good", trusting(tls.trusts, "secret word")).drain()

    assert refused == 2
    assert len(outbox.messages) == 8
    assert all(outbox.encrypted)
    assert _states(database) == [MessageState.SENT] * 8


def test_without_a_mail_server_alerts_wait_as_rows(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop")
    _raise(house, shop.account_id, AlertKind.LOW, "crossing:1", clock)
    no_server = Smtp(server=None, port=25, username=None, password=None, security=SmtpSecurity.NONE, sender="a@b.c")

    sent = Notifier(database, no_server, clock, house.site_id, "one").drain()

    assert sent == 0
    assert _states(database) == [MessageState.WAITING]


def test_the_mail_of_a_used_up_credit_names_the_hour_of_the_cut(database: Database) -> None:
    house, clock = Building(database), ManualClock()
    shop = house.tenant("Shop", email="shop@tenants.example")
    facts = {**FACTS, "reason": "notice", "until": "2026-01-05T08:30:00+00:00"}
    new = NewAlert(
        site_id=house.site_id,
        kind=AlertKind.EXHAUSTED,
        cause="crossing:1",
        account_id=shop.account_id,
        details=facts,
    )
    with database.writing() as conn:
        raise_alert(conn, new, clock.now())

    with mail_server() as outbox:
        Notifier(database, _smtp(outbox.host, outbox.port), clock, house.site_id, "one").drain()

    [mail] = outbox.messages
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert "stays on until" in text
    assert "11:30" in text
    assert "switched off now" not in text
