"""Hands parcels over: mails to the mail server, everything else to its channel; answers what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import stamina
from stamina.instrumentation import set_on_retry_hooks

from documents.channels import Channels
from documents.mail import Transport
from documents.mails import to_message
from enforcer.written import written
from prepaid.errors.channels import ChannelDelayed, ChannelRefused
from prepaid.errors.mail import (
    MailAddressInvalid,
    MailDelayed,
    MailInterrupted,
    MailRefused,
    MailServerAway,
    MailWithheld,
)
from prepaid.language import _
from sql.outbox import Parcel

TRIES_AT_ONCE = 2
RETRY_WITHIN_S = 5.0
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 1.0
"""The end of the program waits for the parcel that is being handed over, so trying it again must be short."""

# A failure is told once, by whoever asked for the delivery.
set_on_retry_hooks(())


class Outcome(StrEnum):
    """What became of a parcel. Away: the server lets no mail in, so this one was not tried. Left: to the enforcer that
    may have taken over."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"
    AWAY = "away"
    LEFT = "left"


class Delivered(NamedTuple):
    """The outcome, and why it is no better; empty where all is well."""

    outcome: Outcome
    why: str = ""


def deliver_mail(transport: Transport, parcel: Parcel, sender: str, at: datetime) -> Delivered:
    """Hands a mail over, at once a second time if only the connection broke."""
    try:
        message = to_message(written(parcel, sender, at))
        for attempt in stamina.retry_context(
            on=MailInterrupted,
            attempts=TRIES_AT_ONCE,
            timeout=RETRY_WITHIN_S,
            wait_initial=FIRST_WAIT_S,
            wait_max=LONGEST_WAIT_S,
        ):
            with attempt:
                transport.send(message)
    except MailWithheld as error:
        return Delivered(Outcome.LEFT, str(error))
    except MailServerAway as error:
        return Delivered(Outcome.AWAY, str(error))
    except MailDelayed as error:
        return Delivered(Outcome.DELAYED, str(error))
    except (MailRefused, MailAddressInvalid) as error:
        return Delivered(Outcome.REFUSED, str(error))
    return Delivered(Outcome.SENT)


def deliver_to_channel(channels: Channels, parcel: Parcel, sender: str, at: datetime) -> Delivered:
    """Hands subject and text over to the channel of the parcel."""
    first = parcel.first
    if not first.url:
        return Delivered(Outcome.REFUSED, _("The channel was removed."))
    mail = written(parcel, sender, at)
    try:
        channels.send(first.url, first.recipient, mail.subject, mail.text)
    except ChannelDelayed as error:
        return Delivered(Outcome.DELAYED, str(error))
    except ChannelRefused as error:
        return Delivered(Outcome.REFUSED, str(error))
    return Delivered(Outcome.SENT)
