"""What a parcel says: the mail of one alert, or of a digest."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from documents.digests import DigestMail, compose_digest
from documents.mails import AlertMail, Audience, Credit, Mail, compose
from prepaid.alerts import TENANT_KINDS, AlertKind, until_told
from prepaid.calendar import zone
from prepaid.records import Source
from prepaid.supply import Reason
from sql.outbox import Outgoing, Parcel


def written(parcel: Parcel, sender: str, at: datetime) -> Mail:
    """The mail of a parcel. `sender` is that of the machine, if the site has none of its own."""
    named = [alert_mail(message, sender, at) for message in parcel.named]
    if parcel.count == 1:
        return compose(replace(named[0], message_id=parcel.message_id), at)
    return compose_digest(DigestMail(message_id=parcel.message_id, named=named, count=parcel.count), at)


def alert_mail(message: Outgoing, sender: str, at: datetime) -> AlertMail:
    """The record that the mail is written from, at that instant."""
    details = message.details
    decision, until = _kept_on(message, at)
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
        decision=decision,
        until=until,
        reason=str(details.get("why", "")),
    )


def _kept_on(message: Outgoing, at: datetime) -> tuple[Reason | None, datetime | None]:
    """Why the supply is as it is, and how long that holds: as the alert noted it, without what is past by now."""
    reason, until = message.details.get("reason"), until_told(message.details)
    if message.kind is AlertKind.EXHAUSTED and message.cut_since:
        return None, None
    passed = message.kind is AlertKind.EXHAUSTED and until is not None and until <= at
    return (None if reason is None else Reason(reason)), (None if passed else until)


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
