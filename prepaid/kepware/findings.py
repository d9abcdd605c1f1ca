"""What the newest rows of a log say about whether readings can be made of it, in sentences."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from prepaid.kepware.groups import LogGroup, lacking_tags
from prepaid.kepware.log import Stamps
from prepaid.kepware.samples import COUNTER_LIMIT, STATIC_WITHIN, Sample, stamp_of
from prepaid.kepware.stamps import instant_of
from prepaid.kepware.tags import COUNTERS, REQUIRED, SERIAL_NUMBER, MappedTag
from prepaid.kepware.values import parse
from prepaid.language import _

NAMED_AT_MOST: Final = 5
AHEAD: Final = timedelta(seconds=10)
FREQUENCIES: Final = (40.0, 70.0)
TINY: Final = 1e-3
AS_OFTEN: Final = 0.8


class Remark(NamedTuple):
    """Whether something is as it must be, and the sentence about it."""

    good: bool
    sentence: str


def log_findings(
    group: LogGroup, samples: Mapping[str, Sample], names: Mapping[int, str], now: datetime
) -> Iterator[Remark]:
    """Everything about the mapped tags of a log group. `names` are those of its analyzers."""
    yield from _mapping(group, samples, names)
    found = {tag: samples[tag] for tag in group.tags if tag in samples}
    if not found:
        return
    yield interval_finding(
        {tag: each for tag, each in found.items() if group.tags[tag].parameter in REQUIRED}, group.interval_ms
    )
    yield stamp_finding(group, found, now)
    yield from _values(group, found)
    yield from _counters(group, found)


def interval_finding(samples: Mapping[str, Sample], interval_ms: int | None) -> Remark:
    """Whether the tags are logged at one static interval, and at which: those of required parameters, others may be
    logged more seldom. None: nobody has said one yet."""
    most = max((len(each.rows) for each in samples.values()), default=0)
    known = [each for each in samples.values() if each.interval_s is not None]
    if not known:
        return Remark(False, _("There are too few rows to see the interval. Wait for six of them, and look again."))
    stepping = [each.interval_s or 0.0 for each in known if len(each.steps_s) * 2 >= most]
    interval_s = median(stepping or [each.interval_s or 0.0 for each in known])
    uneven = sorted(tag for tag, each in samples.items() if not _is_static(each, most, interval_s))
    if uneven:
        return Remark(
            False,
            _(
                "{tags} are not logged at one interval. Set the log group to log on a static interval, with all of its "
                "tags, and not when values change."
            ).format(tags=_named(uneven)),
        )
    if interval_ms is not None and not 0.75 * interval_ms <= interval_s * 1000 <= 1.25 * interval_ms:
        return Remark(
            False,
            _("It logs every {measured} s, and {set} s are set here. Set what it really does.").format(
                measured=f"{round(interval_s, 1):g}", set=f"{interval_ms / 1000:g}"
            ),
        )
    return Remark(True, _("It logs on a static interval of {seconds} s.").format(seconds=f"{round(interval_s, 1):g}"))


def stamp_finding(group: LogGroup, samples: Mapping[str, Sample], now: datetime) -> Remark:
    """Whether the stamps are universal or local as it is set, and how far behind now they are."""
    newest = max(stamp_of(each.newest) for each in samples.values())
    patience = timedelta(seconds=max(30.0, group.stale_after_s))
    lags = {kind: now - instant_of(newest, kind, group.zone, now, None) for kind in Stamps}
    lag, other = lags[group.stamps], lags[_other(group.stamps)]
    told = _("UTC") if group.stamps is Stamps.UTC else _("the wall clock of {zone}").format(zone=group.zone.key)
    if -AHEAD <= lag <= patience:
        sentence = _("Its stamps are {kind}; the newest value is {seconds} s old.")
        return Remark(True, sentence.format(kind=told, seconds=max(0, round(lag.total_seconds()))))
    if -AHEAD <= other <= patience:
        sentence = _(
            "Its stamps are set here as {kind}, and by that the newest value is {seconds} s old. They seem to be of "
            "the other kind: change it."
        )
        return Remark(False, sentence.format(kind=told, seconds=round(lag.total_seconds())))
    if lag < -AHEAD:
        sentence = _(
            "Its stamps are {seconds} s ahead. Set the clocks of both machines by a time server, and look at the zone."
        )
        return Remark(False, sentence.format(seconds=round(-lag.total_seconds())))
    sentence = _("Its newest value is {seconds} s old. Look whether the DataLogger runs and reaches its database.")
    return Remark(False, sentence.format(seconds=round(lag.total_seconds())))


def _mapping(group: LogGroup, samples: Mapping[str, Sample], names: Mapping[int, str]) -> Iterator[Remark]:
    unmapped = sorted(samples.keys() - group.tags.keys())
    sentence = _("{mapped} tags are mapped, to {analyzers} analyzers.")
    if unmapped:
        sentence = _("{mapped} tags are mapped, to {analyzers} analyzers; {unmapped} tags in the log are not: {tags}.")
    counted = sentence.format(
        mapped=len(group.tags), analyzers=len(group.analyzers), unmapped=len(unmapped), tags=_named(unmapped)
    )
    yield Remark(bool(group.tags), counted)
    missing = sorted(tag for tag in group.tags if tag not in samples)
    if missing:
        sentence = _("These mapped tags are not in the newest rows: {tags}. Look whether they are in the log group.")
        yield Remark(False, sentence.format(tags=_named(missing)))
    for analyzer_id, lacking in sorted(lacking_tags(group).items()):
        if lacking:
            sentence = _("{analyzer} is not read: no tag is mapped for {parameters}.")
            name = names.get(analyzer_id, f"#{analyzer_id}")
            yield Remark(False, sentence.format(analyzer=name, parameters=", ".join(lacking)))


def _values(group: LogGroup, samples: Mapping[str, Sample]) -> Iterator[Remark]:
    bad = sorted(tag for tag, each in samples.items() if not each.good)
    if bad:
        sentence = _("The quality of these tags is not good: {tags}. Look at their devices in the Quick Client.")
        yield Remark(False, sentence.format(tags=_named(bad)))
    else:
        yield Remark(True, _("The quality of all mapped tags is good."))
    broken = sorted(
        f'{tag} = "{each.value}"'
        for tag, each in samples.items()
        if each.good and parse(group.tags[tag], each.value, decimal_comma=group.decimal_comma) is None
    )
    if broken:
        sentence = _(
            "These values cannot be used: {values}. Look at the data types of the tags and at the decimal sign."
        )
        yield Remark(False, sentence.format(values=_named(broken)))


def _counters(group: LogGroup, samples: Mapping[str, Sample]) -> Iterator[Remark]:
    of_counters = {tag: each for tag, each in samples.items() if group.tags[tag].parameter in COUNTERS}
    coarse = {tag: step for tag, each in of_counters.items() if (step := _step_wh(group, tag, each)) is not None}
    if coarse:
        sentence = _("These counters are Floats and move in steps of up to {wh} Wh: {tags}. Make their tags Double.")
        yield Remark(False, sentence.format(wh=round(max(coarse.values())), tags=_named(sorted(coarse))))
    elif of_counters:
        yield Remark(True, _("The counters are fine enough."))
    swapped = sorted(tag for tag, each in samples.items() if _is_swapped(group.tags[tag], each, group))
    if swapped:
        sentence = _(
            "The words of these values seem to be swapped: {tags}. Switch off First Word Low and First DWord Low at "
            "the device in Kepware."
        )
        yield Remark(False, sentence.format(tags=_named(swapped)))


def _step_wh(group: LogGroup, tag: str, sample: Sample) -> float | None:
    step = sample.float_step(decimal_comma=group.decimal_comma)
    if step is None:
        return None
    return step * {"Wh": 1, "kWh": 1000, "MWh": 1_000_000}[group.tags[tag].unit]


def _is_swapped(mapped: MappedTag, sample: Sample, group: LogGroup) -> bool:
    """Doubles whose words are swapped are absurd numbers; a frequency is where no mains is."""
    numbers = [] if mapped.parameter == SERIAL_NUMBER else sample.numbers(mapped, decimal_comma=group.decimal_comma)
    if not numbers:
        return False
    newest = abs(numbers[-1])
    if mapped.parameter == "frequency_hz":
        return newest > 0 and not FREQUENCIES[0] <= newest <= FREQUENCIES[1]
    raw = MappedTag(mapped.tag, mapped.analyzer_id, "power_w", "W")
    shown = sample.numbers(raw, decimal_comma=group.decimal_comma)
    counter = abs(shown[-1])
    return mapped.parameter in COUNTERS and (counter > COUNTER_LIMIT or 0 < counter < TINY)


def _is_static(sample: Sample, most: int, interval_s: float) -> bool:
    """Whether a tag is logged as often as the others, whatever its value does. Its stamps are even, or they are those
    of its last change. A tag may also be logged at a longer interval of its own, in a group of its own."""
    if len(sample.steps_s) * 2 < len(sample.rows):
        return len(sample.rows) >= AS_OFTEN * most
    return sample.is_static and (sample.interval_s or 0.0) >= interval_s * (1 - STATIC_WITHIN)


def _other(stamps: Stamps) -> Stamps:
    return Stamps.LOCAL if stamps is Stamps.UTC else Stamps.UTC


def _named(names: list[str]) -> str:
    more = _(" and {n} more").format(n=len(names) - NAMED_AT_MOST) if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more
