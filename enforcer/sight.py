"""What the readings of a pass show of supplies and of who answers, apart from whether their counters are believed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from enforcer.accept import Accepted
from enforcer.plan_supply import Seen
from enforcer.relay import look_of
from enforcer.store import newest
from prepaid.metering import RESTARTED, Verdict
from prepaid.records import Feed
from prepaid.switching import SupplyState

OLD = timedelta(minutes=3)
"""What a log tells so late shows no supply of now."""
LOGGED_WITHIN = timedelta(seconds=15)
"""A value that was logged so soon after a frame may have been asked for before it."""
NO_SIGHT = frozenset({Verdict.WRONG_DEVICE, Verdict.LATE})


def answering_serials(judged: Sequence[Accepted]) -> dict[int, str]:
    """Who answered last at each analyzer."""
    fresh = (each for each in judged if each.judgement.verdict is not Verdict.LATE)
    return {each.analyzer.analyzer_id: each.reading.serial_number for each in fresh}


def in_sight(judged: Sequence[Accepted], switched_at: Mapping[int, datetime], now: datetime) -> list[Accepted]:
    """Readings that show how a supply stands by now. What came out of a log may be older than the last frame to the
    device, or older than anything that is decided on."""
    return [each for each in judged if each.analyzer.feed is Feed.MODBUS or _is_of_now(each, switched_at, now)]


def _is_of_now(each: Accepted, switched_at: Mapping[int, datetime], now: datetime) -> bool:
    read_at = each.reading.read_at
    after = switched_at.get(each.analyzer.analyzer_id)
    return now - read_at <= OLD and (after is None or read_at - after > LOGGED_WITHIN)


def seen_supplies(judged: Sequence[Accepted], restarted_before: frozenset[int] = frozenset()) -> dict[int, Seen]:
    """What the newest reading of each analyzer shows; a restart may have been told by an earlier one of the pass, or of
    those that were loaded before it."""
    restarted = restarted_before | restarts(judged)
    return {
        each.analyzer.analyzer_id: Seen(
            look=look_of(each.reading.measures, each.reading.status),
            serial_number=each.reading.serial_number,
            restarted=each.analyzer.analyzer_id in restarted,
        )
        for each in newest([each for each in judged if _shows_a_supply(each)])
    }


def restarts(judged: Sequence[Accepted]) -> frozenset[int]:
    """Analyzers that told a restart."""
    return frozenset(each.analyzer.analyzer_id for each in judged if each.judgement.new_edges & RESTARTED)


def restarted_since(supply: Mapping[int, SupplyState], told: Iterable[int]) -> dict[int, SupplyState]:
    """The supplies of analyzers that told a restart, where that is news. They need not be in sight: the bit is recorded
    now and makes no edge again, so whoever sees the supply next must know of it."""
    found = {key: supply.get(key, SupplyState()) for key in told}
    return {key: replace(state, restarted=True) for key, state in found.items() if not state.restarted}


def _shows_a_supply(each: Accepted) -> bool:
    """Not another device, nor how it was long ago, nor an answer of zeros, which would look like a supply off."""
    return each.judgement.verdict not in NO_SIGHT and not each.reading.status.is_blank
