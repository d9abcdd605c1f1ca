"""The writing half of accept and charge: one transaction makes the books of a pass durable, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from enforcer.accept import Accepted, sample_of
from enforcer.charge import Bill
from enforcer.swap import bind_swapped
from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.language import _
from prepaid.lengths import shortened
from prepaid.metering import STORED_BITS, Verdict
from prepaid.records import SOURCES, BaseCause, Feed, Reading, WishState
from prepaid.site import Site
from sql.alerts import NewAlert, end_alerts
from sql.connection import Connection
from sql.events import Event
from sql.fingerprints import owner_of
from sql.hours import add_hours
from sql.ledger import ChargeDetail, charge_posting, post
from sql.metering import (
    begin_assignment,
    begin_hold,
    end_hold,
    keep_step_back,
    open_bases,
    save_marks,
)
from sql.open_wishes import end_wish
from sql.quarantine import Refused, keep_refused
from sql.readings import LiveRow, append_history, save_live
from sql.releases import RELEASED

ACTOR = "enforcer"
WHY_MOST = 200
"""So many characters the live row has for its reason."""
KEPT = frozenset({Verdict.QUARANTINED, Verdict.DOUBT, Verdict.WRONG_DEVICE})


def store(
    conn: Connection,
    site: Site,
    judged: Sequence[Accepted],
    bill: Bill,
    before: Mapping[int, Book],
    history: Sequence[Reading],
    now: datetime,
    *,
    perhaps_again: bool = False,
) -> tuple[dict[int, Book], list[NewAlert], list[Event]]:
    """Writes readings, books and charges of a pass; answers the new books with their rows, and what is to be told.
    `perhaps_again`: some of the readings may have been written before."""
    alerts: list[NewAlert] = []
    events: list[Event] = []
    books = dict(bill.books)
    _post_charges(conn, bill, now)
    owners = _keep_evidence(conn, site, judged, alerts, events, now)
    for each in judged:
        if each.judgement.verdict is Verdict.NEW_BASE:
            analyzer_id, reading = each.analyzer.analyzer_id, each.reading
            ending = each.judgement.closing or each.before.meter
            books[analyzer_id] = open_bases(conn, reading, _cause(each), reading.read_at, ending, books[analyzer_id])
            events.append(_event(site, each, "metering.new_base", _about_base(each)))
            if _cause(each) is BaseCause.SWAP:
                events.append(bind_swapped(conn, site, each, now))
            if each.before.meter.word is not None and _cause(each) is BaseCause.PERSON:
                end_wish(conn, each.before.meter.word.wish_id, WishState.DONE, RELEASED, now)
    for each in bill.handovers:
        pending = each.analyzer.pending
        assert pending is not None, "only pending assignments take over"
        if begin_assignment(conn, each.analyzer.analyzer_id, pending, each.reading.read_at, each.after.meter):
            events.append(_event(site, each, "assignment.begun", {"account_id": pending.account_id}))
    save_marks(conn, [book for analyzer_id, book in books.items() if _moved(before.get(analyzer_id), book)])
    save_live(conn, [_live_row(each, owners) for each in newest(judged)])
    verdicts = {id(each.reading): each.judgement.verdict.value for each in judged}
    # A log is read with an overlap after a restart: what was judged before and not accepted comes again.
    again = perhaps_again or any(each.analyzer.feed is Feed.KEPWARE for each in judged)
    append_history(conn, [(reading, verdicts[id(reading)]) for reading in history], perhaps_again=again)
    return books, alerts, events


def newest(judged: Sequence[Accepted]) -> list[Accepted]:
    """The last judged reading of each analyzer."""
    return list({each.analyzer.analyzer_id: each for each in judged}.values())


def _post_charges(conn: Connection, bill: Bill, now: datetime) -> None:
    postings = [
        charge_posting(
            line.account_id,
            ChargeDetail(
                analyzer_id=line.analyzer_id,
                base_id=line.base_id,
                source=line.source,
                part=line.part,
                plan_id=line.plan_id,
                price_per_kwh=line.price_per_kwh,
            ),
            ACTOR,
        )
        for line in bill.lines
    ]
    post(conn, postings, now)
    add_hours(conn, bill.hours)


def _keep_evidence(
    conn: Connection,
    site: Site,
    judged: Sequence[Accepted],
    alerts: list[NewAlert],
    events: list[Event],
    now: datetime,
) -> dict[tuple[int, str], str]:
    """Answers of every device that answered in place of another one whose it is."""
    refused = []
    strangers: dict[tuple[int, str], Accepted] = {}
    for each in judged:
        judgement, reading = each.judgement, each.reading
        if judgement.verdict in KEPT:
            sample = sample_of(each.analyzer, reading, each.before, 0.0)
            counters = (sample.grid_wh, sample.generator_wh)
            refused.append(Refused(reading=reading, verdict=judgement.verdict, why=judgement.why, counters=counters))
        if judgement.verdict is Verdict.STEP_BACK:
            _keep_step_back(conn, each)
            events.append(_event(site, each, "metering.step_back", {"forgone_wh": list(judgement.forgone_wh)}))
        if judgement.hold_began:
            protects = timedelta(hours=float(site.settings.hold_protects_h))
            meter = each.after.meter
            assert meter.hold is not None, "a hold that began has a cause"
            begin_hold(conn, each.analyzer.analyzer_id, meter.hold, judgement.why, now, protects, meter.held)
            alerts.append(_alert(site, each, AlertKind.HOLD, f"hold:{each.analyzer.analyzer_id}:{now.isoformat()}"))
            events.append(_event(site, each, "metering.hold_began", {"why": judgement.why}))
        if judgement.hold_ended:
            end_hold(conn, each.analyzer.analyzer_id, now, judgement.base_cause or judgement.verdict)
            end_alerts(conn, site.site_id, AlertKind.HOLD, each.analyzer.analyzer_id, now)
            events.append(_event(site, each, "metering.hold_ended", {"by": judgement.verdict}))
        if judgement.new_edges:
            events.append(_event(site, each, "analyzer.diagnostics", {"bits": hex(judgement.new_edges)}))
        if judgement.verdict is Verdict.WRONG_DEVICE:
            strangers[each.analyzer.analyzer_id, reading.serial_number] = each
    wrong = {key: _wrong_device(conn, site, each, now) for key, each in strangers.items()}
    alerts += wrong.values()
    keep_refused(conn, refused)
    return {key: str(alert.details["why"]) for key, alert in wrong.items()}


def _wrong_device(conn: Connection, site: Site, each: Accepted, now: datetime) -> NewAlert:
    """Says which analyzer owns the serial number that answers: after an outage addresses may be exchanged."""
    serial_number = each.reading.serial_number
    cause = f"wrong-device:{each.analyzer.analyzer_id}:{serial_number}:{now:%Y-%m-%d}"
    alert = _alert(site, each, AlertKind.WRONG_DEVICE, cause)
    owner = owner_of(conn, serial_number)
    if owner is None:
        why = _("serial number {number}, which no analyzer has").format(number=serial_number)
        return replace(alert, details={**alert.details, "why": why})
    name, where = owner
    why = _("serial number {number}, which belongs to {analyzer} of {site}")
    told = why.format(number=serial_number, analyzer=name, site=where)
    return replace(alert, details={**alert.details, "why": told, "owner": name, "owner_site": where})


def _keep_step_back(conn: Connection, each: Accepted) -> None:
    for source, forgone_wh in zip(SOURCES, each.judgement.forgone_wh, strict=True):
        ground = each.before.ground(source)
        if forgone_wh and ground is not None:
            from_wh = each.before.meter.counter(source).counter_wh
            keep_step_back(
                conn,
                each.analyzer.analyzer_id,
                ground.base_id,
                source,
                each.reading.read_at,
                from_wh,
                from_wh - forgone_wh,
            )


def _cause(each: Accepted) -> BaseCause:
    cause = each.judgement.base_cause
    assert cause is not None, "a new base has a cause"
    return cause


def _about_base(each: Accepted) -> dict[str, object]:
    word = each.before.meter.word
    by_word = {} if word is None or _cause(each) is not BaseCause.PERSON else {"wish_id": word.wish_id}
    return {"cause": _cause(each), "why": each.judgement.why, **by_word}


def _moved(before: Book | None, after: Book) -> bool:
    if after.grid is None:
        return False
    if before is None or before.grid is None:
        return True
    return (
        before.meter.accepted_at != after.meter.accepted_at
        or before.grid != after.grid
        or before.generator != after.generator
    )


def _live_row(each: Accepted, owners: Mapping[tuple[int, str], str]) -> LiveRow:
    meter, key = each.after.meter, (each.analyzer.analyzer_id, each.reading.serial_number)
    return LiveRow(
        reading=each.reading,
        verdict=each.judgement.verdict.value,
        why=shortened(owners.get(key, each.judgement.why), WHY_MOST),
        accepted_at=meter.accepted_at,
        recorded_bits=meter.diagnostics & STORED_BITS,
        open_bits=meter.edges,
        open_bits_at=meter.edges_at,
    )


def _alert(site: Site, each: Accepted, kind: AlertKind, cause: str) -> NewAlert:
    return NewAlert(
        site_id=site.site_id,
        kind=kind,
        cause=cause,
        account_id=each.analyzer.account_id,
        analyzer_id=each.analyzer.analyzer_id,
        details={
            "analyzer": each.analyzer.name,
            "why": each.judgement.why,
            "serial_number": each.reading.serial_number,
        },
    )


def _event(site: Site, each: Accepted, action: str, after: Mapping[str, object]) -> Event:
    return Event(
        action=action,
        actor=ACTOR,
        subject=f"analyzer:{each.analyzer.analyzer_id}",
        site_id=site.site_id,
        after=after,
    )


def drawn(books: Mapping[int, Book], confirmed: Sequence[int], at: datetime) -> dict[int, Book]:
    """The books of analyzers whose supply changed: the next accepted reading draws a charge at that instant."""
    return {
        analyzer_id: replace(books[analyzer_id], supply_changed_at=(*books[analyzer_id].supply_changed_at, at))
        for analyzer_id in confirmed
        if analyzer_id in books
    }
