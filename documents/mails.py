"""Alert mails: facts in, one mail out, in the language of its reader; every mail says the balance and what to do."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from documents.addresses import mailbox
from documents.alert_texts import FOR_STAFF, FOR_TENANT, AlertText, fitting
from documents.catalogue import FOLDER, readable, translator
from documents.formats import Formats, Isolation, one_line
from prepaid.alerts import GOOD_KINDS, GRAVE_KINDS, AlertKind
from prepaid.language import _, later, use
from prepaid.records import Source
from prepaid.supply import Reason

SUBJECT_CHARACTERS = 150
DAYS_SHOWN = 365
LATE_AFTER = timedelta(minutes=10)
"""A mail that is written later than that after its alert says how things stood when."""
MESSAGE_ID = re.compile(r"<[!#-;=?A-~]{1,200}@[!#-;=?A-~]{1,100}>")
SOURCE_NAMES = {Source.GRID: later("Grid"), Source.GENERATOR: later("Generator")}
PRICE_LABELS = {Source.GRID: later("Price on grid"), Source.GENERATOR: later("Price on generator")}


class Audience(StrEnum):
    """Who reads a mail: the tenant whose credit it is about, or the staff of the site."""

    TENANT = "tenant"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """How an account stood when the alert was raised. `days_left` and `share_of_last_recharge` are None if unknown."""

    currency: str
    balance: Decimal
    live_balance: Decimal
    days_left: float | None
    share_of_last_recharge: Decimal | None
    emergency_credit: Decimal = Decimal(0)
    source: Source | None = None
    prices_per_kwh: Mapping[Source, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMail:
    """All that one mail about one alert says to one reader.

    `text` stands in place of the one of its kind. `decision` and `until` are why the supply is as it is, and how long
    that holds. `reason`, `what_to_do` (instead of the usual advice) and `contact` are sentences in the reader's
    language. A tenant's mail has a `credit`.
    """

    kind: AlertKind
    text: AlertText | None = None
    audience: Audience
    message_id: str
    recipient: str
    recipient_name: str = ""
    sender: str
    language: str
    raised_at: datetime
    site: str
    zone: ZoneInfo
    tenant: str = ""
    unit: str = ""
    account: str = ""
    analyzer: str = ""
    credit: Credit | None = None
    enforced: bool = True
    decision: Reason | None = None
    until: datetime | None = None
    close_by_hand: bool = False
    reason: str = ""
    what_to_do: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it is read, whatever carries it."""

    subject: str
    text: str
    html: str
    recipient: str
    recipient_name: str
    sender: str
    message_id: str
    language: str
    written_at: datetime


class View(NamedTuple):
    """What the templates lay out, formatted for one medium."""

    subject: str
    greeting: str
    happened: str
    as_of: str
    next: str
    advice: str
    credit: str
    facts: list[tuple[str, str]]
    contact: str
    language: str
    direction: str
    gravity: str


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.globals["_"] = _
_inliner = CSSInliner(load_remote_stylesheets=False)


def compose(alert: AlertMail, written_at: datetime, catalogues: Path = FOLDER) -> Mail:
    """The mail of an alert. `written_at` becomes its date; the same alert gives the same words."""
    language = readable(alert.language, catalogues)
    with use(translator(alert.language, catalogues)):
        late = written_at - alert.raised_at > LATE_AFTER
        plain = _view(alert, Formats(language, alert.zone, Isolation.MARKS), late=late)
        marked_up = _view(alert, Formats(language, alert.zone, Isolation.HTML), late=late)
        marked_up = marked_up._replace(subject=plain.subject)
        return Mail(
            subject=cut_subject(plain.subject),
            text=rendered("alert.txt", plain),
            html=rendered("alert.html", marked_up),
            recipient=alert.recipient,
            recipient_name=alert.recipient_name,
            sender=alert.sender,
            message_id=alert.message_id,
            language=language,
            written_at=written_at,
        )


def to_message(mail: Mail) -> EmailMessage:
    """The mail as the mail transport sends it: text and HTML. Raises MailAddressInvalid."""
    assert MESSAGE_ID.fullmatch(mail.message_id), "a Message-ID is one <word@word> of ours"
    assert mail.written_at.tzinfo is not None, "instants are aware"
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(mail.subject)
    message["From"] = mailbox(mail.sender)
    message["To"] = mailbox(mail.recipient, mail.recipient_name)
    message["Date"] = mail.written_at
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language.replace("_", "-")
    return message


def sentence_of(alert: AlertMail, formats: Formats) -> str:
    """The alert in one line: the subject of its own mail."""
    return _view(alert, formats).subject


