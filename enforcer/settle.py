"""What becomes of a supply change: confirmed and proven by the device's answer only, or tried again."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from documents.logs import get
from enforcer.relay import Switched
from prepaid.alerts import AlertKind
from prepaid.records import WishState
from prepaid.site import Analyzer, Site
from prepaid.supply import Answer, Reason
from prepaid.switching import (
    ALARM_AFTER_TRIES,
    PROOF,
    Change,
    Evidence,
    Look,
    Progress,
    Supply,
    SupplyState,
    retry_after_s,
)
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.events import Event
from sql.open_wishes import end_wish, open_restore_wish
from sql.supply_changes import save_change

NOT_FOLLOWED = "the write was answered, but the output did not follow"

log = get("enforcer.supply")


@dataclass(slots=True)
class Outcome:
    """What is to be told and noted once the rows are written. `confirmed` are supply changes to draw a charge at."""

    alerts: list[NewAlert] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)


def settle_answer(
    conn: Connection,
    site: Site,
    analyzer: Analyzer,
    state: SupplyState,
    change_id: int,
    switched: Switched | None,
    error: str | None,
    at: datetime,
    outcome: Outcome,
) -> SupplyState:
    """What the device answered to the frames of a change, or why it could not be asked (`error`).

    Nothing written: the change stays as it is, and the next pass decides again.
    """
    change = state.change
    if change is None or change.change_id != change_id:
        return state
    if switched is None:
        assert error is not None, "a job without an answer has an error"
        log.warning("supply.failed", analyzer=analyzer.name, wanted=change.wanted, error=error)
        return failed(conn, site, analyzer, state, error, at, outcome)
    if not switched.written:
        log.info("supply.not_sent", analyzer=analyzer.name, wanted=change.wanted)
        return state
    change = replace(change, before=switched.before)
    if switched.confirmed:
        log.info("supply.switched", analyzer=analyzer.name, wanted=change.wanted, evidence=switched.evidence)
        return confirm(conn, site, analyzer, state, change, switched.evidence, switched.after, at, outcome)
    if change.progress is Progress.WANTED:
        change = replace(change, progress=Progress.WRITTEN)
    why = switched.why or NOT_FOLLOWED
    log.warning("supply.failed", analyzer=analyzer.name, wanted=change.wanted, error=why)
    return failed(conn, site, analyzer, replace(state, change=change), why, at, outcome)


def confirm(
    conn: Connection,
    site: Site,
    analyzer: Analyzer,
    state: SupplyState,
    change: Change,
    evidence: Evidence,
    look: Look,
    at: datetime,
    outcome: Outcome,
) -> SupplyState:
    """The device shows the wanted supply. A cut stays open until its load is gone or there was none to see."""
    first = change.progress in (Progress.WANTED, Progress.WRITTEN)
    proven = evidence in PROOF
    ended = change.wanted is Answer.ON or evidence is not Evidence.NONE
    done = replace(change, progress=Progress.PROVEN if proven else Progress.CONFIRMED)
    save_change(conn, done, at=at, evidence=evidence, ended=ended, after=look)
    if first or proven:
        outcome.events.append(_event(site, analyzer, done, evidence))
    if first:
        outcome.since.append(analyzer.analyzer_id)
        outcome.confirmed.append(analyzer.analyzer_id)
        outcome.alerts.append(_alert(site, analyzer, done, evidence))
        if change.reason is Reason.WISH_RESTORE:
            _end_restore_wish(conn, analyzer, at)
    return replace(
        state,
        supply=change.supply,
        reason=change.reason if change.supply is Supply.CUT else None,
        change=None if ended else done,
        restarted=False,
        drifted=False,
        load_since=None if ended or state.load_since is None else state.load_since,
        repeats=0 if ended else state.repeats,
    )


def failed(
    conn: Connection, site: Site, analyzer: Analyzer, state: SupplyState, why: str, at: datetime, outcome: Outcome
) -> SupplyState:
    """A try without success: again after a growing while, for ever; an alarm after the third."""
    change = state.change
    if change is None:
        return state
    tries = change.tries + 1
    alarmed = tries >= ALARM_AFTER_TRIES
    later = replace(
        change, tries=tries, try_at=at + timedelta(seconds=retry_after_s(tries)), alarmed=change.alarmed or alarmed
    )
    save_change(conn, later, at=at, error=why)
    if alarmed and not change.alarmed:
        cut = change.wanted is Answer.CUT
        outcome.alerts.append(
            NewAlert(
                site_id=site.site_id,
                kind=AlertKind.CUT_WITHOUT_EFFECT if cut else AlertKind.RESTORE_FAILED,
                cause=f"no-effect:{change.change_id}",
                account_id=analyzer.account_id,
                analyzer_id=analyzer.analyzer_id,
                details={"analyzer": analyzer.name, "why": why, "tries": tries, "reason": change.reason},
            )
        )
    return replace(state, change=later)


def _event(site: Site, analyzer: Analyzer, change: Change, evidence: Evidence) -> Event:
    return Event(
        action=f"supply.{change.wanted}.{change.progress}",
        actor="enforcer",
        subject=f"analyzer:{analyzer.analyzer_id}",
        site_id=site.site_id,
        after={"change_id": change.change_id, "reason": change.reason, "evidence": evidence},
    )


def _alert(site: Site, analyzer: Analyzer, change: Change, evidence: Evidence) -> NewAlert:
    return NewAlert(
        site_id=site.site_id,
        kind=AlertKind.CUT if change.wanted is Answer.CUT else AlertKind.RESTORED,
        cause=f"supply:{change.change_id}",
        account_id=analyzer.account_id,
        analyzer_id=analyzer.analyzer_id,
        details={"analyzer": analyzer.name, "reason": change.reason, "evidence": evidence},
    )


def _end_restore_wish(conn: Connection, analyzer: Analyzer, at: datetime) -> None:
    wish_id = open_restore_wish(conn, analyzer.analyzer_id)
    if wish_id is not None:
        end_wish(conn, wish_id, WishState.DONE, "restored", at)
