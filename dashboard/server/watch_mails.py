"""What the watchdog writes: that an enforcer is silent, and, from memory, that the database does not answer."""

import hashlib
from datetime import datetime

from documents.catalogue import readable, translator
from documents.formats import Formats
from documents.mails import AlertMail, Audience, Mail, compose
from documents.silence_texts import DATABASE_AWAY, last_sign
from prepaid.alerts import AlertKind
from prepaid.calendar import zone
from prepaid.language import use
from sql.silence_mails import SilenceMail
from sql.staff_addresses import Address

AWAY_AFTER_S = 60.0
FIRST_RETRY_S, LAST_RETRY_S = 15.0, 300.0


def silence_mail(mail: SilenceMail, sender: str, written_at: datetime) -> Mail:
    """The mail about a silent enforcer, from the site's own sender if it has one."""
    site_zone = zone(mail.zone_name)
    with use(translator(mail.language)):
        since = last_sign(mail.beat_at, Formats(readable(mail.language), site_zone))
    told = AlertMail(
        kind=AlertKind.ENFORCER_SILENT,
        audience=Audience.STAFF,
        message_id=mail.message_id,
        recipient=mail.recipient,
        recipient_name=mail.recipient_name,
        sender=mail.sender or sender,
        language=mail.language,
        raised_at=mail.raised_at,
        site=mail.site_name,
        zone=site_zone,
        reason=since,
    )
    return compose(told, written_at)


class DatabaseAwayMails:
    """To whom it must be told that the database does not answer: once for each time that it is away. The addresses
    are those of the last look that succeeded; nothing is kept beyond this process."""

    def __init__(self) -> None:
        self._known: tuple[Address, ...] = ()
        self._untold: dict[str, Address] = {}
        self._since: tuple[datetime, float] | None = None
        self._again_s = 0.0
        self._wait_s = FIRST_RETRY_S

    def know(self, known: tuple[Address, ...]) -> None:
        """Whom to tell when it comes to that."""
        self._known = known

    def answers(self) -> None:
        """The database answers; what was not sent need not be told any more."""
        self._since, self._untold = None, {}

    def does_not_answer(self, at: datetime, now_s: float) -> None:
        """The database did not answer at another look."""
        if self._since is None:
            self._since = at, now_s
            self._untold = {each.email: each for each in self._known}
            self._again_s, self._wait_s = now_s + AWAY_AFTER_S, FIRST_RETRY_S

    def due(self, now_s: float) -> tuple[Address, ...]:
        """Who is to be told now."""
        return tuple(self._untold.values()) if now_s >= self._again_s else ()

    def done(self, address: Address) -> None:
        """It was told, or cannot be told to this address."""
        self._untold.pop(address.email, None)

    def later(self, now_s: float) -> None:
        """The mail server took it not now: again after a growing while."""
        self._again_s = now_s + self._wait_s
        self._wait_s = min(LAST_RETRY_S, 2 * self._wait_s)

    def mail(self, address: Address, sender: str, written_at: datetime) -> Mail:
        """The mail to that address; the same Message-ID for every try."""
        assert self._since is not None, "asked only while the database does not answer"
        since = self._since[0]
        digest = hashlib.sha256(f"database away\n{since.isoformat()}\n{address.email.casefold()}".encode()).hexdigest()
        told = AlertMail(
            kind=AlertKind.ENFORCER_SILENT,
            text=DATABASE_AWAY,
            audience=Audience.STAFF,
            message_id=f"<{digest[:40]}@prepaid.energy>",
            recipient=address.email,
            recipient_name=address.name,
            sender=address.sender or sender,
            language=address.language,
            raised_at=since,
            site=address.site_name,
            zone=zone(address.zone_name),
        )
        return compose(told, written_at)
