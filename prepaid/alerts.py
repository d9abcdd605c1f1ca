"""Which messages somebody must get: once per crossing, re-armed by a recharge, the gravest of several in one pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from prepaid.accounts import share_left
from prepaid.records import Stage
from prepaid.units import negative


class AlertKind(StrEnum):
    """What an alert is about."""

    LOW = "low"
    CRITICAL = "critical"
    EXHAUSTED = "exhausted"
    CUT = "cut"
    RESTORED = "restored"
    ANALYZER_LOST = "analyzer_lost"
    ANALYZER_BACK = "analyzer_back"
    CUT_WITHOUT_EFFECT = "cut_without_effect"
    RESTORE_FAILED = "restore_failed"
    DRIFT = "drift"
    BYPASS = "bypass"
    WRONG_DEVICE = "wrong_device"
    WRONG_SOURCE = "wrong_source"
    TAMPER = "tamper"
    HOLD = "hold"
    FORGONE = "forgone"
    BITS_REFUSED = "bits_refused"
    GUARD = "guard"
    CLOCK = "clock"
    OUT_OF_CREDIT_UNREACHABLE = "out_unreachable"
    ENFORCER_SILENT = "enforcer_silent"
    ENFORCER_BACK = "enforcer_back"
    MAIL_FAILING = "mail_failing"
    BOOKS_WRONG = "books_wrong"
    CONNECTING_STOPPED = "connecting_stopped"
    VALUES_UNUSABLE = "values_unusable"
    BACKUP_OLD = "backup_old"
    ARCHIVE_WAITS = "archive_waits"
    ARCHIVE_DAMAGED = "archive_damaged"
    DISK_LOW = "disk_low"
    DATABASE_FULL = "database_full"
    KEPWARE_LATE = "kepware_late"
    TEST = "test"


TENANT_KINDS = frozenset({AlertKind.LOW, AlertKind.CRITICAL, AlertKind.EXHAUSTED, AlertKind.CUT, AlertKind.RESTORED})
MUTABLE_KINDS = frozenset({AlertKind.LOW, AlertKind.CRITICAL, AlertKind.RESTORED})
"""What a tenant's contact may not want. That the credit is used up and that the supply is cut is always told."""
WAITING_KINDS = frozenset({AlertKind.LOW, AlertKind.RESTORED, AlertKind.ANALYZER_BACK, AlertKind.FORGONE})
"""What waits until quiet hours are over, because nobody need get up for it: a credit that is low lasts for days, good
news stays good, restarts are counted by the day. All else may cost a supply, money or evidence before morning."""
GRAVE_KINDS = frozenset(
    {
        AlertKind.EXHAUSTED,
        AlertKind.CUT,
        AlertKind.CUT_WITHOUT_EFFECT,
        AlertKind.RESTORE_FAILED,
        AlertKind.BYPASS,
        AlertKind.WRONG_DEVICE,
        AlertKind.TAMPER,
        AlertKind.GUARD,
        AlertKind.OUT_OF_CREDIT_UNREACHABLE,
        AlertKind.ENFORCER_SILENT,
        AlertKind.BOOKS_WRONG,
        AlertKind.CONNECTING_STOPPED,
        AlertKind.DISK_LOW,
        AlertKind.DATABASE_FULL,
    }
)
GOOD_KINDS = frozenset({AlertKind.RESTORED, AlertKind.ANALYZER_BACK, AlertKind.ENFORCER_BACK, AlertKind.TEST})
STANDING_KINDS = frozenset(
    {
        AlertKind.ANALYZER_LOST,
        AlertKind.HOLD,
        AlertKind.WRONG_SOURCE,
        AlertKind.BITS_REFUSED,
        AlertKind.GUARD,
        AlertKind.CLOCK,
        AlertKind.MAIL_FAILING,
        AlertKind.ENFORCER_SILENT,
        AlertKind.BOOKS_WRONG,
        AlertKind.CONNECTING_STOPPED,
        AlertKind.VALUES_UNUSABLE,
        AlertKind.BACKUP_OLD,
        AlertKind.ARCHIVE_WAITS,
        AlertKind.ARCHIVE_DAMAGED,
        AlertKind.DISK_LOW,
        AlertKind.DATABASE_FULL,
        AlertKind.KEPWARE_LATE,
    }
)
"""Alerts that end by themselves when their cause has ended. Until then they stand, acknowledged or not."""


TOLD_STAGES = frozenset({Stage.WARNED, Stage.ENFORCED})
"""How far an account has come whose tenant is told. Of an observed one it is kept what would have been told."""


class Channel(StrEnum):
    """How a message travels."""

    MAIL = "mail"
    URL = "url"


class MessageState(StrEnum):
    """How far a message has come. Withdrawn: what it tells was over before it could be sent."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Level(StrEnum):
    """How deep an account has fallen since its last recharge."""

    FINE = "fine"
    LOW = "low"
    CRITICAL = "critical"
    EXHAUSTED = "exhausted"


_ORDER = [Level.FINE, Level.LOW, Level.CRITICAL, Level.EXHAUSTED]
_KINDS = {
    Level.LOW: AlertKind.LOW,
    Level.CRITICAL: AlertKind.CRITICAL,
    Level.EXHAUSTED: AlertKind.EXHAUSTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When an account counts as low or critical: by days left, or by the share of the last recharge."""

    low_days: float
    critical_days: float
    low_share: Decimal
    critical_share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What the level of an account depends on. `days_left` and `last_recharge` are None where unknown."""

    live_balance: Decimal
    emergency_credit: Decimal
    days_left: float | None
    last_recharge: Decimal | None


def level(depth: Depth, thresholds: Thresholds) -> Level:
    """The level an account stands on now."""
    if depth.live_balance <= negative(depth.emergency_credit):
        return Level.EXHAUSTED
    share = share_left(depth.live_balance, depth.last_recharge)
    for found, days, least in (
        (Level.CRITICAL, thresholds.critical_days, thresholds.critical_share),
        (Level.LOW, thresholds.low_days, thresholds.low_share),
    ):
        if (depth.days_left is not None and depth.days_left < days) or (share is not None and share < least):
            return found
    return Level.FINE


def crossed(before: Level, now: Level) -> AlertKind | None:
    """The alert of falling from one level to another: only downwards, and only the gravest of several."""
    return _KINDS[now] if _ORDER.index(now) > _ORDER.index(before) else None


def deeper(first: Level, second: Level) -> Level:
    """The deeper of two levels; without a recharge in between a level never rises by itself."""
    return max(first, second, key=_ORDER.index)


def gravity(kind: AlertKind) -> int:
    """The order in which several alerts are named: 0 is named first."""
    return 0 if kind in GRAVE_KINDS else 2 if kind in GOOD_KINDS else 1


def until_told(details: Mapping[str, Any]) -> datetime | None:
    """Until when what an alert tells was to last; None: it names no instant."""
    until = details.get("until")
    return None if until is None else datetime.fromisoformat(str(until))
