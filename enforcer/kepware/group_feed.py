"""One log group: its table is followed, its rows become readings, and what is wrong with it is a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from enforcer.kepware.absorb import Absorber, lag_of
from enforcer.kepware.contact import KeptContact
from enforcer.kepware.following import ROWS_AT_ONCE, Following, Looked
from enforcer.link_state import LinkState
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.errors.kepware import LogUnpurgeable
from prepaid.kepware.assembly import Assembly, Known
from prepaid.kepware.groups import LogGroup, LogState, lacking_tags
from prepaid.kepware.log import Shape, Stamps
from prepaid.language import _
from prepaid.records import Reading
from sql.connection import Database
from sql.kepware.log import PURGED_AT_ONCE, LogReader, opened

SLICES_A_LOOK: Final = 10
LATE_AFTER: Final = timedelta(seconds=30)
"""Or three intervals, what is longer: then a log is late."""
PURGES_A_LOOK: Final = 100
NEWEST_LOOKED: Final = 50
"""Rows that tell of the clock of a log before it is read."""


class Slice(NamedTuple):
    """What one slice of rows made: readings, others that came late and are only history, and how far it was read."""

    readings: Sequence[Reading]
    late: Sequence[Reading]
    state: LogState


class GroupFeed:
    """Not for several threads."""

    def __init__(
        self,
        group: LogGroup,
        state: LogState | None,
        known: Mapping[int, Known],
        history_s: float,
        clock: Clock,
    ) -> None:
        self.group = group
        self.trouble: str | None = None
        self._looked_at: datetime | None = None
        self._unpurged: str | None = None
        self._lacking = lacking_tags(group)
        self._clock = clock
        now, now_s = clock.now(), clock.monotonic()
        self._contacts = {each: KeptContact(each, group.interval_s, now, now_s) for each in self._lacking}
        self._assemblies = {
            each: Assembly(each, group.interval_s, history_s, known.get(each, Known()))
            for each, lacking in self._lacking.items()
            if not lacking
        }
        self._reader = LogReader(group.table, tuple(group.tags))
        of_row = 1 if group.table.shape is Shape.NARROW else max(1, len(group.tags))
        until_id = None if state is None else state.until_id
        self._following = Following(group.table.where, self._reader, until_id, max(1, ROWS_AT_ONCE // of_row))
        self._absorber = Absorber(group, self._assemblies.get, None if state is None else state.newest_at)

    def look(self, log: Database) -> Iterator[Slice]:
        """Reads what came, slice by slice."""
        if not self.group.tags:
            return
        try:
            for _slice in range(SLICES_A_LOOK):
                looked, found = self._look_once(log, self._clock.now(), self._clock.monotonic())
                self.trouble = self._lateness(self._clock.now())
                yield found
                if not looked.more:
                    break
        except PrepaidError as error:
            self.trouble = str(error)
            yield Slice((), (), self._state())
        now, now_s = self._clock.now(), self._clock.monotonic()
        for analyzer_id, contact in self._contacts.items():
            contact.look(self.group.stale_after_s, self._why(analyzer_id), now, now_s)

    def links(self, now_s: float) -> dict[int, LinkState]:
        """Its analyzers as links."""
        return {analyzer_id: contact.link(now_s) for analyzer_id, contact in self._contacts.items()}

    def lacks(self, analyzer_id: int) -> bool:
        """Whether a tag is missing without which the analyzer is not read from this group."""
        return bool(self._lacking.get(analyzer_id))

    def known(self) -> dict[int, Known]:
        """What a feed with another mapping needs to go on from here."""
        return {analyzer_id: assembly.known for analyzer_id, assembly in self._assemblies.items()}

    def purge(self, log: Database, until_id: int, now: datetime) -> None:
        """Removes rows that were used long enough ago, if the group wants it: `until_id` is committed."""
        if self.group.purge_after_h is None or not self.group.tags:
            return
        before = stamp_of(self.group, now - timedelta(hours=self.group.purge_after_h))
        try:
            for _slice in range(PURGES_A_LOOK):
                with opened(log, self.group.table, writing=True) as conn:
                    if self._reader.purge(conn, until_id, before) < PURGED_AT_ONCE:
                        break
            self._unpurged = None
        except PrepaidError as error:
            why = error.fields.get("why", error)
            self._unpurged = str(LogUnpurgeable(table=self.group.table.where, where=log.where, why=why))

    # --- one look -------------------------------------------------------------------------------------------------

    def _look_once(self, log: Database, now: datetime, now_s: float) -> tuple[Looked, Slice]:
        with opened(log, self.group.table) as conn:
            if self._looked_at is None:
                self._absorber.begin(self._reader.newest(conn, NEWEST_LOOKED), now, now_s)
            looked = self._following.look(conn, now_s)
        self._looked_at = now
        self._absorber.absorb(looked.rows, now, now_s, more=looked.more)
        readings: list[Reading] = []
        late: list[Reading] = []
        for analyzer_id, assembly in self._assemblies.items():
            for ripe in assembly.ripe(now, now_s):
                (late if ripe.late else readings).append(ripe.reading)
                if not ripe.late:
                    self._contacts[analyzer_id].answered(ripe.reading, now, now_s)
        return looked, Slice(readings, late, self._state())

    def _state(self) -> LogState:
        """How far it was read. What waits for other rows is read again by the next enforcer."""
        pending = [self._absorber.pending_id, *(each.pending_id for each in self._assemblies.values())]
        newest_at = self._absorber.newest_at
        lag = None if self._looked_at is None else lag_of(newest_at, self._looked_at)
        return LogState(
            until_id=min([self._following.until_id, *(row_id - 1 for row_id in pending if row_id is not None)]),
            newest_at=newest_at,
            looked_at=self._looked_at,
            lag_s=None if lag is None else lag.total_seconds(),
            refused=self._absorber.refused,
            trouble=self.trouble or self._unpurged,
        )

    def _lateness(self, now: datetime) -> str | None:
        if self._absorber.trouble is not None:
            return self._absorber.trouble
        lag = lag_of(self._absorber.newest_at, now)
        if lag is None:
            return _("There is no value of a mapped tag in it.")
        if lag > max(LATE_AFTER, timedelta(seconds=self.group.stale_after_s)):
            return _("Its newest value is {seconds} s old.").format(seconds=round(lag.total_seconds()))
        return None

    def _why(self, analyzer_id: int) -> str:
        """Why there are no readings of an analyzer."""
        if self._lacking[analyzer_id]:
            names = ", ".join(self._lacking[analyzer_id])
            return _("It is not read from Kepware: no tag is mapped for {names}.").format(names=names)
        assembly = self._assemblies[analyzer_id]
        return assembly.refused or self.trouble or assembly.trouble or _("Its values do not come any more.")


def stamp_of(group: LogGroup, at: datetime) -> datetime:
    """The instant as the log stamps it, without a zone."""
    return at.astimezone(group.zone).replace(tzinfo=None) if group.stamps is Stamps.LOCAL else at.replace(tzinfo=None)
