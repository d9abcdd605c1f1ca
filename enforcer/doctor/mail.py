"""The mail server: whether it answers and lets us in. Nothing is sent."""

from documents.mail import SmtpTransport
from enforcer.doctor.finding import Finding, Subject
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.settings import Smtp


def look_at_mail(smtp: Smtp) -> Finding:
    """The mail server of the settings."""
    if smtp.server is None:
        return Finding(
            Subject.MAIL, False, _("No mail server is set, so alerts wait as rows. Set SMTP_SERVER in .env.")
        )
    try:
        with SmtpTransport(
            server=smtp.server,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password,
            security=smtp.security,
            sender=smtp.sender,
        ) as transport:
            transport.check()
    except PrepaidError as error:
        return Finding(Subject.MAIL, False, str(error))
    return Finding(Subject.MAIL, True, _("The mail server {server} answers and lets us in.").format(server=smtp.server))
