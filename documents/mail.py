"""The mail transport: hands finished mails to one SMTP server. The only module that speaks SMTP."""

import binascii
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from types import TracebackType
from typing import Protocol, Self

from documents.addresses import mailbox
from documents.formats import one_line
from prepaid.errors.base import PrepaidError
from prepaid.errors.mail import MailDelayed, MailInterrupted, MailRefused, MailServerAway, MailWithheld
from prepaid.language import _
from prepaid.settings import Smtp, SmtpSecurity

MOST_MAILS_PER_CONNECTION = 50
ANSWER_CHARACTERS = 200
LOGIN_CODES = frozenset({530, 534, 535, 538})
GOOD_CODES = range(200, 300)
SERVER_LEAVES = 421


def always() -> bool:
    """Where nobody else sends."""
    return True


class Transport(Protocol):
    """Hands over mails, as a `with` block."""

    def send(self, message: EmailMessage) -> str:
        """Hands over one mail; answers what the server said. Raises MailRefused or MailDelayed; MailServerAway where no
        other mail could be handed over either, MailInterrupted where another connection may do at once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


class SmtpTransport:
    """One connection serves all mails of one drain: use it as a `with` block, or `close` it. Not for several threads.

    Certificates are verified, by `trust` if given, else by the machine's authorities. Without STARTTLS where it was
    asked for, nothing is sent.
    """

    def __init__(
        self,
        *,
        server: str,
        port: int,
        sender: str,
        username: str | None = None,
        password: str | None = None,
        security: SmtpSecurity = SmtpSecurity.STARTTLS,
        timeout_s: float = 10.0,
        trust: ssl.SSLContext | None = None,
        may_send: Callable[[], bool] = always,
    ) -> None:
        """`may_send` is asked in the last moment: who stood still in the middle of a mail may have been succeeded."""
        self._server, self._port, self._security, self._timeout_s = server, port, security, timeout_s
        self._username, self._password = username, password
        self._sender = mailbox(sender)
        self._trust = trust or ssl.create_default_context()
        self._may_send = may_send
        self._connection: SMTP | None = None
        self._handed_over = 0

    def send(self, message: EmailMessage) -> str:
        """Hands over one mail to its one recipient; answers what the server said.

        Raises MailRefused when trying again is useless (5xx), MailDelayed when it is not: MailServerAway if the server
        did not let us in, MailInterrupted if the connection broke. After that and after a time-out the server may have
        taken the mail: it is sent again under the same Message-ID. Raises MailWithheld when it may no longer be sent;
        then nothing was handed over.
        """
        recipients = message["To"].addresses
        assert len(recipients) == 1, "one mail has one recipient, so that a refusal belongs to one person"
        recipient = mailbox(recipients[0].addr_spec)
        connection = self._reached()
        try:
            self._expect(connection.mail(self._sender.addr_spec))
            self._expect(connection.rcpt(recipient.addr_spec))
            if not self._may_send():
                self._start_afresh()
                raise MailWithheld()
            answer = self._expect(connection.data(message.as_bytes(policy=SMTP_POLICY)))
        except SMTPDataError as error:
            self._start_afresh()
            raise self._failure(error.smtp_code, error.smtp_error) from None
        except (SMTPException, OSError) as error:
            self._drop()
            broken = not isinstance(_cause(error), TimeoutError | SMTPResponseException)
            why = self._behind(error)
            raise (MailInterrupted if broken else MailDelayed)(why=why) from error
        self._handed_over += 1
        return answer

    def check(self) -> None:
        """Connects and signs in without sending anything. Raises MailServerAway with the reason."""
        self._reached()

    def close(self) -> None:
        """Takes leave of the server, if there is a connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SMTPException, OSError):
                connection.quit()
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _reached(self) -> SMTP:
        try:
            return self._connected()
        except (SMTPException, OSError) as error:
            self._drop()
            raise MailServerAway(why=self._behind(error)) from error

    def _connected(self) -> SMTP:
        """The open connection if it still answers, else a new one."""
        if self._handed_over >= MOST_MAILS_PER_CONNECTION:
            self.close()
        if self._connection is not None:
            with suppress(SMTPException, OSError):
                if self._connection.noop()[0] in GOOD_CODES:
                    return self._connection
            self._drop()
        self._handed_over = 0
        self._connection = self._connect()
        return self._connection

    def _connect(self) -> SMTP:
        # Told who we are, smtplib does not ask the name service, which may take long and has no time-out.
        whoami = self._sender.domain
        if self._security is SmtpSecurity.TLS:
            connection: SMTP = SMTP_SSL(self._server, self._port, whoami, timeout=self._timeout_s, context=self._trust)
        else:
            connection = SMTP(self._server, self._port, whoami, timeout=self._timeout_s)
        try:
            connection.ehlo_or_helo_if_needed()
            if self._security is SmtpSecurity.STARTTLS:
                connection.starttls(context=self._trust)
                connection.ehlo_or_helo_if_needed()
            self._log_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: SMTP) -> None:
        if not self._username:
            return
        try:
            connection.login(self._username, self._password or "")
        except UnicodeEncodeError:
            # The error itself would show the password.
            raise self._away(_("SMTP_USERNAME and SMTP_PASSWORD may only have ASCII characters")) from None
        except SMTPAuthenticationError as error:
            raise self._login_refused(error.smtp_code) from None
        except binascii.Error as error:
            raise SMTPException(_("its question for the login cannot be read")) from error

    def _expect(self, reply: tuple[int, bytes]) -> str:
        """The answer, if it is a good one."""
        code, answer = reply
        if code in GOOD_CODES:
            return self._shown(answer)
        if code == SERVER_LEAVES:
            self._drop()
        else:
            self._start_afresh()
        raise self._failure(code, answer)

    def _start_afresh(self) -> None:
        """Forgets the mail just refused, so that the next one can use the connection."""
        if self._connection is not None:
            try:
                self._connection.rset()
            except (SMTPException, OSError):
                self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _failure(self, code: int, answer: bytes | str) -> PrepaidError:
        """What a bad answer means: only 5xx about this mail is final."""
        if code in LOGIN_CODES:
            return self._login_refused(code)
        said = _("{server} said {code} {answer}").format(server=self._where, code=code, answer=self._shown(answer))
        if code == SERVER_LEAVES:
            return MailInterrupted(why=said)
        return MailRefused(why=said) if 500 <= code < 600 else MailDelayed(why=said)

    def _behind(self, error: Exception) -> str:
        """Everything that went wrong before or around the answers: the mail itself is not to blame."""
        cause = _cause(error)
        if isinstance(cause, TimeoutError):
            return self._why(_("{server} did not answer within {timeout_s} s"), timeout_s=f"{self._timeout_s:g}")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return self._why(_("the certificate of {server} is not trusted: {why}"), why=cause.verify_message)
        if isinstance(error, SMTPNotSupportedError):
            return self._why(_("{server} does not offer what SMTP_SECURITY or the login needs: {why}"), why=error)
        if isinstance(error, SMTPResponseException):
            said = f"{error.smtp_code} {self._shown(error.smtp_error)}"
            return self._why(_("{server} said {why}"), why=said)
        if isinstance(cause, ssl.SSLError):
            return self._why(_("no encrypted connection to {server}: {why}"), why=cause.reason or cause)
        why = getattr(cause, "strerror", None) or cause
        return self._why(_("no connection to {server}: {why}"), why=why)

    def _login_refused(self, code: int) -> MailServerAway:
        return self._away(_("{server} refused the login ({code}); check SMTP_USERNAME and SMTP_PASSWORD"), code=code)

    def _away(self, text: str, **fields: object) -> MailServerAway:
        return MailServerAway(why=self._why(text, **fields))

    def _why(self, text: str, **fields: object) -> str:
        shown = {name: self._shown(str(value)) for name, value in fields.items()}
        return text.format(server=self._where, **shown)

    @property
    def _where(self) -> str:
        return f"{self._server}:{self._port}"

    def _shown(self, answer: bytes | str) -> str:
        """What a server said, short, on one line, and without our password should it repeat it."""
        said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        if self._password:
            said = said.replace(self._password, "***")
        return one_line(said)[:ANSWER_CHARACTERS]


def smtp_transport(smtp: Smtp, may_send: Callable[[], bool] = always) -> SmtpTransport:
    """A connection to the mail server of the settings."""
    assert smtp.server is not None, "asked only where a mail server is set"
    return SmtpTransport(
        server=smtp.server,
        port=smtp.port,
        username=smtp.username,
        password=smtp.password,
        security=smtp.security,
        sender=smtp.sender,
        may_send=may_send,
    )


def _cause(error: Exception) -> Exception:
    """What is behind a lost connection, where something is."""
    behind = error.__context__ if isinstance(error, SMTPServerDisconnected) else None
    return behind if isinstance(behind, OSError) else error
