"""The steps of a test on the spot, one pass each: taken, looked at, cut, restored, kept as a record.

Every function works inside the transaction of a pass and leaves what it did in `Stepped`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from documents.logs import get
from enforcer.commissioning.around import Around, Stepped
from enforcer.commissioning.run import Run, fingerprint_of, record_of
from enforcer.settle import NOT_FOLLOWED
from prepaid.commissioning import (
    LOOKED_WITHIN_S,
    OFF_AT_MOST_S,
    RESTORED_WITHIN_S,
    Finding,
    Found,
    Outcome,
    Phase,
    Weight,
    prevents,
    remark,
)
from prepaid.language import _
from prepaid.records import Wiring, WishState
from prepaid.supply import Answer
from prepaid.switching import Lent, Supply, SupplyState, carries_load, shown
from prepaid.trial import load_while_off
from sql.commissioning import keep_record, trial_changes
from sql.commissioning_wishes import DeviceTest, note_phase
from sql.connection import Connection
from sql.events import Event
from sql.fingerprints import save_fingerprints
from sql.open_wishes import end_wish
from sql.swaps import other_owner

log = get("enforcer.commissioning")


def begin(conn: Connection, around: Around, stepped: Stepped, wish: DeviceTest) -> None:
    """Takes a wish when its device has answered in this pass. One that a run of before had taken was broken off."""
    analyzer = around.site.analyzers.get(wish.analyzer_id)
    if analyzer is None:
        end_wish(conn, wish.wish_id, WishState.REFUSED, _("it is not in use"), around.now)
        return
    run = Run(wish=wish, analyzer=analyzer, began_at=around.now, phase=Phase.LOOKING, phase_s=around.now_s)
    state = around.supply.get(wish.analyzer_id, SupplyState())
    if wish.state is WishState.TAKEN:
        why = _("the enforcer was stopped.")
        run = replace(run, broken=True, noted=(remark(Found.BROKEN_OFF, why=why),))
        if state.lent is not None and state.lent.wish_id == wish.wish_id:
            stepped.states[wish.analyzer_id] = replace(state, lent=_over(state.lent, around.now))
            move(conn, around, stepped, run, Phase.RESTORING)
            return
        if wish.swap is None:
            end(conn, stepped, run, WishState.REFUSED, _("broken off: the enforcer was stopped"), around.now)
            return
        run = replace(run, broken=False, noted=(), wish=replace(wish, switch=False))
    if wish.analyzer_id not in around.read:
        return
    if wish.swap is not None and around.serials.get(wish.analyzer_id) != wish.swap.serial_number:
        return
    log.info("commissioning.begun", analyzer=analyzer.name, wish=wish.kind, switch=wish.switch)
    move(conn, around, stepped, run, Phase.LOOKING)


def count_anew(conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
    """A new device waits until its base is open; then its supply may be tried."""
    swap = run.wish.swap
    assert swap is not None, "only a swap counts anew"
    taken = other_owner(conn, run.wish.analyzer_id, swap.serial_number)
    if around.bound.get(run.wish.analyzer_id) == swap.serial_number:
        stepped.changed = True
        analyzer = around.site.analyzers.get(run.wish.analyzer_id, run.analyzer)
        try_supply(conn, around, stepped, replace(run, analyzer=analyzer))
    elif taken is not None or around.now_s - run.phase_s > LOOKED_WITHIN_S:
        why = _("its readings do not agree") if taken is None else _("it belongs to {analyzer}").format(analyzer=taken)
        end(conn, stepped, run, WishState.REFUSED, why, around.now)


def try_supply(conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
    """Begins the supervised cut where it was asked for and nothing is in its way; else the test is over."""
    analyzer_id = run.wish.analyzer_id
    state = around.supply.get(analyzer_id, SupplyState())
    prevented = any(finding.weight is Weight.PREVENTS for finding in run.found)
    if not run.wish.switch or prevented or run.analyzer.contact.wiring is Wiring.NONE:
        _finish(conn, around, stepped, run)
        return
    note = _in_the_way(around, run, state)
    if note is not None:
        _finish(conn, around, stepped, replace(run, noted=(*run.noted, note)))
    elif state.supply is Supply.ON:
        _lend(conn, around, stepped, run, state)
    elif state.supply is Supply.CUT:
        lent = Lent(wish_id=run.wish.wish_id, cut_until=around.now)
        stepped.states[analyzer_id] = replace(state, lent=lent)
        move(conn, around, stepped, run, Phase.SWITCHING_ON)


def _in_the_way(around: Around, run: Run, state: SupplyState) -> Finding | None:
    if run.wish.analyzer_id in around.locked:
        return remark(Found.LOCKED)
    contact, seen = run.analyzer.contact, around.seen.get(run.wish.analyzer_id)
    if state.supply is Supply.CUT and seen is not None and carries_load(contact, seen.look):
        return load_while_off(contact, seen.look)
    moving = state.change is not None or run.wish.analyzer_id in around.busy or state.supply is Supply.UNKNOWN
    if moving or _is_kept_cut(around, run, state):
        return remark(Found.CUT_BY_POLICY)
    return remark(Found.SUPPLY_OFF) if state.supply is Supply.CUT and not run.wish.switch_on else None


def _is_kept_cut(around: Around, run: Run, state: SupplyState) -> bool:
    """Whether the rules have cut it and switch it on again themselves, or want it cut now. Of a device that did not
    pass they do neither: with credit again only the test brings the supply back."""
    if state.supply is not Supply.CUT or state.reason is None:
        return False
    passed = around.serials.get(run.wish.analyzer_id) in run.analyzer.passed_serials
    return passed or run.wish.analyzer_id in around.kept_cut


def _lend(conn: Connection, around: Around, stepped: Stepped, run: Run, state: SupplyState) -> None:
    """From here on the supply is cut by the decision of each pass, until the time of the test is over."""
    lent = Lent(wish_id=run.wish.wish_id, cut_until=around.now + timedelta(seconds=OFF_AT_MOST_S))
    stepped.states[run.wish.analyzer_id] = replace(state, lent=lent)
    move(conn, around, stepped, replace(run, trial=replace(run.trial, begun=True)), Phase.CUTTING)


def switch_on(conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
    state = around.supply[run.wish.analyzer_id]
    if state.supply is Supply.ON and state.change is None and run.wish.analyzer_id not in around.busy:
        _lend(conn, around, stepped, run, state)
    elif around.now_s - run.phase_s > RESTORED_WITHIN_S:
        _finish(conn, around, stepped, replace(run, noted=(*run.noted, prevents(Found.NOT_RESTORED))))


def want_back(conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
    state = around.supply[run.wish.analyzer_id]
    if state.lent is not None:
        stepped.states[run.wish.analyzer_id] = replace(state, lent=_over(state.lent, around.now))
    move(conn, around, stepped, run, Phase.RESTORING)


def restore(conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
    """The test is over when the device shows its supply on, or too late for it; the supply is tried on then."""
    analyzer_id = run.wish.analyzer_id
    run = remembered(conn, around, run)
    state = around.supply[analyzer_id]
    seen = around.seen.get(analyzer_id)
    shows_on = seen is not None and shown(run.analyzer.contact, seen.look) is Supply.ON
    settled = state.supply is Supply.ON and state.change is None and analyzer_id not in around.busy
    if shows_on and settled:
        _finish(conn, around, stepped, replace(run, trial=replace(run.trial, restored=True)))
    elif around.now_s - run.phase_s > RESTORED_WITHIN_S:
        _finish(conn, around, stepped, run)
    else:
        stepped.runs[analyzer_id] = run


def end_if_locked(conn: Connection, around: Around, stepped: Stepped, run: Run) -> bool:
    """A safety lock ends the test at once. The supply stays lent, so that it comes on when the lock is gone."""
    if run.wish.analyzer_id not in around.locked:
        return False
    state = around.supply[run.wish.analyzer_id]
    if state.lent is not None:
        stepped.states[run.wish.analyzer_id] = replace(state, lent=_over(state.lent, around.now))
    noted = (*run.noted, remark(Found.LOCKED))
    _finish(conn, around, stepped, replace(remembered(conn, around, run), noted=noted, broken=True))
    return True


def remembered(conn: Connection, around: Around, run: Run) -> Run:
    """The run with what the rows of its changes of supply say, and whether its device restarted meanwhile."""
    changes = trial_changes(conn, run.wish.wish_id)
    cut, back, seen = changes.get(Answer.CUT), changes.get(Answer.ON), around.seen.get(run.wish.analyzer_id)
    trial = replace(run.trial, died=run.trial.died or (seen is not None and seen.restarted))
    if cut is not None:
        confirmed = cut.confirmed_at is not None
        refused = "" if confirmed or cut.error in (None, NOT_FOLLOWED) else cut.error or ""
        trial = replace(
            trial,
            begun=True,
            confirmed=confirmed,
            evidence=cut.evidence,
            refused=refused,
            confirmed_at=cut.confirmed_at,
            proven_at=cut.proven_at,
            restored_at=None if back is None else back.confirmed_at,
        )
    return replace(run, trial=trial)


def move(conn: Connection, around: Around, stepped: Stepped, run: Run, phase: Phase) -> None:
    note_phase(conn, run.wish, phase, around.now)
    stepped.runs[run.wish.analyzer_id] = replace(run, phase=phase, phase_s=around.now_s)


def _finish(conn: Connection, around: Around, stepped: Stepped, run: Run) -> None:
    """Keeps the record and ends the wish; a device that passed is known by its fingerprint from now on."""
    analyzer_id = run.wish.analyzer_id
    serial_number = around.serials.get(analyzer_id) if run.examined is None else run.examined.serial_number
    assert serial_number is not None, "who is tested has told its serial number"
    record = record_of(run, serial_number, around.now)
    stepped.events.append(keep_record(conn, record, around.site.site_id))
    stepped.changed = True
    fingerprint = None if run.examined is None else fingerprint_of(run.examined)
    if record.outcome is Outcome.PASSED and fingerprint is not None:
        save_fingerprints(conn, {analyzer_id: fingerprint}, around.now)
        stepped.fingerprints[analyzer_id] = fingerprint
    end(conn, stepped, run, WishState.DONE, record.outcome, around.now)


def end(conn: Connection, stepped: Stepped, run: Run, state: WishState, result: str, now: datetime) -> None:
    end_wish(conn, run.wish.wish_id, state, result, now)
    stepped.runs.pop(run.wish.analyzer_id, None)
    log.info("commissioning.ended", analyzer=run.analyzer.name, wish=run.wish.kind, result=result)
    if state is WishState.REFUSED:
        facts = {"wish_id": run.wish.wish_id, "kind": run.wish.kind, "why": result}
        subject = f"analyzer:{run.wish.analyzer_id}"
        stepped.events.append(
            Event(action="commissioning.refused", actor="enforcer", subject=subject, site_id=None, after=facts)
        )


def give_back(around: Around, stepped: Stepped) -> None:
    """A supply that no test has any more belongs to the rules again, as soon as it is on."""
    for analyzer_id, before in around.supply.items():
        state = stepped.states.get(analyzer_id, before)
        run = stepped.runs.get(analyzer_id)
        if state.lent is None or (run is not None and run.tries_cut):
            continue
        on = state.supply is Supply.ON and state.change is None and analyzer_id not in around.busy
        seen, analyzer = around.seen.get(analyzer_id), around.site.analyzers.get(analyzer_id)
        shows_on = seen is not None and analyzer is not None and shown(analyzer.contact, seen.look) is Supply.ON
        lent = None if on and shows_on else _over(state.lent, around.now)
        if lent != state.lent:
            stepped.states[analyzer_id] = replace(state, lent=lent)


def _over(lent: Lent, now: datetime) -> Lent:
    return replace(lent, cut_until=min(lent.cut_until, now))
