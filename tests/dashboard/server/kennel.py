"""A watchdog over a database, clock and mail server of a test's own."""

import shutil
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from dashboard.server.watchdog import LOOK_EVERY_S, Watchdog
from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from prepaid.errors.mail import MailDelayed
from prepaid.errors.start import DatabaseUnavailable
from prepaid.settings import Smtp, SmtpSecurity
from sql.connection import Database
from sql.tables import alerts, events, heartbeats, messages, sites
from tests.building import Building
from tests.sql.questions.shown import beat

SMTP = Smtp(
    server="mail.example",
    port=25,
    username=None,
    password=None,
    security=SmtpSecurity.NONE,
    sender="energy@example.com",
)


@dataclass
class MailServer:
    """Takes mails, unless it is told to refuse them for a while."""

    mails: list[EmailMessage] = field(default_factory=list)
    delays: int = 0

    def to(self, _smtp: Smtp) -> "MailServer":
        return self

    def send(self, message: EmailMessage) -> str:
        if self.delays:
            self.delays -= 1
            raise MailDelayed(why="it is away")
        self.mails.append(message)
        return "250 OK"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


class Kennel:
    """One site with an administrator, an enforcer that beats when told, and as many watchdogs as wanted."""

    def __init__(self, file: Path) -> None:
        self.clock = ManualClock()
        self.database = Database(f"sqlite:///{file.as_posix()}", self.clock, lock_wait_s=0.05)
        self.building = Building(self.database, name="Corner House")
        self.building.admin()
        self.mail = MailServer()
        self.away = False
        self.dog = self.another()

    def another(self) -> Watchdog:
        """That of another dashboard, or of this one after a restart."""
        return Watchdog(self._open, lambda: SMTP, self.clock, self.mail.to)

    def first_beat(self) -> None:
        beat(self.building, self.clock.now())

    def beats(self) -> None:
        """Another sign of life."""
        with self.database.writing() as conn:
            of = heartbeats.c.site_id == self.building.site_id
            conn.execute(heartbeats.update().where(of).values(beat_at=self.clock.now()))

    def watch(self, seconds: float, *dogs: Watchdog) -> None:
        """The watchdogs look for so long; nothing else happens."""
        for _look in range(int(seconds / LOOK_EVERY_S)):
            self.clock.advance(LOOK_EVERY_S)
            for dog in dogs or (self.dog,):
                dog.look()

    def alerts(self) -> list[tuple[AlertKind, bool]]:
        """The kinds of the alerts, and which of them have ended."""
        with self.database.reading() as conn:
            return [
                (row.kind, row.ended_at is not None) for row in conn.execute(sa.select(alerts).order_by(alerts.c.id))
            ]

    def actions(self) -> list[str]:
        with self.database.reading() as conn:
            return list(conn.scalars(sa.select(events.c.action).where(events.c.actor == "watchdog")))

    def rows(self) -> list[Any]:
        """The outbox."""
        with self.database.reading() as conn:
            return list(conn.execute(sa.select(messages).order_by(messages.c.id)))

    def sender(self, address: str) -> None:
        with self.database.writing() as conn:
            conn.execute(sites.update().values(mail_sender=address))

    def close(self) -> None:
        self.database.close()

    def _open(self) -> Database:
        if self.away:
            raise DatabaseUnavailable(where="here", why="its disk is gone")
        return self.database


def kennel_in(migrated_file: Path, folder: Path) -> Kennel:
    copy = folder / "watched.db"
    shutil.copyfile(migrated_file, copy)
    return Kennel(copy)
