"""Digests: many alerts to one of the staff in one mail, the gravest first, each in one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from documents.catalogue import FOLDER, readable, translator
from documents.formats import Formats, Isolation
from documents.mails import AlertMail, Mail, cut_subject, gravity_of, hello, rendered, sentence_of
from prepaid.language import _, use


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestMail:
    """Alerts to one reader, the gravest first; `count` is how many there are, named here or not."""

    message_id: str
    named: Sequence[AlertMail]
    count: int


class DigestView(NamedTuple):
    """What the templates lay out, formatted for one medium."""

    subject: str
    greeting: str
    happened: str
    lines: list[tuple[str, str]]
    more: str
    advice: str
    language: str
    direction: str
    gravity: str


def compose_digest(digest: DigestMail, written_at: datetime, catalogues: Path = FOLDER) -> Mail:
    """The mail of a digest. `written_at` becomes its date; the same alerts give the same words."""
    first = digest.named[0]
    language = readable(first.language, catalogues)
    with use(translator(first.language, catalogues)):
        plain = _view(digest, Formats(language, first.zone, Isolation.MARKS))
        marked_up = _view(digest, Formats(language, first.zone, Isolation.HTML))._replace(subject=plain.subject)
        return Mail(
            subject=cut_subject(plain.subject),
            text=rendered("digest.txt", plain),
            html=rendered("digest.html", marked_up),
            recipient=first.recipient,
            recipient_name=first.recipient_name,
            sender=first.sender,
            message_id=digest.message_id,
            language=language,
            written_at=written_at,
        )


def _view(digest: DigestMail, formats: Formats) -> DigestView:
    first, left = digest.named[0], digest.count - len(digest.named)
    site = formats.name(first.site)
    return DigestView(
        subject=formats.sentence(_("{count} messages of {site}"), count=str(digest.count), site=site),
        greeting=hello(first.recipient_name, formats),
        happened=formats.sentence(_("{site} has {count} messages for you."), site=site, count=str(digest.count)),
        lines=[(formats.instant(each.raised_at), sentence_of(each, formats)) for each in digest.named],
        more=formats.sentence(_("And {number} more."), number=str(left)) if left else "",
        advice=_("Look at the page Alerts: each of them stands there, with what to do."),
        language=str(formats.locale).replace("_", "-"),
        direction="rtl" if formats.right_to_left else "ltr",
        gravity=gravity_of(first.kind),
    )
