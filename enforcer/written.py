"""What a parcel says: the mail of one alert, or of a digest."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from documents.digests import DigestMail, compose_digest
from documents.mails import AlertMail, Audience, Credit, Mail, compose
from prepaid.alerts import TENANT_KINDS, until_told
from prepaid.calendar import zone
from prepaid.records import Source
from prepaid.supply import Reason
from sql.outbox import Outgoing, Parcel


def written(parcel: Parcel, sender: str, at: datetime) -> Mail:
    """The mail of a parcel. `sender` is that of the machine, if the site has none of its own."""
    if not parcel.digest:
        return compose(alert_mail(parcel.first, sender), at)
    named = [alert_mail(message, sender) for message in parcel.named]
    return compose_digest(DigestMail(message_id=parcel.message_id, named=named, count=parcel.count), at)


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
