"""The watchdog of the dashboard's process: a dead enforcer cannot say that it is dead, so somebody else does.

A thread looks at the heartbeats of all sites, whoever is signed in. It is the one place where the dashboard itself
sends mails.
"""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from dashboard.house import WRITER, log
from dashboard.server.watch_mails import DatabaseAwayMails, silence_mail
from documents.logs import Repeats
from documents.mail import Transport
from documents.mails import to_message
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.errors.mail import MailDelayed, MailRefused
from prepaid.errors.start import DatabaseUnavailable
from prepaid.settings import Smtp
from prepaid.silence import Watched, watched
from sql.connection import Database
from sql.leases import new_holder
from sql.questions.heartbeats import Pulse, pulses
from sql.silence import Silence, begin_silence, end_silence, silences
from sql.silence_mails import SilenceMail, claim_silence_mails, mark_not_taken, mark_taken
from sql.staff_addresses import staff_addresses

LOOK_EVERY_S = 10.0
AT_ONCE = 20
STOP_PATIENCE_S = 15.0


class Watchdog:
    """Looks, raises and ends alerts, sends the mails about them. `look` is one round; `start` makes a thread of it."""

    def __init__(
        self,
        database: Callable[[], Database],
        smtp: Callable[[], Smtp],
        clock: Clock,
        transport_to: Callable[[Smtp], Transport],
    ) -> None:
        self._database, self._smtp, self._clock, self._transport_to = database, smtp, clock, transport_to
        self._holder = f"{new_holder(socket.gethostname(), os.getpid())}/watchdog"
        self._watched: dict[int, Watched] = {}
        self._away = DatabaseAwayMails()
        self._looks = Repeats(log, "watchdog.failed", "watchdog.recovered", "what")
        self._mails = Repeats(log, "watchdog.mail_failed", "watchdog.mail_recovered", "server")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the mail that is being sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_PATIENCE_S)

    def look(self) -> None:
        """One round. Raises PrepaidError for what is wrong with settings or tables; a database that does not answer, or
        takes nothing that must be written, is told to those who were known last."""
        try:
            database = self._database()
            found, standing = self._see(database)
        except DatabaseUnavailable as error:
            # What happened meanwhile is not known, so nobody is silent until watched anew.
            self._watched.clear()
            self._tell_away(error)
            return
        try:
            if self._compare(database, found, standing) and self._smtp().server is not None:
                self._send_silences(database)
        except DatabaseUnavailable as error:
            self._tell_away(error)
            return
        self._away.answers()
        self._looks.success("database")

    def _see(self, database: Database) -> tuple[list[Pulse], list[Silence]]:
        with database.reading() as conn:
            found, standing, people = pulses(conn, database.now(conn)), silences(conn), staff_addresses(conn)
        now_s = self._clock.monotonic()
        self._watched = {each.site_id: watched(self._watched.get(each.site_id), each.beat_at, now_s) for each in found}
        self._away.know(people)
        return found, standing

    def _compare(self, database: Database, found: list[Pulse], standing: list[Silence]) -> bool:
        """Raises and ends alerts by what was seen; whether any stands now."""
        now_s = self._clock.monotonic()
        over, pulse_of = set(), {each.site_id: each for each in found}
        for silence in standing:
            pulse = pulse_of.get(silence.site_id)
            if pulse is None or pulse.beat_at != silence.beat_at:
                over.add(silence.site_id)
                if end_silence(database, silence, WRITER, back=pulse is not None and pulse.alive):
                    log.info("watchdog.silence_over", site=silence.site_id)
        stands = {silence.site_id for silence in standing} - over
        for each in found:
            silent = self._watched[each.site_id].is_silent(now_s, each.old_after_s)
            if silent and each.beat_at is not None and each.site_id not in stands:
                stands.add(each.site_id)
                if begin_silence(database, each.site_id, each.beat_at, WRITER):
                    log.error("watchdog.silence", site=each.site_id, since=each.beat_at.isoformat())
        return bool(stands)

    def _send_silences(self, database: Database) -> None:
        with database.writing() as conn:
            claimed = claim_silence_mails(conn, self._holder, database.now(conn), AT_ONCE)
        if not claimed:
            return
        smtp = self._smtp()
        with self._transport_to(smtp) as transport:
            for mail in claimed:
                if self._stop.is_set():
                    return
                self._send(database, transport, smtp, mail)

    def _send(self, database: Database, transport: Transport, smtp: Smtp, mail: SilenceMail) -> None:
        error: PrepaidError | None = None
        try:
            transport.send(to_message(silence_mail(mail, smtp.sender, self._clock.now())))
        except (MailRefused, MailDelayed) as found:
            error = found
        with database.writing() as conn:
            now = database.now(conn)
            if error is None:
                mark_taken(conn, mail, now)
            else:
                mark_not_taken(conn, mail, str(error), now, for_good=isinstance(error, MailRefused))
        if error is None:
            log.info("watchdog.mail_sent", message_id=mail.message_id)
            self._mails.success(str(smtp.server))
        else:
            self._mails.failure(str(smtp.server), error=str(error))

    def _tell_away(self, why: DatabaseUnavailable) -> None:
        """The mails that are due about a database that does not answer."""
        self._looks.failure("database", error=str(why))
        self._away.does_not_answer(self._clock.now(), self._clock.monotonic())
        smtp = self._smtp()
        due = self._away.due(self._clock.monotonic()) if smtp.server is not None else ()
        if not due:
            return
        with self._transport_to(smtp) as transport:
            for address in due:
                if self._stop.is_set():
                    return
                try:
                    transport.send(to_message(self._away.mail(address, smtp.sender, self._clock.now())))
                    self._away.done(address)
                    self._mails.success(str(smtp.server))
                except MailRefused as error:
                    self._away.done(address)
                    self._mails.failure(str(smtp.server), error=str(error))
                except MailDelayed as error:
                    self._away.later(self._clock.monotonic())
                    self._mails.failure(str(smtp.server), error=str(error))
                    return

    def _run(self) -> None:
        """Each look is a job of its own: what breaks one does not end the next."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="watchdog-look") as looker:
            while not self._stop.is_set():
                error = looker.submit(self.look).exception()
                if error is None:
                    self._looks.success("settings")
                elif isinstance(error, PrepaidError):
                    self._looks.failure("settings", error=str(error))
                else:
                    log.error("watchdog.broken", exc_info=error)
                self._stop.wait(LOOK_EVERY_S)
