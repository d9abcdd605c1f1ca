"""Ingest: a thread that follows the log groups of a site, and hands readings to the passes as polling does."""

import contextvars
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from documents.logs import Repeats, get
from enforcer.arrived import Arrived
from enforcer.kepware.contact import KeptContact
from enforcer.kepware.following import OVERLAP_IDS
from enforcer.kepware.group_feed import GroupFeed, Slice
from enforcer.link import Target
from enforcer.link_state import Contact, LinkState
from prepaid.alerts import AlertKind
from prepaid.clock import Clock
from prepaid.errors.start import DatabaseUnavailable
from prepaid.kepware.assembly import Known
from prepaid.kepware.groups import LogState
from prepaid.language import _
from prepaid.meter import Verdict
from prepaid.records import Feed, Reading
from prepaid.site import Site
from sql.alerts import NewAlert
from sql.connection import Connection, Database
from sql.kepware.groups import load_groups
from sql.kepware.states import load_states, save_states
from sql.readings import append_history
from sql.site_alarms import alarm_stands, end_alarm

LOOK_EVERY_S: Final = 1.0
GROUPS_EVERY_S: Final = 60.0
READINGS_KEPT: Final = 10_000
LATE_KEPT: Final = 5_000
ALARM_AFTER_S: Final = 60.0
HANGS_AFTER_S: Final = 120.0
"""A look that has brought nothing for so long hangs: a server that is there and does not answer has no time-out."""
STOP_AT_MOST_S: Final = 10.0

log = get("enforcer.kepware")


