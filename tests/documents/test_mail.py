"""The mail transport against real servers: what is taken, what is refused for good, what is only late."""

import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from documents import mail
from documents.mail import SmtpTransport
from prepaid.errors.base import PrepaidError
from prepaid.errors.mail import MailAddressInvalid, MailDelayed, MailInterrupted, MailRefused, MailServerAway
from prepaid.settings import SmtpSecurity
from tests.documents.mail_servers import Outbox, Tls, certificate, mail_server, server_that_says

LOGIN = ("energy", "correct horse")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificate(tmp_path_factory.mktemp("tls"))


def test_a_mail_arrives_and_the_servers_answer_comes_back() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        answer = sending.send(message())

    assert answer == "2.0.0 taken"
    assert outbox.envelopes == [("energy@site.example", ["tenant@shop.example"])]
    assert outbox.messages[0]["Message-ID"] == "<alert-1@site.example>"
    assert outbox.messages[0].get_content() == "Grüße\r\n"


def test_one_connection_serves_all_mails_of_a_drain_and_is_closed_then() -> None:
    with mail_server() as outbox:
        with transport(outbox) as sending:
            for _number in range(5):
                sending.send(message())
        with transport(outbox) as sending:
            sending.send(message())

    assert (len(outbox.messages), outbox.connections) == (6, 2)


def test_a_connection_is_renewed_after_its_most_mails() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        for _number in range(mail.MOST_MAILS_PER_CONNECTION + 1):
            sending.send(message())

    assert (len(outbox.messages), outbox.connections) == (mail.MOST_MAILS_PER_CONNECTION + 1, 2)


def test_a_connection_that_the_server_has_left_is_made_anew() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        sending.send(message())
        outbox.data_answers.append("421 closing for maintenance")

        error = failure(MailDelayed, sending)
        sending.send(message())

    assert "421 closing for maintenance" in error
    assert (len(outbox.messages), outbox.connections) == (2, 2)


def test_starttls_encrypts_and_logs_in(tls: Tls) -> None:
    with mail_server(starttls=tls.shows, login=LOGIN) as outbox, encrypted_transport(outbox, tls, LOGIN) as sending:
        sending.send(message())

    assert outbox.encrypted == [True]


def test_tls_encrypts_from_the_first_byte(tls: Tls) -> None:
    with mail_server(tls=tls.shows) as outbox, tls_transport(outbox, tls) as sending:
        sending.send(message())

    assert outbox.encrypted == [True]


def test_an_untrusted_certificate_delays_the_mail(tls: Tls) -> None:
    with mail_server(tls=tls.shows) as outbox, transport(outbox, security=SmtpSecurity.TLS) as sending:
        error = failure(MailDelayed, sending)

    assert f"the certificate of {outbox.host}:{outbox.port} is not trusted: self-signed certificate" in error
    assert outbox.messages == []


def test_an_untrusted_certificate_after_starttls_delays_the_mail(tls: Tls) -> None:
    with mail_server(starttls=tls.shows) as outbox, transport(outbox, security=SmtpSecurity.STARTTLS) as sending:
        error = failure(MailDelayed, sending)

    assert "is not trusted: self-signed certificate" in error
    assert outbox.messages == []


def test_a_certificate_of_another_host_delays_the_mail(tmp_path: Path) -> None:
    other = certificate(tmp_path, host="127.0.0.2")
    with mail_server(starttls=other.shows) as outbox, encrypted_transport(outbox, other) as sending:
        error = failure(MailDelayed, sending)

    assert "is not trusted: IP address mismatch" in error
    assert outbox.messages == []


def test_without_the_starttls_asked_for_nothing_is_sent() -> None:
    with mail_server() as outbox, transport(outbox, security=SmtpSecurity.STARTTLS) as sending:
        error = failure(MailDelayed, sending)

    assert "does not offer what SMTP_SECURITY or the login needs: STARTTLS" in error
    assert outbox.messages == []


def test_an_encrypted_start_against_a_plain_server_delays_the_mail() -> None:
    with mail_server() as outbox, transport(outbox, security=SmtpSecurity.TLS) as sending:
        error = failure(MailDelayed, sending)

    assert "no encrypted connection" in error


def test_a_wrong_password_delays_the_mail_and_is_shown_nowhere(tls: Tls) -> None:
    wrong = ("energy", "Tr0ub4dor")
    with mail_server(starttls=tls.shows, login=LOGIN) as outbox, encrypted_transport(outbox, tls, wrong) as sending:
        error = failure(MailDelayed, sending)

    assert "refused the login (535)" in error
    assert "Tr0ub4dor" not in error


def test_a_password_outside_ascii_delays_the_mail_and_is_shown_nowhere(tls: Tls) -> None:
    odd = ("energy", "geheimß")
    with mail_server(starttls=tls.shows, login=LOGIN) as outbox, encrypted_transport(outbox, tls, odd) as sending:
        error = failure(MailDelayed, sending)

    assert "only have ASCII characters" in error
    assert "geheim" not in error


def test_a_server_that_wants_a_login_we_have_not_delays_the_mail(tls: Tls) -> None:
    with mail_server(starttls=tls.shows, login=LOGIN) as outbox, encrypted_transport(outbox, tls) as sending:
        error = failure(MailDelayed, sending)

    assert "refused the login (530)" in error


