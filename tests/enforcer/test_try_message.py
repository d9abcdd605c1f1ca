"""One test message at once: what was said is told in a sentence, and no secret is."""

import socket

import pytest

from enforcer.__main__ import FAILED, main
from enforcer.try_message import try_message
from prepaid.clock import ManualClock
from prepaid.errors.mail import MailAddressInvalid, MailRefused, MailServerMissing
from prepaid.settings import Smtp, SmtpSecurity
from tests.documents.mail_servers import Outbox, mail_server
from tests.documents.webhooks import webhook


def smtp(server: str | None, port: int) -> Smtp:
    return Smtp(
        server=server, port=port, username=None, password=None, security=SmtpSecurity.NONE, sender="energy@b.example"
    )


def environ(outbox: Outbox) -> dict[str, str]:
    return {
        "SMTP_SERVER": outbox.host,
        "SMTP_PORT": str(outbox.port),
        "SMTP_SECURITY": "none",
        "SMTP_SENDER": "energy@b.example",
    }


def test_a_mail_is_sent_and_the_answer_told() -> None:
    with mail_server() as outbox:
        said = try_message(smtp(outbox.host, outbox.port), "sara@house.example", ManualClock())

    assert "took the mail to sara@house.example and said: 2.0.0 taken" in said
    assert outbox.messages[0]["Subject"] == "Test message of Prepaid energy"


def test_a_channel_is_tried_too() -> None:
    with webhook() as hook:
        said = try_message(smtp(None, 25), hook.url, ManualClock())

    assert said.startswith("json://127.0.0.1 took the message")
    assert "very-secret" not in said
    assert hook.posts[0]["title"] == "Test message of Prepaid energy"


def test_what_is_wrong_is_an_error_with_its_sentence() -> None:
    with mail_server() as outbox:
        outbox.recipient_answers.append("550 5.1.1 nobody here")
        with pytest.raises(MailRefused, match="nobody here"):
            try_message(smtp(outbox.host, outbox.port), "sara@house.example", ManualClock())

    with pytest.raises(MailServerMissing):
        try_message(smtp(None, 25), "sara@house.example", ManualClock())
    for wrong in ("", "sara", "sara@house"):
        with pytest.raises(MailAddressInvalid):
            try_message(smtp("127.0.0.1", 25), wrong, ManualClock())


def test_the_command_answers_by_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with mail_server() as outbox:
        good = main(["try-message", "sara@house.example"], environ(outbox))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    bad = main(["try-message", "sara@house.example"], environ(Outbox(port=nobody)))

    said = capsys.readouterr()
    assert (good, bad) == (0, FAILED)
    assert "took the mail" in said.out
    assert "The mail server cannot be used now" in said.err