def rendered(template: str, mail: tuple[object, ...]) -> str:
    """The template filled in; of HTML the styles stand at each element, because mail programs drop those of a page."""
    written = _templates.get_template(template).render(mail=mail)
    return _inliner.inline(written) if template.endswith(".html") else written


def hello(name: str, formats: Formats) -> str:
    return formats.sentence(_("Hello {name},"), name=formats.name(name)) if name else _("Hello,")


def cut_subject(subject: str) -> str:
    return subject[:SUBJECT_CHARACTERS]


def gravity_of(kind: AlertKind) -> str:
    """Which colour a mail has."""
    return "grave" if kind in GRAVE_KINDS else "good" if kind in GOOD_KINDS else "warning"


def _view(alert: AlertMail, formats: Formats, *, late: bool = False) -> View:
    texts = FOR_TENANT if alert.audience is Audience.TENANT else FOR_STAFF
    assert alert.credit is not None or alert.audience is Audience.STAFF, "a tenant's mail says the balance"
    values = _values(alert, formats)
    text = fitting(
        alert.kind,
        alert.text or texts[alert.kind],
        enforced=alert.enforced,
        decision=alert.decision,
        until_known=alert.until is not None,
        close_by_hand=alert.close_by_hand,
    )
    return View(
        subject=formats.sentence(_(text.subject), **values),
        greeting=hello(alert.recipient_name, formats),
        happened=formats.sentence(_(text.happened), **values),
        as_of=_as_of(alert, formats) if late else "",
        next=formats.sentence(_(text.next), **values),
        advice=one_line(alert.what_to_do) or _(text.advice),
        credit=values["credit"] if alert.credit else "",
        facts=_facts(alert, formats, late=late),
        contact=one_line(alert.contact),
        language=str(formats.locale).replace("_", "-"),
        direction="rtl" if formats.right_to_left else "ltr",
        gravity=gravity_of(alert.kind),
    )


def _as_of(alert: AlertMail, formats: Formats) -> str:
    return formats.sentence(_("This is how things stood at {instant}."), instant=formats.instant(alert.raised_at))


def _values(alert: AlertMail, formats: Formats) -> dict[str, str]:
    """What the texts of alerts may name; where something has no name, the next larger thing stands for it."""
    credit = alert.credit
    return {
        "who": formats.name(alert.tenant or alert.account or alert.site),
        "place": formats.name(alert.unit or alert.account or alert.tenant or alert.site),
        "analyzer": formats.name(alert.analyzer or alert.unit or alert.site),
        "site": formats.name(alert.site),
        "credit": formats.money(credit.live_balance, credit.currency) if credit else _("no account"),
        "until": formats.instant(alert.until) if alert.until else "",
    }


def _facts(alert: AlertMail, formats: Formats, *, late: bool) -> list[tuple[str, str]]:
    zone = formats.sentence("{zone}", zone=alert.zone.key)
    when = formats.sentence("{instant} ({zone})", instant=formats.instant(alert.raised_at), zone=zone)
    names = [
        (_("Reason"), one_line(alert.reason)),
        (_("Tenant"), formats.name(alert.tenant)),
        (_("Unit"), formats.name(alert.unit)),
        (_("Account"), formats.name(alert.account)),
        (_("Analyzer"), formats.name(alert.analyzer) if alert.audience is Audience.STAFF else ""),
        (_("Site"), formats.name(alert.site)),
    ]
    credit = _credit_facts(alert.credit, formats, late=late) if alert.credit else []
    return [*credit, *((label, value) for label, value in names if value), (_("When"), when)]


def _credit_facts(credit: Credit, formats: Formats, *, late: bool) -> list[tuple[str, str]]:
    facts = [(_("Balance, without consumption not yet charged"), formats.money(credit.balance, credit.currency))]
    if credit.live_balance > 0:
        facts.append((_("Lasts about"), _time_left(credit.days_left, formats)))
    if credit.share_of_last_recharge is not None:
        share = formats.share(max(Decimal(0), credit.share_of_last_recharge))
        facts.append((_("Left of the last recharge"), share))
    if credit.emergency_credit > 0:
        facts.append((_("Emergency credit"), formats.money(credit.emergency_credit, credit.currency)))
    if credit.source is not None:
        facts.append((_("Source then") if late else _("Source now"), _(SOURCE_NAMES[credit.source])))
    for source, price in credit.prices_per_kwh.items():
        facts.append((_(PRICE_LABELS[source]), formats.price(price, credit.currency)))
    return facts


def _time_left(days_left: float | None, formats: Formats) -> str:
    if days_left is None or math.isnan(days_left):
        return _("not known yet")
    if days_left > DAYS_SHOWN:
        return _("more than a year")
    return formats.duration(timedelta(days=max(0.0, days_left)))
