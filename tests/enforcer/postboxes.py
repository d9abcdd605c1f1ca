"""What a notifier hands its mails and messages to in tests: in memory, as it is told to behave."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from enforcer.notify import Notifier
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.settings import Smtp, SmtpSecurity
from tests.building import Building

SMTP = Smtp(
    server="mail.example", port=25, username=None, password=None, security=SmtpSecurity.NONE, sender="site@mail.example"
)


@dataclass
class Postbox:
    """A mail server and all channels. `troubles` are raised one for each mail, None takes it; then all are taken."""

    mails: list[EmailMessage] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    troubles: list[Exception | None] = field(default_factory=list)
    always: PrepaidError | None = None
    posts: list[tuple[str, str, str]] = field(default_factory=list)
    channel_tries: list[str] = field(default_factory=list)
    channel_troubles: dict[str, PrepaidError] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    unready: Exception | None = None
    """Raised before any mail is handed over."""

    def send(self, message: EmailMessage) -> str:
        self.before()
        self.tried.append(str(message["Message-ID"]))
        trouble = self.troubles.pop(0) if self.troubles else self.always
        if trouble is not None:
            raise trouble
        self.mails.append(message)
        return "250 taken"

    def __enter__(self) -> Self:
        if self.unready is not None:
            raise self.unready
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


@dataclass
class PostedTo:
    """The channels of a postbox."""

    postbox: Postbox

    def send(self, url: str, shown: str, subject: str, text: str) -> None:
        self.postbox.channel_tries.append(url)
        if url in self.postbox.channel_troubles:
            raise self.postbox.channel_troubles[url]
        self.postbox.posts.append((url, subject, text))


def notifier(house: Building, clock: Clock, postbox: Postbox, holder: str = "one", smtp: Smtp = SMTP) -> Notifier:
    """The notifier of the house's site."""
    return Notifier(house.database, smtp, clock, house.site_id, holder, lambda _smtp: postbox, PostedTo(postbox))
