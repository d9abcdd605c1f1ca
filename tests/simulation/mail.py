"""A mail server in memory, with its moods."""

from collections import Counter
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Self

from prepaid.errors.mail import MailDelayed, MailRefused, MailServerAway


class Mood(StrEnum):
    """What the server does with the next mails."""

    WELL = "well"
    DOWN = "down"
    GREYLISTING = "greylisting"
    REFUSING = "refusing"
    LOSING_ANSWERS = "losing-answers"


class SimulatedMail:
    """Takes mails, or not; `taken` counts how often each Message-ID arrived."""

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.taken: Counter[str] = Counter()
        self.answers_lost: set[str] = set()

    def send(self, message: EmailMessage) -> str:
        message_id = str(message["Message-ID"])
        if self.mood is Mood.DOWN:
            raise MailServerAway(why="it refuses connections")
        if self.mood is Mood.GREYLISTING and message_id not in self.answers_lost:
            self.answers_lost.add(message_id)
            raise MailDelayed(why="451 come again later")
        if self.mood is Mood.REFUSING:
            raise MailRefused(why="550 no such user")
        self.taken[message_id] += 1
        if self.mood is Mood.LOSING_ANSWERS:
            self.answers_lost.add(message_id)
            raise MailDelayed(why="the answer did not come in time")
        return "250 taken"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None
