"""Mails that cannot be sent."""

from prepaid.errors.base import PrepaidError


class MailRefused(PrepaidError):
    """The mail server refused the message for good: {why}. Check the address and the sender."""


class MailDelayed(PrepaidError):
    """The mail could not be handed over now: {why}. It is tried again by itself; check SMTP_SERVER if this lasts."""


class MailServerAway(MailDelayed):
    """The mail server cannot be used now: {why}. All mails wait for it; check SMTP_SERVER if this lasts."""


class MailInterrupted(MailDelayed):
    """The connection broke while the mail was handed over: {why}. It is tried again by itself under the same
    Message-ID; check the mail server if this lasts."""


class MailWithheld(PrepaidError):
    """The mail was not handed over: another enforcer may have taken over, and sends it."""


class MailServerMissing(PrepaidError):
    """No mail server is set. Set SMTP_SERVER in .env and start again."""


class MailAddressInvalid(MailRefused):
    """The mail address "{address}" is not valid. Correct it in the contacts, or in .env if it is the sender."""
