"""Step 5a of a pass: from decisions and what the devices show, which frames to send, and what to record as seen.

Runs inside the transaction of the pass: a change is a row before its first frame leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from enforcer.decide import Decided
from enforcer.relay import evidence_of
from enforcer.settle import Outcome, confirm
from prepaid.alerts import AlertKind
from prepaid.records import Wiring
from prepaid.site import Site
from prepaid.supply import Answer, Reason
from prepaid.switching import (
    BYPASS_AFTER_S,
    BYPASS_REPEATS,
    CREDIT_REASONS,
    Act,
    Change,
    Look,
    Progress,
    Supply,
    SupplyState,
    act,
    carries_load,
    commanded,
    follows,
    shown,
)
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.events import Event
from sql.supply_changes import save_change, start_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One supply to be switched now. `serial_number` is the device that is meant."""

    decided: Decided
    change: Change
    serial_number: str
    time_trusted: bool


@dataclass(slots=True)
class Plan:
    """What the pass found out about supplies: new states, frames to send, and what to tell."""

    states: dict[int, SupplyState] = field(default_factory=dict)
    seen: dict[int, Supply] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one analyzer showed in this pass."""

    look: Look
    serial_number: str
    restarted: bool


def plan_supply(
    conn: Connection,
    site: Site,
    supply: Mapping[int, SupplyState],
    decided: Mapping[int, Decided],
    seen: Mapping[int, Seen],
    busy: frozenset[int],
    now: datetime,
    *,
    time_trusted: bool,
) -> Plan:
    """Plans for the analyzers that were read in this pass; those with frames under way (`busy`) are left alone."""
    plan = Plan()
    for analyzer_id, showed in seen.items():
        if analyzer_id not in decided:
            continue
        each = decided[analyzer_id]
        before = supply.get(analyzer_id, SupplyState())
        if each.analyzer.contact.wiring is Wiring.NONE:
            continue
        state = replace(before, restarted=True) if showed.restarted else before
        shows = shown(each.analyzer.contact, showed.look)
        plan.seen[analyzer_id] = shows
        if analyzer_id not in busy:
            state = _settle_open_change(conn, site, plan, each, state, showed, now)
            state = _act(conn, site, plan, each, state, shows, showed, now, time_trusted)
        if state != before:
            plan.states[analyzer_id] = state
    return plan


def _settle_open_change(
    conn: Connection,
    site: Site,
    plan: Plan,
    each: Decided,
    state: SupplyState,
    showed: Seen,
    now: datetime,
) -> SupplyState:
    """An open change that the device shows as done is confirmed; one that is no longer wanted is superseded.

    Where the output has obeyed a cut and the breaker behind it has not opened yet, the breaker will: then the change
    stays open if nothing else is wanted, and if the supply is wanted on it counts as cut by this product.
    """
    change = state.change
    if change is None:
        return state
    if follows(each.analyzer.contact, showed.look, change.supply):
        before = change.before or showed.look
        evidence = evidence_of(each.analyzer.contact, change.supply, before, showed.look)
        return confirm(conn, site, each.analyzer, state, change, evidence, showed.look, now, plan.outcome)
    if each.decision.answer is change.wanted:
        return state
    opens = _was_tried(change) and commanded(each.analyzer.contact, showed.look) is change.supply is Supply.CUT
    if opens and each.decision.answer is Answer.KEEP:
        return state
    save_change(conn, replace(change, progress=Progress.SUPERSEDED), at=now, ended=True)
    ended = replace(state, change=None)
    return replace(ended, supply=Supply.CUT, reason=change.reason) if opens else ended


def _was_tried(change: Change) -> bool:
    """Whether a frame of the change may have reached the device."""
    return change.progress is not Progress.WANTED or change.tries > 0


def _act(
    conn: Connection,
    site: Site,
    plan: Plan,
    each: Decided,
    state: SupplyState,
    shows: Supply,
    showed: Seen,
    now: datetime,
    time_trusted: bool,
) -> SupplyState:
    output = commanded(each.analyzer.contact, showed.look)
    doing = act(each.decision, state.supply, shows, state.restarted, ours=state.reason is not None, output=output)
    if doing in (Act.WRITE_CUT, Act.WRITE_ON):
        return _write(conn, site, plan, each, state, showed, now, time_trusted)
    if doing in (Act.ADOPT, Act.DRIFT_TO_ON):
        return _adopt(site, plan, each, state, shows, drifted=doing is Act.DRIFT_TO_ON)
    if doing is Act.DRIFT_TO_CUT:
        return _drifted(site, plan, each, state, now)
    state = replace(state, drifted=False, restarted=False) if shows is state.supply else state
    if state.supply is Supply.CUT:
        return _watch_cut(conn, site, plan, each, state, showed, now, time_trusted)
    return state


def _write(
    conn: Connection,
    site: Site,
    plan: Plan,
    each: Decided,
    state: SupplyState,
    showed: Seen,
    now: datetime,
    time_trusted: bool,
) -> SupplyState:
    change = state.change
    if change is not None and change.wanted is each.decision.answer:
        if change.try_at is not None and change.try_at > now:
            return state
    else:
        if state.supply is Supply.CUT and each.decision.answer is Answer.CUT:
            _report_drift_to_on(site, plan, each, now)
        change = start_change(
            conn,
            site_id=site.site_id,
            analyzer_id=each.analyzer.analyzer_id,
            account_id=each.analyzer.account_id,
            serial_number=showed.serial_number,
            decision=each.decision,
            live=each.live,
            entry_no=each.entry_no,
            wish_id=_wish_id(each, state),
            lock_id=each.lock_id,
            before=showed.look,
            at=now,
        )
    plan.jobs.append(Job(decided=each, change=change, serial_number=showed.serial_number, time_trusted=time_trusted))
    return replace(state, change=change)


def _wish_id(each: Decided, state: SupplyState) -> int | None:
    """The wish that a change follows; of a test that is over, the one that it was lent to."""
    if each.decision.reason is Reason.COMMISSIONING and state.lent is not None:
        return state.lent.wish_id
    return None if each.wish is None else each.wish.wish_id


def _adopt(site: Site, plan: Plan, each: Decided, state: SupplyState, shows: Supply, *, drifted: bool) -> SupplyState:
    """The device shows a supply that this product did not bring about: it is taken as it is, and reported."""
    plan.outcome.events.append(
        Event(
            action="supply.drifted" if drifted else "supply.adopted",
            actor="enforcer",
            subject=f"analyzer:{each.analyzer.analyzer_id}",
            site_id=site.site_id,
            before={"supply": state.supply},
            after={"supply": shows, "answer": each.decision.answer, "reason": each.decision.reason},
        )
    )
    plan.outcome.since.append(each.analyzer.analyzer_id)
    # A cut that this product neither made nor wants has no reason of its own, and is never undone by itself.
    reason = each.decision.reason if shows is Supply.CUT and each.decision.answer is Answer.CUT else None
    return replace(state, supply=shows, reason=reason, drifted=False, restarted=False, load_since=None, repeats=0)


def _drifted(site: Site, plan: Plan, each: Decided, state: SupplyState, now: datetime) -> SupplyState:
    """A supply found off that nobody here had cut: never switched on by itself; a person decides."""
    if state.drifted:
        return state
    _alert(site, plan, each, AlertKind.DRIFT, f"drift:{each.analyzer.analyzer_id}:{now.isoformat()}", "found_off")
    return replace(state, drifted=True)


def _report_drift_to_on(site: Site, plan: Plan, each: Decided, now: datetime) -> None:
    cause = f"drift:{each.analyzer.analyzer_id}:{now.isoformat()}"
    _alert(site, plan, each, AlertKind.DRIFT, cause, "found_on")


def _watch_cut(
    conn: Connection,
    site: Site,
    plan: Plan,
    each: Decided,
    state: SupplyState,
    showed: Seen,
    now: datetime,
    time_trusted: bool,
) -> SupplyState:
    """A confirmed cut: its reason may become credit, and load that still flows is followed up."""
    if each.decision.reason in CREDIT_REASONS and state.reason not in CREDIT_REASONS:
        state = replace(state, reason=each.decision.reason)
    if not carries_load(each.analyzer.contact, showed.look):
        return replace(state, load_since=None, repeats=0)
    if state.load_since is None:
        return replace(state, load_since=now)
    if now - state.load_since <= timedelta(seconds=BYPASS_AFTER_S) or each.decision.answer is not Answer.CUT:
        return state
    if state.repeats < BYPASS_REPEATS:
        state = replace(state, repeats=state.repeats + 1, load_since=now)
        return _write(conn, site, plan, each, state, showed, now, time_trusted)
    change_id = 0 if state.change is None else state.change.change_id
    _alert(site, plan, each, AlertKind.BYPASS, f"bypass:{each.analyzer.analyzer_id}:{change_id}", "load_while_cut")
    return state


def _alert(site: Site, plan: Plan, each: Decided, kind: AlertKind, cause: str, what: str) -> None:
    plan.outcome.alerts.append(
        NewAlert(
            site_id=site.site_id,
            kind=kind,
            cause=cause,
            account_id=each.analyzer.account_id,
            analyzer_id=each.analyzer.analyzer_id,
            details={"analyzer": each.analyzer.name, "what": what, "reason": each.decision.reason},
        )
    )
