"""`python -m enforcer try-message TO`: one test at once, to a mail address or a channel, and what came back."""

import secrets
from collections.abc import Callable

from documents.channels import AppriseChannels, Channels, checked_channel
from documents.mail import Transport, smtp_transport
from documents.mails import AlertMail, Audience, Mail, compose, to_message
from prepaid.alerts import AlertKind
from prepaid.calendar import zone
from prepaid.clock import Clock
from prepaid.errors.mail import MailServerMissing
from prepaid.language import _
from prepaid.settings import Smtp
from prepaid.users import checked_mail


def try_message(
    smtp: Smtp,
    to: str,
    clock: Clock,
    transport_to: Callable[[Smtp], Transport] = smtp_transport,
    channels: Channels | None = None,
) -> str:
    """Sends a test; answers in a sentence who took it. `to` with :// is the URL of a channel, else a mail address.

    Raises ChannelInvalid, ChannelRefused, ChannelDelayed, MailAddressInvalid, MailServerMissing, MailRefused,
    MailDelayed.
    """
    if "://" in to:
        checked = checked_channel(to)
        test = _test(smtp, checked.shown, clock)
        (channels or AppriseChannels()).send(checked.url, checked.shown, test.subject, test.text)
        return _("{channel} took the message. Look whether it is there.").format(channel=checked.shown)
    address = checked_mail(to) or ""
    message = to_message(_test(smtp, address, clock))
    if smtp.server is None:
        raise MailServerMissing
    with transport_to(smtp) as transport:
        answer = transport.send(message)
    said = _(
        "{server}:{port} took the mail to {address} and said: {answer}. Look whether it is there, also under spam."
    )
    return said.format(server=smtp.server, port=smtp.port, address=address, answer=answer)


def _test(smtp: Smtp, recipient: str, clock: Clock) -> Mail:
    alert = AlertMail(
        kind=AlertKind.TEST,
        audience=Audience.STAFF,
        message_id=f"<{secrets.token_hex(20)}@prepaid.energy>",
        recipient=recipient,
        sender=smtp.sender,
        language="en",
        raised_at=clock.now(),
        site=_("Prepaid energy"),
        zone=zone("UTC"),
    )
    return compose(alert, clock.now())