def test_a_server_that_repeats_our_password_does_not_bring_it_into_an_error(tls: Tls) -> None:
    with mail_server(starttls=tls.shows, login=LOGIN) as outbox, encrypted_transport(outbox, tls, LOGIN) as sending:
        outbox.recipient_answers.append(f"550 you said {LOGIN[1]}")

        error = failure(MailRefused, sending)

    assert "550 you said ***" in error
    assert LOGIN[1] not in error


def test_a_refused_recipient_is_final_and_the_next_mail_uses_the_same_connection() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        outbox.recipient_answers.append("550 5.1.1 no such user")

        error = failure(MailRefused, sending)
        sending.send(message())

    assert "550 5.1.1 no such user" in error
    assert (len(outbox.messages), outbox.connections) == (1, 1)


def test_a_refused_sender_is_final() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        outbox.mail_answers.append("553 5.7.1 not your address")

        error = failure(MailRefused, sending)

    assert "553 5.7.1 not your address" in error


@pytest.mark.parametrize(
    ("answer", "expected"), [("554 5.7.1 spam", MailRefused), ("452 4.3.1 disk full", MailDelayed)]
)
def test_the_answer_to_the_content_decides_too(answer: str, expected: type[PrepaidError]) -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        outbox.data_answers.append(answer)

        error = failure(expected, sending)

    assert answer in error


def test_greylisting_delays_the_mail_and_the_second_try_succeeds() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        outbox.recipient_answers.append("451 4.7.1 greylisted, try again later")

        error = failure(MailDelayed, sending)
        sending.send(message())

    assert "451 4.7.1 greylisted, try again later" in error
    assert len(outbox.messages) == 1


def test_a_server_that_is_down_delays_the_mail() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    error = failure(MailDelayed, transport(Outbox(port=port)))

    assert f"no connection to 127.0.0.1:{port}: " in error


def test_who_is_not_let_in_knows_that_no_other_mail_would_be_either(tls: Tls) -> None:
    wrong = ("energy", "Tr0ub4dor")
    with mail_server(starttls=tls.shows, login=LOGIN) as outbox:
        for login in (wrong, None):
            with encrypted_transport(outbox, tls, login) as sending:
                failure(MailServerAway, sending)
    failure(MailServerAway, transport(outbox))


def test_a_connection_that_breaks_under_a_mail_is_told_from_a_server_that_is_away() -> None:
    with mail_server() as outbox, transport(outbox) as sending:
        outbox.deaths = 1
        failure(MailInterrupted, sending)
        sending.send(message())

    assert len(outbox.messages) == 2


def test_a_server_that_says_nothing_delays_the_mail_after_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        error = failure(MailDelayed, transport(Outbox(port=mute.getsockname()[1]), timeout_s=0.2))

    assert "did not answer within 0.2 s" in error


@pytest.mark.parametrize(
    ("greeting", "why"),
    [
        (b"554 no service here\r\n", "554 no service here"),
        (b"220 welcome\r\n", "Connection unexpectedly closed"),
        (b"\x00\xff garbage\r\n", "said -1"),
        (b"220 " + b"x" * 9000, "Line too long"),
    ],
)
def test_a_server_that_greets_badly_delays_the_mail(greeting: bytes, why: str) -> None:
    with server_that_says(greeting) as outbox:
        error = failure(MailDelayed, transport(outbox))

    assert why in error


def test_an_address_that_could_smuggle_a_command_never_reaches_a_server() -> None:
    with pytest.raises(MailAddressInvalid):
        SmtpTransport(server="127.0.0.1", port=25, sender="energy@site.example>\r\nRCPT TO:<x@y.example")


def transport(
    outbox: Outbox,
    *,
    security: SmtpSecurity = SmtpSecurity.NONE,
    username: str | None = None,
    password: str | None = None,
    timeout_s: float = 10.0,
    trust: ssl.SSLContext | None = None,
) -> SmtpTransport:
    return SmtpTransport(
        server=outbox.host,
        port=outbox.port,
        sender="City Mall <energy@site.example>",
        username=username,
        password=password,
        security=security,
        timeout_s=timeout_s,
        trust=trust,
    )


def encrypted_transport(outbox: Outbox, tls: Tls, login: tuple[str, str] | None = None) -> SmtpTransport:
    username, password = login or (None, None)
    return transport(outbox, security=SmtpSecurity.STARTTLS, trust=tls.trusts, username=username, password=password)


def tls_transport(outbox: Outbox, tls: Tls) -> SmtpTransport:
    return transport(outbox, security=SmtpSecurity.TLS, trust=tls.trusts)


def failure(expected: type[PrepaidError], sending: SmtpTransport) -> str:
    """All that the error of a refused or delayed mail shows to anybody."""
    with pytest.raises(expected) as caught:
        sending.send(message())
    error = caught.value
    return f"{error} {error!r} {error.__cause__!r} {vars(error)}"


def message() -> EmailMessage:
    written = EmailMessage(policy=SMTP)
    written["From"] = "energy@site.example"
    written["To"] = "tenant@shop.example"
    written["Message-ID"] = "<alert-1@site.example>"
    written["Subject"] = "Your electricity credit is low"
    written.set_content("Grüße\n", cte="quoted-printable")
    return written
