"""Step 6b: sends what waits in the outbox, in a thread of its own, never in the way of a pass."""

import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from documents.logs import Repeats, get
from documents.mail import Transport, smtp_transport
from documents.mails import AlertMail, Audience, Credit, compose, to_message
from prepaid.alerts import TENANT_KINDS, until_told
from prepaid.calendar import zone
from prepaid.clock import Clock
from prepaid.errors.mail import MailAddressInvalid, MailDelayed, MailRefused
from prepaid.errors.start import DatabaseUnavailable
from prepaid.records import Source
from prepaid.settings import Smtp
from prepaid.supply import Reason
from sql.connection import Database
from sql.outbox import Outgoing, claim, mark_failed, mark_sent

AT_ONCE = 20
LOOK_EVERY_S = 2.0

log = get("enforcer.notify")


class Notifier:
    """Drains the outbox: claim, send, keep the outcome. At least once after a crash, under the same Message-ID."""

    def __init__(
        self,
        database: Database,
        smtp: Smtp,
        clock: Clock,
        holder: str,
        transport_to: Callable[[Smtp], Transport] | None = None,
    ) -> None:
        self._database = database
        self._transport_to = transport_to or smtp_transport
        self._smtp = smtp
        self._clock = clock
        self._holder = f"{holder}/notify"
        self._database_repeats = Repeats(log, "notify.failed", "notify.recovered", "database")
        self._mail_repeats = Repeats(log, "mail.failed", "mail.recovered", "server")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the message that is being sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                sent = self.drain()
                self._database_repeats.success(self._database.where)
            except DatabaseUnavailable as error:
                self._database_repeats.failure(self._database.where, error=str(error))
                sent = 0
            if sent < AT_ONCE:
                self._stop.wait(LOOK_EVERY_S)

    def drain(self) -> int:
        """Sends the messages that are due now, a bounded number; answers how many were claimed."""
        if self._smtp.server is None:
            return 0
        with self._database.writing() as conn:
            claimed = claim(conn, self._holder, self._clock.now(), AT_ONCE)
        if not claimed:
            return 0
        with self._transport_to(self._smtp) as transport:
            for message in claimed:
                self._send(transport, message)
                if self._stop.is_set():
                    break
        return len(claimed)

    def _send(self, transport: Transport, message: Outgoing) -> None:
        error: Exception | None = None
        try:
            mail = compose(alert_mail(message, self._smtp.sender), self._clock.now())
            transport.send(to_message(mail))
        except (MailRefused, MailAddressInvalid, MailDelayed) as found:
            error = found
        with self._database.writing() as conn:
            if error is None:
                mark_sent(conn, message, self._clock.now())
            else:
                lasting = not isinstance(error, MailDelayed)
                mark_failed(conn, message, str(error), self._clock.now(), for_good=lasting)
        server = str(self._smtp.server)
        if error is None:
            log.info("mail.sent", kind=message.kind, message_id=message.message_id)
            self._mail_repeats.success(server)
        else:
            self._mail_repeats.failure(server, kind=message.kind, error=str(error))


def alert_mail(message: Outgoing, sender: str) -> AlertMail:
    """The record that the mail is written from."""
    details = message.details
    reason = details.get("reason")
    return AlertMail(
        kind=message.kind,
        audience=Audience.TENANT if message.kind in TENANT_KINDS else Audience.STAFF,
        message_id=message.message_id,
        recipient=message.recipient,
        recipient_name=message.recipient_name,
        sender=message.sender or sender,
        language=message.language,
        raised_at=message.raised_at,
        site=message.site_name,
        zone=zone(message.zone_name),
        tenant=message.tenant_name,
        unit=message.unit,
        account=message.account_number,
        analyzer=str(details.get("analyzer", "")),
        credit=_credit(details),
        enforced=bool(details.get("enforced", True)),
        decision=None if reason is None else Reason(reason),
        until=until_told(details),
        reason=str(details.get("why", "")),
    )


def _credit(details: Mapping[str, Any]) -> Credit | None:
    if "live_balance" not in details:
        return None
    days, share = details.get("days_left"), details.get("share_of_last_recharge")
    source = details.get("source")
    return Credit(
        currency=str(details["currency"]),
        balance=Decimal(details["balance"]),
        live_balance=Decimal(details["live_balance"]),
        days_left=None if days is None else float(days),
        share_of_last_recharge=None if share is None else Decimal(share),
        emergency_credit=Decimal(details["emergency_credit"]),
        source=None if source is None else Source(source),
        prices_per_kwh={Source(name): Decimal(price) for name, price in details["prices_per_kwh"].items()},
    )
