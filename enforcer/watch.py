"""What staff must know about devices, beside their counters: wrong source, traces of a hand, restarts, refused bits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from enforcer.accept import Accepted
from enforcer.watch_source import agree, watch_source
from enforcer.watch_unusable import Unusable, find_unusable
from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.language import _
from prepaid.metering import PARAMETERS_CHANGED, UNBELIEVED, Verdict
from prepaid.records import Purpose, Source
from prepaid.restarts import ALONE_A_DAY
from prepaid.site import Analyzer, Site
from prepaid.sources import Counting, Disagreement
from prepaid.tamper import Fingerprint, Tampering, compare
from sql.alerts import NewAlert, end_alerts, standing
from sql.connection import Connection
from sql.events import Event
from sql.fingerprints import falls_alone, load_fingerprints, save_fingerprints

IGNORED = UNBELIEVED | {Verdict.WRONG_DEVICE, Verdict.LATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is remembered between passes. `told`, `refusing` and `told_unusable` are analyzers with a standing alert
    about their source, bits or values; `pending` are fingerprints that differ and wait for a second reading that says
    the same."""

    source: Source = Source.GRID
    counting: Mapping[int, Counting] = field(default_factory=dict)
    disagreements: Mapping[int, Disagreement] = field(default_factory=dict)
    told: frozenset[int] = frozenset()
    refusing: frozenset[int] = frozenset()
    unusable: Mapping[int, Unusable] = field(default_factory=dict)
    told_unusable: frozenset[int] = frozenset()
    fingerprints: Mapping[int, Fingerprint] = field(default_factory=dict)
    pending: Mapping[int, tuple[Fingerprint, bool]] = field(default_factory=dict)


@dataclass(slots=True)
class Told:
    """What a pass found to tell."""

    alerts: list[NewAlert] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def load_watched(conn: Connection, site_id: int) -> Watched:
    """What a run before this one left behind."""
    return Watched(
        told=frozenset(standing(conn, site_id, AlertKind.WRONG_SOURCE)),
        refusing=frozenset(standing(conn, site_id, AlertKind.BITS_REFUSED)),
        told_unusable=frozenset(standing(conn, site_id, AlertKind.VALUES_UNUSABLE)),
        fingerprints=load_fingerprints(conn, site_id),
    )


def watch(
    conn: Connection,
    site: Site,
    before: Watched,
    judged: Sequence[Accepted],
    books: Mapping[int, Book],
    acknowledged: Mapping[int, bool],
    now: datetime,
) -> tuple[Watched, Told]:
    """Looks at the readings of a pass that are believed, inside its transaction, after the books are written.

    `acknowledged`: what devices answered to the acknowledging of their bits.
    """
    told = Told()
    believed = [each for each in judged if each.judgement.verdict not in IGNORED]
    after = _watch_hands(conn, site, before, believed, told, now)
    after = _watch_bits(conn, site, after, acknowledged, told, now)
    after = _watch_values(conn, site, after, judged, told, now)
    _watch_restarts(conn, site, judged, told, now)
    stale_after = timedelta(seconds=float(site.settings.stale_after_s))
    counting = _counting(site, before.counting, believed, now - stale_after)
    source, disagreements = watch_source(site, before.source, before.disagreements, counting, books, now)
    alerts, ended = agree(site, source, before.disagreements, disagreements, before.told, counting, books, now)
    for analyzer_id in ended:
        end_alerts(conn, site.site_id, AlertKind.WRONG_SOURCE, analyzer_id, now)
    told.alerts += alerts
    told.events += [_agreed(site, analyzer_id, wh) for analyzer_id, wh in ended.items()]
    raised = {alert.analyzer_id for alert in alerts if alert.analyzer_id is not None}
    return (
        replace(
            after,
            source=source,
            counting=counting,
            disagreements=disagreements,
            told=(before.told | raised) - set(ended),
        ),
        told,
    )


def known_anew(before: Watched, found: Mapping[int, Fingerprint]) -> Watched:
    """Devices that passed their commissioning are known as they were then."""
    if not found:
        return before
    pending = {key: each for key, each in before.pending.items() if key not in found}
    return replace(before, fingerprints={**before.fingerprints, **found}, pending=pending)


