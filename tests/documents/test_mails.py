"""Alert mails say the balance, what happens next and what to do, in the reader's language, and nothing slips in."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from documents.alert_texts import FOR_STAFF, FOR_TENANT
from documents.mails import AlertMail, Audience, Credit, Mail, compose, to_message
from prepaid.alerts import TENANT_KINDS, AlertKind
from prepaid.errors.mail import MailAddressInvalid
from prepaid.records import Source
from prepaid.supply import Reason
from tests.documents.test_catalogue import add_catalogue

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
CREDIT = Credit(
    currency="USD",
    balance=Decimal("12.4567"),
    live_balance=Decimal("9.871"),
    days_left=2.2,
    share_of_last_recharge=Decimal("0.125"),
    source=Source.GRID,
    prices_per_kwh={Source.GRID: Decimal("0.15"), Source.GENERATOR: Decimal("0.3525")},
)
LOW = AlertMail(
    kind=AlertKind.LOW,
    audience=Audience.TENANT,
    message_id="<alert-1.1@mall.example>",
    recipient="tenant@shop.example",
    recipient_name="Layla",
    sender="City Mall <energy@mall.example>",
    language="en",
    raised_at=NOW,
    site="City Mall",
    zone=ZoneInfo("Asia/Baghdad"),
    tenant="Bakery",
    unit="Shop 12",
    account="A-12",
    analyzer="PAC-12",
    credit=CREDIT,
    contact="Office, +964 770 000 0000",
)
HEADERS = {
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
}


def test_a_low_mail_says_all_that_its_reader_asks() -> None:
    mail = compose(LOW, NOW)

    assert mail.subject == "Your electricity credit is low: $9.87 left"
    for line in (
        "Hello Layla,",
        "The electricity credit of Shop 12 is low: $9.87 left.",
        "Credit now: $9.87",
        "When the credit is used up, the electricity is switched off.",
        "Recharge in time, so that the electricity stays on.",
        "Contact: Office, +964 770 000 0000",
        "Balance, without consumption not yet charged: $12.46",
        "Lasts about: 2 days 4 hours",
        "Left of the last recharge: 12%",
        "Source now: Grid",
        "Price on grid: $0.15/kWh",
        "Price on generator: $0.3525/kWh",
        "Account: A-12",
        "When: Jan 5, 2026, 11:00\u202fAM (Asia/Baghdad)",
    ):
        assert line in mail.text.splitlines()


@pytest.mark.parametrize("kind", sorted(TENANT_KINDS))
def test_every_mail_to_a_tenant_says_balance_what_happens_next_and_what_to_do(kind: AlertKind) -> None:
    mail = compose(replace(LOW, kind=kind), NOW)

    assert {"What happens next", "What to do", FOR_TENANT[kind].next, FOR_TENANT[kind].advice} <= set(
        mail.text.splitlines()
    )
    assert "Credit now: $9.87" in mail.text
    assert words_of(mail.html) >= {"Credit now", "$9.87", FOR_TENANT[kind].next, FOR_TENANT[kind].advice}


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_of_alert_has_a_mail_for_the_staff(kind: AlertKind) -> None:
    mail = compose(replace(LOW, kind=kind, audience=Audience.STAFF), NOW)

    assert mail.subject
    assert "Analyzer: PAC-12" in mail.text
    assert FOR_STAFF[kind].advice in mail.text.splitlines()
    assert FOR_STAFF[kind].advice in words_of(mail.html)


@pytest.mark.parametrize("kind", sorted(set(AlertKind) - TENANT_KINDS))
def test_a_mail_about_no_account_needs_none(kind: AlertKind) -> None:
    about_site = replace(
        LOW, kind=kind, audience=Audience.STAFF, tenant="", unit="", account="", analyzer="", credit=None
    )

    mail = compose(about_site, NOW)

    assert "City Mall" in mail.text
    assert "Credit now" not in mail.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": AlertKind.EXHAUSTED, "decision": Reason.OUT_OF_CREDIT}, "The electricity is switched off now."),
        (
            {"kind": AlertKind.EXHAUSTED, "decision": Reason.WINDOW, "until": datetime(2026, 1, 6, 5, tzinfo=UTC)},
            "The electricity stays on until Jan 6, 2026, 8:00\u202fAM. Without a recharge it is switched off then.",
        ),
        (
            {"kind": AlertKind.EXHAUSTED, "decision": Reason.GUARD},
            "The electricity stays on for now. It can be switched off at any time until a recharge arrives.",
        ),
        ({"kind": AlertKind.EXHAUSTED, "decision": Reason.EXEMPT}, "The electricity stays on."),
        ({"kind": AlertKind.LOW, "enforced": False}, "The electricity stays on."),
        ({"kind": AlertKind.LOW, "enforced": False}, "Recharge, so that your account stays in credit."),
        ({"kind": AlertKind.CUT, "decision": Reason.LOCK}, "Ask the staff of the site. A recharge does not end this."),
        (
            {"kind": AlertKind.CUT, "decision": Reason.WISH_CUT},
            "The staff had it switched off. It stays off until they have it switched on again.",
        ),
        (
            {"kind": AlertKind.CUT, "decision": Reason.WISH_CUT, "until": NOW},
            "The staff had it switched off, at most until Jan 5, 2026, 11:00\u202fAM.",
        ),
        (
            {"kind": AlertKind.RESTORED, "close_by_hand": True},
            "The breaker is released. It must be closed by hand before electricity flows.",
        ),
        ({"what_to_do": "Pay at the desk\nby noon."}, "Pay at the desk by noon."),
        ({"reason": "Out of credit."}, "Reason: Out of credit."),
        ({"credit": replace(CREDIT, days_left=None)}, "Lasts about: not known yet"),
        ({"credit": replace(CREDIT, days_left=float("inf"))}, "Lasts about: more than a year"),
        ({"credit": replace(CREDIT, emergency_credit=Decimal(5))}, "Emergency credit: $5.00"),
        ({"credit": replace(CREDIT, share_of_last_recharge=Decimal(-1))}, "Left of the last recharge: 0%"),
    ],
)
def test_a_mail_says_what_is_true_for_this_account_now(changes: dict[str, object], said: str) -> None:
    mail = compose(changed(LOW, changes), NOW)

    assert said in mail.text.splitlines()


def test_a_debt_has_no_time_left() -> None:
    mail = compose(replace(LOW, credit=replace(CREDIT, live_balance=Decimal("-3.2"))), NOW)

    assert "Credit now: -$3.20" in mail.text
    assert "Lasts about" not in mail.text


def test_a_mail_in_a_right_to_left_language_keeps_signs_on_their_side(tmp_path: Path) -> None:
    add_catalogue(tmp_path, "ar", {"Credit now": "الرصيد الآن", "Shop 12": "never used"})
    debt = replace(LOW, language="ar-IQ", credit=replace(CREDIT, live_balance=Decimal("-3.2")))

    mail = compose(debt, NOW, tmp_path)

    assert "الرصيد الآن: \u2066-3.20\u00a0US$\u2069" in mail.text
    assert '<bdi dir="ltr">-3.20&nbsp;US$</bdi>' in mail.html
    assert '<html lang="ar-IQ" dir="rtl">' in mail.html
    assert to_message(mail)["Content-Language"] == "ar-IQ"


def test_a_language_without_catalogue_gets_english_words_and_english_numbers() -> None:
    mail = compose(replace(LOW, language="fa"), NOW)

    assert mail == compose(LOW, NOW)


def test_names_are_escaped_in_html_and_plain_in_text() -> None:
    mail = compose(replace(LOW, unit="<b>Shop</b> & Co", contact="<script>"), NOW)

    assert "<b>" not in mail.html
    assert "<script>" not in mail.html
    assert "of <b>Shop</b> & Co is low" in mail.text
    assert "<title>Your electricity credit is low: $9.87 left</title>" in mail.html


def test_the_title_of_a_mail_is_plain_text() -> None:
    mail = compose(replace(LOW, audience=Audience.STAFF, tenant="مخبز <b>"), NOW)

    assert "<title>\u2068مخبز &lt;b&gt;\u2069: credit low, $9.87 left</title>" in mail.html


def test_a_long_subject_is_cut() -> None:
    message = arrived(compose(replace(LOW, audience=Audience.STAFF, tenant="Bakery " * 100), NOW))

    assert len(message["Subject"]) == 150


def test_a_message_carries_text_and_html_and_exactly_its_headers() -> None:
    message = arrived(compose(LOW, NOW))

    assert set(message.keys()) == HEADERS
    assert message["Message-ID"] == "<alert-1.1@mall.example>"
    assert message["Date"].datetime == NOW
    assert message["From"] == "City Mall <energy@mall.example>"
    assert message["To"] == "Layla <tenant@shop.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain = message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n") == compose(LOW, NOW).text


def test_the_longest_message_id_arrives_unchanged() -> None:
    message_id = f"<{'a1.b2-' * 20}@mall.example>"

    message = arrived(compose(replace(LOW, message_id=message_id), NOW))

    assert message["Message-ID"] == message_id


@pytest.mark.parametrize("message_id", ["", "alert-1@x", "<a@b>\r\nBcc: <c@d>", "<a b@c>", "<a@b@c>", "<ä@b>"])
def test_a_message_id_that_is_not_ours_is_our_mistake(message_id: str) -> None:
    mail = compose(replace(LOW, message_id=message_id), NOW)

    with pytest.raises(AssertionError):
        to_message(mail)


def test_no_name_can_add_a_header() -> None:
    evil = "Bakery\r\nBcc: thief@evil.example\r\n\r\nbody"
    about = replace(LOW, audience=Audience.STAFF, tenant=evil, unit=evil, account=evil, site=evil, recipient_name=evil)

    message = arrived(compose(about, NOW))

    assert set(message.keys()) == HEADERS
    assert message["Subject"].startswith("Bakery Bcc: thief@evil.example body: credit low")
    assert [address.addr_spec for address in message["To"].addresses] == ["tenant@shop.example"]


@pytest.mark.parametrize("field", ["recipient", "sender"])
def test_no_address_can_add_a_header(field: str) -> None:
    evil = {field: "a@b.example\r\nBcc: thief@evil.example"}

    with pytest.raises(MailAddressInvalid, match="Correct it in the contacts"):
        to_message(compose(changed(LOW, dict(evil)), NOW))


def changed(alert: AlertMail, changes: dict[str, object]) -> AlertMail:
    fields = {name: getattr(alert, name) for name in AlertMail.__dataclass_fields__}
    return AlertMail(**{**fields, **changes})


def arrived(mail: Mail) -> EmailMessage:
    """The message as a mail program reads it from the bytes on the wire."""
    return message_from_bytes(to_message(mail).as_bytes(), policy=default)


def words_of(html: str) -> set[str]:
    """The texts between the tags."""
    words: set[str] = set()

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            words.add(data.strip())

    Reader().feed(html)
    return words
