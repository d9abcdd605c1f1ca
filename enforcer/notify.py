"""Step 6b: sends what waits in the outbox of the site, in a thread of its own, never in the way of a pass."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from documents.channels import AppriseChannels, Channels
from documents.logs import Repeats, get
from documents.mail import Transport, always, smtp_transport
from enforcer.deliver import Delivered, Outcome, deliver_mail, deliver_to_channel
from enforcer.writer import writer_of
from prepaid.alerts import AlertKind, Channel
from prepaid.clock import Clock
from prepaid.errors.start import DatabaseUnavailable, LeaseLost
from prepaid.language import _
from prepaid.retries import Pace, Patience, retry_after
from prepaid.settings import Smtp
from sql.connection import Database
from sql.digests import DigestRule, gather
from sql.mail_alarm import end_mail_alarm, nothing_leaves, raise_mail_alarm
from sql.outbox import Claim, Parcel, anything_due, claim, free_overdue
from sql.outcomes import give_back, mark_failed, mark_sent, postpone, still_held
from sql.sites import load_settings
from sql.withdrawing import anything_over, is_over, withdraw

AT_ONCE = 20
LOOK_EVERY_S = 2.0
STOP_WITHIN_S = 20.0
HOLDER_CHARACTERS = 60
"""The end of a name tells its holders apart."""

log = get("enforcer.notify")


@dataclass(slots=True)
class Drained:
    """What one drain of a channel did; the reasons are those of the last ones that were not sent."""

    handled: int = 0
    sent: int = 0
    refused: str = ""
    delayed: str = ""


class Notifier:
    """Drains the outbox: claim, send, keep the outcome. At least once after a crash, under the same Message-ID."""

    def __init__(
        self,
        database: Database,
        smtp: Smtp,
        clock: Clock,
        site_id: int,
        holder: str,
        transport_to: Callable[[Smtp], Transport] | None = None,
        channels: Channels | None = None,
        may_send: Callable[[], bool] = always,
    ) -> None:
        """`may_send` is asked before each message, and before the text of each mail: who may have been succeeded leaves
        the rest to the successor."""
        self._database = database
        self._smtp = smtp
        self._clock = clock
        self._site_id = site_id
        self._holder = holder
        self._claims = 0
        self._transport_to = transport_to or partial(smtp_transport, may_send=may_send)
        self._channels = channels or AppriseChannels()
        self._may_send = may_send
        self._server = Patience()
        self._pace = Pace(None)
        self._database_repeats = Repeats(log, "notify.failed", "notify.recovered", "database")
        self._repeats = Repeats(log, "message.failed", "message.recovered", "where")
        self._broken = Repeats(log, "notify.broken", "notify.mended", "site")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the parcel that is being handed over; the others are given back."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_WITHIN_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                handled = self.look()
            except LeaseLost:
                return  # the one that took over sends what is left
            if handled < AT_ONCE:
                self._stop.wait(LOOK_EVERY_S)

    def look(self) -> int:
        """One drain, whatever happens in it: nobody would be told anything any more if this thread ended. Raises
        LeaseLost."""
        try:
            handled = self.drain()
        except DatabaseUnavailable as error:
            self._database_repeats.failure(self._database.where, error=str(error))
            return 0
        except LeaseLost:
            raise
        except Exception:
            # The outermost ring of this thread.
            if self._broken.is_first(str(self._site_id)):
                log.exception("notify.broken")
            return 0
        self._broken.success(str(self._site_id))
        self._database_repeats.success(self._database.where)
        return handled

    def drain(self) -> int:
        """Sends what is due now, a bounded number; answers how many parcels were tried."""
        if not self._may_send():
            return 0
        now = self._clock.now()
        with self._database.reading() as conn:
            settings = load_settings(conn, self._site_id)
            room = self._room(settings.mails_per_minute)
            usable = [Channel.URL, Channel.MAIL] if room else [Channel.URL]
            if not anything_due(conn, self._site_id, usable, now) and not anything_over(conn, self._site_id):
                return 0
        rule = DigestRule(above=int(settings.digest_above), within=timedelta(seconds=float(settings.digest_within_s)))
        with self._database.writing() as conn:
            free_overdue(conn, self._site_id, now)
            withdrawn = withdraw(conn, self._site_id)
            gather(conn, self._site_id, rule, now)
        if withdrawn:
            log.info("message.withdrawn", messages=withdrawn)
        handled = self._drain_channels()
        if room:
            handled += self._drain_mails(room, timedelta(minutes=float(settings.mail_failing_after_min)))
        return handled

    def _drain_mails(self, room: int, patience: timedelta) -> int:
        with self._claimed(Channel.MAIL, room) as (holder, parcels):
            if not parcels:
                return 0
            drained = Drained()
            with self._transport_to(self._smtp) as transport:
                for parcel in self._held(holder, parcels):
                    delivered = self._tried(partial(deliver_mail, transport), parcel)
                    if delivered.outcome is Outcome.LEFT:
                        break
                    if delivered.outcome is Outcome.AWAY:
                        self._server.failed(self._clock.monotonic())
                        self._repeats.failure(str(self._smtp.server), error=delivered.why)
                        drained.delayed = delivered.why
                        break
                    self._server.answered()
                    self._pace.spend(self._clock.monotonic())
                    self._keep(parcel, holder, delivered, drained, str(self._smtp.server))
        self._tell_about_mails(drained, patience)
        return drained.handled

    def _drain_channels(self) -> int:
        """A channel that does not work is tried once in a drain; all that is for it waits as long as that message."""
        with self._claimed(Channel.URL, AT_ONCE) as (holder, parcels):
            drained, until = Drained(), dict[int, datetime]()
            for parcel in self._held(holder, parcels):
                channel_id = parcel.first.channel_id
                assert channel_id is not None, "a message that is no mail has a channel"
                if channel_id in until:
                    continue
                delivered = self._tried(partial(deliver_to_channel, self._channels), parcel)
                self._keep(parcel, holder, delivered, drained, f"channel:{channel_id}")
                if delivered.outcome is Outcome.DELAYED:
                    until[channel_id] = self._clock.now() + retry_after(parcel.message_id, parcel.tries)
        if until:
            with self._database.writing() as conn:
                for channel_id, instant in until.items():
                    postpone(conn, self._site_id, channel_id, instant)
        return drained.handled

    def _room(self, per_minute: Decimal | None) -> int:
        """How many mails may go now: none where there is no server, and none while it is away."""
        wanted = None if per_minute is None else int(per_minute)
        if wanted != self._pace.per_minute:
            self._pace = Pace(wanted)
        if self._smtp.server is None or not self._server.over(self._clock.monotonic()):
            return 0
        return self._pace.room(self._clock.monotonic(), AT_ONCE)

    @contextmanager
    def _claimed(self, channel: Channel, most: int) -> Iterator[tuple[str, list[Parcel]]]:
        """Claims under a name that was never used before; what was not tried in the block is given back."""
        self._claims += 1
        holder = f"{self._holder[-HOLDER_CHARACTERS:]}/{self._claims}"
        wanted = Claim(site_id=self._site_id, holder=holder, channel=channel, now=self._clock.now(), most=most)
        with self._database.writing() as conn:
            parcels = claim(conn, wanted)
        yield holder, parcels
        if parcels:
            with self._database.writing() as conn:
                give_back(conn, self._site_id, holder)

    def _held(self, holder: str, parcels: Iterable[Parcel]) -> Iterator[Parcel]:
        """The parcels one after the other, until the end of the program, or until another enforcer may have them. What
        is over is left: the next drain withdraws it, and goes on with the rest of its parcel."""
        for parcel in parcels:
            if self._stop.is_set() or not self._may_send():
                return
            with self._database.reading() as conn:
                if not still_held(conn, parcel, holder, self._clock.now()):
                    return
                over = is_over(conn, parcel)
            if not over:
                yield parcel

    def _tried(self, deliver: Callable[[Parcel, str, datetime], Delivered], parcel: Parcel) -> Delivered:
        """Hands a parcel over. One that nobody foresaw puts itself off and holds up no other."""
        try:
            return deliver(parcel, self._smtp.sender, self._clock.now())
        except Exception:
            log.exception("message.unforeseen", kind=parcel.first.kind, message_id=parcel.message_id)
            return Delivered(Outcome.DELAYED, _("the program failed on this message; its log says how"))

    def _keep(self, parcel: Parcel, holder: str, delivered: Delivered, drained: Drained, where: str) -> None:
        drained.handled += 1
        failed_for_good = False
        with self._database.writing() as conn:
            if delivered.outcome is Outcome.SENT:
                mark_sent(conn, parcel, self._clock.now())
            else:
                refused = delivered.outcome is Outcome.REFUSED
                failed_for_good = mark_failed(conn, parcel, holder, delivered.why, self._clock.now(), for_good=refused)
        if delivered.outcome is Outcome.SENT:
            drained.sent += 1
            log.info("message.sent", kind=parcel.first.kind, message_id=parcel.message_id, messages=parcel.count)
            self._repeats.success(where)
            return
        self._repeats.failure(where, kind=parcel.first.kind, error=delivered.why)
        if failed_for_good and parcel.first.kind is not AlertKind.TEST:
            drained.refused = delivered.why
        else:
            drained.delayed = delivered.why

    def _tell_about_mails(self, drained: Drained, patience: timedelta) -> None:
        """Raises or ends the alarm that mails fail."""
        now = self._clock.now()
        with self._database.writing() as conn:
            if drained.sent:
                end_mail_alarm(conn, self._site_id, now)
            failing = bool(drained.delayed) and nothing_leaves(conn, self._site_id, patience, now)
            if drained.refused or failing:
                why = drained.refused or drained.delayed
                raise_mail_alarm(conn, self._site_id, writer_of(self._site_id), why, now)