def _counting(
    site: Site, before: Mapping[int, Counting], believed: Sequence[Accepted], since_at: datetime
) -> dict[int, Counting]:
    """For which source each analyzer counts, as long as it was read lately."""
    found = {key: each for key, each in before.items() if each.at >= since_at and key in site.analyzers}
    for each in believed:
        generator = each.reading.status.active_tariff == each.analyzer.generator_tariff - 1
        incomer = each.analyzer.purpose in (Purpose.GRID_INCOMER, Purpose.GENERATOR_INCOMER)
        source = Source.GENERATOR if generator else Source.GRID
        found[each.analyzer.analyzer_id] = Counting(source, each.reading.read_at, incomer)
    return found


def _watch_hands(
    conn: Connection, site: Site, before: Watched, believed: Sequence[Accepted], told: Told, now: datetime
) -> Watched:
    """Counters of changes, settings and export of commissioned devices; a difference must be seen twice."""
    fingerprints, pending = dict(before.fingerprints), dict(before.pending)
    changed: dict[int, Fingerprint] = {}
    for each in believed:
        analyzer_id, serial_number = each.analyzer.analyzer_id, each.reading.serial_number
        if serial_number not in each.analyzer.passed_serials:
            continue
        known = fingerprints.get(analyzer_id)
        seen = fingerprint_of(each)
        if known is None or known.serial_number != serial_number:
            fingerprints[analyzer_id] = changed[analyzer_id] = seen
            pending.pop(analyzer_id, None)
            continue
        first, bit_before = pending.pop(analyzer_id, (None, False))
        bit = bit_before or bool(each.judgement.new_edges & PARAMETERS_CHANGED)
        if first is None and (bit or _differs(known, seen)):
            pending[analyzer_id] = (seen, bit)
            continue
        if first is None:
            continue
        if not _same_way(known, first, seen):
            pending[analyzer_id] = (seen, bit)
            continue
        seen = replace(seen, settings=seen.settings or first.settings)
        kept, found = compare(known, seen, each.analyzer.purpose, now, parameters_changed=bit)
        told.alerts += [tamper_alert(site, each.analyzer, one, now) for one in found]
        if kept != known:
            fingerprints[analyzer_id] = changed[analyzer_id] = kept
    save_fingerprints(conn, changed, now)
    return replace(before, fingerprints=fingerprints, pending=pending)


def fingerprint_of(each: Accepted) -> Fingerprint:
    """The device as this reading shows it. Settings without a current transformer are no settings."""
    reading = each.reading
    exports = (reading.energies.export_tariff_1_wh, reading.energies.export_tariff_2_wh)
    settings = reading.settings if reading.settings and reading.settings.get("current_primary_a") else None
    return Fingerprint(
        serial_number=reading.serial_number,
        parameter_changes=reading.status.parameter_changes,
        setting_changes=reading.status.setting_changes,
        export_wh=None if None in exports else sum(wh or 0 for wh in exports),
        settings=settings,
    )


def _differs(known: Fingerprint, seen: Fingerprint) -> bool:
    counters = (seen.parameter_changes, seen.setting_changes) != (known.parameter_changes, known.setting_changes)
    settings = seen.settings is not None and seen.settings != known.settings
    return counters or settings or _way(known, seen) != 0


def _same_way(known: Fingerprint, first: Fingerprint, seen: Fingerprint) -> bool:
    """Whether two readings tell the same difference; export may have grown between them."""
    counters = (first.parameter_changes, first.setting_changes) == (seen.parameter_changes, seen.setting_changes)
    return counters and _way(known, first) == _way(known, seen)


def _way(known: Fingerprint, seen: Fingerprint) -> int:
    if seen.export_wh is None or known.export_wh is None:
        return 0 if seen.export_wh is known.export_wh is None else int(known.export_wh is None)
    return (seen.export_wh > known.export_wh) - (seen.export_wh < known.export_wh)