class KepwareFeed:
    """All log groups of one site. `look` reads; `take` and `keep` belong to the passes."""

    def __init__(
        self,
        database: Database,
        log_database: Database,
        clock: Clock,
        site_id: int,
        history_s: float,
        known: Mapping[int, Known],
    ) -> None:
        self._database = database
        self._log_database = log_database
        self._clock = clock
        self._site_id = site_id
        self._history_s = history_s
        self._known = known
        self._began = (clock.now(), clock.monotonic())
        self._gate = threading.Lock()
        self._wanted: frozenset[int] = frozenset()
        self._groups: dict[int, GroupFeed] = {}
        self._loaded_s: float | None = None
        self._arrived = Arrived(READINGS_KEPT)
        self._late: list[Reading] = []
        self._states: dict[int, LogState] = {}
        self._links: dict[int, LinkState] = {}
        self._taken_late: list[Reading] = []
        self._taken: dict[int, LogState] = {}
        self._trouble_since: dict[int, float] = {}
        self._looks_since_s: float | None = None
        """Since when the look that goes on has brought nothing."""
        self._may_stand = True
        self._repeats = Repeats(log, "kepware.unreadable", "kepware.readable", "site")
        self._broken = Repeats(log, "kepware.failed", "kepware.mended", "site")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # --- the thread -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begins to follow. Sentences about failures are in the language of the thread that calls this."""
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name="kepware", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; may be called twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(STOP_AT_MOST_S)

    @property
    def running(self) -> bool:
        """Whether the thread follows; False after `stop()`, or when it died of a fault of this program."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self.follow()

    def follow(self) -> None:
        """One look, whatever happens in it: a row that nobody foresaw must not end the reading of other analyzers."""
        self._looks_since_s = self._clock.monotonic()
        try:
            self.look()
            self._broken.success(str(self._site_id))
        except Exception:
            # The outermost ring of this thread.
            if self._broken.is_first(str(self._site_id)):
                log.exception("kepware.failed")
            self._fail(_("The program failed on the log of Kepware. Look into the log of the enforcer for the reason."))
        finally:
            self._looks_since_s = None

    def _fail(self, why: str) -> None:
        """Nothing is known of any analyzer until a look succeeds."""
        now, now_s = self._clock.now(), self._clock.monotonic()
        with self._gate:
            for group_id, state in self._states.items():
                self._states[group_id] = replace(state, trouble=why)
                self._trouble_since.setdefault(group_id, now_s)
            self._links = {key: _failing(link, why, now) for key, link in self._links.items()}

    def look(self) -> None:
        """One look at every log group. Nothing is asked of any database while no analyzer is read from Kepware."""
        with self._gate:
            wanted, due = self._wanted, self._is_due()
        if not wanted:
            return
        try:
            if due:
                self._load(wanted)
        except DatabaseUnavailable as error:
            self._repeats.failure(str(self._site_id), error=str(error))
            return
        self._repeats.success(str(self._site_id))
        for each in self._groups.values():
            for found in each.look(self._log_database):
                self._deliver(each, found)
        self._tell_links(wanted)

    def _is_due(self) -> bool:
        """Whether the groups are to be looked at again."""
        return self._loaded_s is None or self._clock.monotonic() - self._loaded_s >= GROUPS_EVERY_S

    def _load(self, wanted: frozenset[int]) -> None:
        """The groups as they are configured now; one that did not change goes on undisturbed. What was used is removed
        up to where it is committed."""
        with self._gate:
            self._loaded_s = self._clock.monotonic()
        with self._database.reading() as conn:
            found = [group.only(wanted) for group in load_groups(conn, self._site_id)]
            states = load_states(conn, self._site_id)
        known = {**self._known, **{key: each for group in self._groups.values() for key, each in group.known().items()}}
        groups = {}
        for group in found:
            before, state = self._groups.get(group.group_id), states.get(group.group_id)
            if before is None or before.group != group:
                groups[group.group_id] = GroupFeed(group, state, known, self._history_s, self._clock)
                continue
            groups[group.group_id] = before
            if state is not None:
                before.purge(self._log_database, state.until_id - OVERLAP_IDS, self._clock.now())
        self._groups = groups
        with self._gate:
            self._states = {key: state for key, state in self._states.items() if key in groups}
            self._trouble_since = {key: since for key, since in self._trouble_since.items() if key in groups}

    def _deliver(self, group: GroupFeed, found: Slice) -> None:
        group_id = group.group.group_id
        if self._looks_since_s is not None:
            self._looks_since_s = self._clock.monotonic()
        with self._gate:
            for reading in found.readings:
                self._arrived.add(reading)
            self._late = [*self._late, *found.late][-LATE_KEPT:]
            self._states[group_id] = found.state
            if group.trouble is None:
                self._trouble_since.pop(group_id, None)
            else:
                self._trouble_since.setdefault(group_id, self._clock.monotonic())

    def _tell_links(self, wanted: frozenset[int]) -> None:
        now_s = self._clock.monotonic()
        links: dict[int, LinkState] = {}
        for each in self._groups.values():
            links |= {key: link for key, link in each.links(now_s).items() if key not in links or not each.lacks(key)}
        began_at, began_s = self._began
        for analyzer_id in wanted - links.keys():
            why = _("It is not read from Kepware: none of its tags is mapped.")
            contact = KeptContact(analyzer_id, GROUPS_EVERY_S, began_at, began_s, failures=1, error=why)
            links[analyzer_id] = contact.link(now_s)
        with self._gate:
            self._links = links

    # --- what a pass asks for -------------------------------------------------------------------------------------

    def take(self) -> list[Reading]:
        """The readings that arrived since the last call, and with them how far the log was read. Where the thread hangs
        it cannot say so itself."""
        since_s = self._looks_since_s
        if since_s is not None and self._clock.monotonic() - since_s > HANGS_AFTER_S:
            self._fail(_("The database with the log of Kepware does not answer. Look at its server."))
        with self._gate:
            self._taken = dict(self._states)
            self._taken_late, self._late = [*self._taken_late, *self._late][-LATE_KEPT:], []
            return self._arrived.take()

    @property
    def dropped(self) -> int:
        """Readings that nobody took."""
        return self._arrived.dropped

    def change(self, targets: Iterable[Target]) -> None:
        """Which analyzers are read from Kepware; their mappings are looked at again."""
        with self._gate:
            self._wanted = frozenset(target.analyzer_id for target in targets if target.feed is Feed.KEPWARE)
            self._loaded_s = None

    def links(self) -> dict[int, LinkState]:
        """Every analyzer that is read from Kepware, as a link."""
        with self._gate:
            return dict(self._links)

    def keep(self, conn: Connection, site: Site, now: datetime) -> list[NewAlert]:
        """In the transaction of the pass: how far the log was read with what `take` gave, what came too late for
        anything but history, and the alarm about a log that is late."""
        save_states(conn, site.site_id, self._taken)
        late = [(reading, Verdict.LATE) for reading in self._taken_late if reading.analyzer_id in site.analyzers]
        append_history(conn, late)
        return self._alarm(conn, site, now)

    def kept(self) -> None:
        """The transaction is committed."""
        self._taken_late = []

    def _alarm(self, conn: Connection, site: Site, now: datetime) -> list[NewAlert]:
        """One alarm stands while any log is late; it ends by itself."""
        now_s = self._clock.monotonic()
        with self._gate:
            lasting = sorted(key for key, since_s in self._trouble_since.items() if now_s - since_s >= ALARM_AFTER_S)
            troubled = bool(self._trouble_since)
        stands = (bool(lasting) or self._may_stand) and alarm_stands(conn, site.site_id, AlertKind.KEPWARE_LATE)
        self._may_stand = stands or bool(lasting)
        if stands and not troubled:
            end_alarm(conn, site.site_id, AlertKind.KEPWARE_LATE, now)
        if stands or not lasting:
            return []
        why = " ".join(state.trouble for key in lasting if (state := self._taken.get(key)) and state.trouble)
        if not why:
            return []
        cause = f"kepware:{lasting[0]}:{now.isoformat()}"
        details = {"why": why}
        return [NewAlert(site_id=site.site_id, kind=AlertKind.KEPWARE_LATE, cause=cause, details=details)]


def _failing(link: LinkState, why: str, now: datetime) -> LinkState:
    since_at = link.since_at if link.state is Contact.FAILING else now
    return link._replace(state=Contact.FAILING, since_at=since_at, failures=link.failures + 1, last_error=why)