def tamper_alert(site: Site, analyzer: Analyzer, found: Tampering, now: datetime) -> NewAlert:
    """One alert a change, with the values before and after."""
    pairs = [f"{name}: {found.before[name]} -> {after}" for name, after in found.after.items()]
    why = "; ".join(pairs) or _("the device reports that parameters were changed")
    cause = f"tamper:{analyzer.analyzer_id}:{found.trace}:{now.isoformat()}"
    details = {"before": dict(found.before), "after": dict(found.after), "trace": found.trace.value}
    return new_alert(site, analyzer, AlertKind.TAMPER, cause, why, **details)


def _watch_bits(
    conn: Connection, site: Site, before: Watched, acknowledged: Mapping[int, bool], told: Told, now: datetime
) -> Watched:
    """A device that refuses the acknowledging write is told once; edges tell its restarts as long as bits change."""
    refusing = set(before.refusing)
    for analyzer_id, taken in acknowledged.items():
        analyzer = site.analyzers.get(analyzer_id)
        if taken and analyzer_id in refusing:
            end_alerts(conn, site.site_id, AlertKind.BITS_REFUSED, analyzer_id, now)
            refusing.discard(analyzer_id)
        elif not taken and analyzer_id not in refusing and analyzer is not None:
            why = _("the write to 60007 was refused")
            cause = f"bits:{analyzer_id}:{now.isoformat()}"
            told.alerts.append(new_alert(site, analyzer, AlertKind.BITS_REFUSED, cause, why))
            refusing.add(analyzer_id)
    return replace(before, refusing=frozenset(refusing))


def _watch_values(
    conn: Connection, site: Site, before: Watched, judged: Sequence[Accepted], told: Told, now: datetime
) -> Watched:
    """One alert while an analyzer answers nothing that can be used; it ends with the first reading that is."""
    stale_after = timedelta(seconds=float(site.settings.stale_after_s))
    unusable, used = find_unusable(before.unusable, judged, stale_after)
    standing_now = set(before.told_unusable)
    for analyzer_id in standing_now & used:
        end_alerts(conn, site.site_id, AlertKind.VALUES_UNUSABLE, analyzer_id, now)
    standing_now -= used
    for analyzer_id, found in unusable.items():
        analyzer = site.analyzers.get(analyzer_id)
        if analyzer is not None and found.is_lasting and analyzer_id not in standing_now:
            cause = f"unusable:{analyzer_id}:{found.since_at.isoformat()}"
            told.alerts.append(new_alert(site, analyzer, AlertKind.VALUES_UNUSABLE, cause, found.sentence()))
            standing_now.add(analyzer_id)
    return replace(before, unusable=unusable, told_unusable=frozenset(standing_now))


def _watch_restarts(conn: Connection, site: Site, judged: Sequence[Accepted], told: Told, now: datetime) -> None:
    """Wh are forgone again and again at one analyzer alone: somebody may pull its fuse, or its supply is bad."""
    for analyzer in {e.analyzer.analyzer_id: e.analyzer for e in judged if any(e.judgement.forgone_wh)}.values():
        times, wh = falls_alone(conn, site.site_id, analyzer.analyzer_id, now)
        if times > ALONE_A_DAY:
            why = _("{times} restarts within a day, {wh} Wh forgone").format(times=times, wh=wh)
            cause = f"forgone:{analyzer.analyzer_id}:{now:%Y-%m-%d}"
            told.alerts.append(new_alert(site, analyzer, AlertKind.FORGONE, cause, why, times=times, wh=wh))


def new_alert(site: Site, analyzer: Analyzer, kind: AlertKind, cause: str, why: str, **details: object) -> NewAlert:
    """An alert about one analyzer."""
    return NewAlert(
        site_id=site.site_id,
        kind=kind,
        cause=cause,
        account_id=analyzer.account_id,
        analyzer_id=analyzer.analyzer_id,
        details={"analyzer": analyzer.name, "why": why, **details},
    )


def _agreed(site: Site, analyzer_id: int, wh: int) -> Event:
    return Event(
        action="metering.source_agrees",
        actor="enforcer",
        subject=f"analyzer:{analyzer_id}",
        site_id=site.site_id,
        after={"wh": wh},
    )
