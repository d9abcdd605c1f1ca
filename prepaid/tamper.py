"""Traces of a hand at a device: counters of changes, settings and export, compared with what they were before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from prepaid.records import Purpose

EXPORT_TOLD_EVERY = timedelta(days=1)


class Trace(StrEnum):
    """What was found changed."""

    CHANGES = "changes"
    SETTINGS = "settings"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """How a commissioned device was when it was last looked at. `settings` None: never read; they are raw numbers."""

    serial_number: str
    parameter_changes: int
    setting_changes: int
    export_wh: int | None
    export_told_at: datetime | None = None
    settings: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """One change, with the values before and after; 0x100 alone has none."""

    trace: Trace
    before: Mapping[str, int]
    after: Mapping[str, int]


def compare(
    before: Fingerprint, seen: Fingerprint, purpose: Purpose, now: datetime, *, parameters_changed: bool
) -> tuple[Fingerprint, list[Tampering]]:
    """The fingerprint from now on, and what changed; each change is answered once.

    Export counts where it can only be a fault or a fraud: at tenants. It grows on, so it is told once a day.
    """
    found = []
    counters = _changed(
        {"217": before.parameter_changes, "219": before.setting_changes},
        {"217": seen.parameter_changes, "219": seen.setting_changes},
    )
    settings = _changed(before.settings or {}, seen.settings or {}) if before.settings and seen.settings else None
    if settings is not None:
        found.append(Tampering(trace=Trace.SETTINGS, before=settings[0], after=settings[1]))
    if counters is not None or (parameters_changed and settings is None):
        first, then = counters or ({}, {})
        found.append(Tampering(trace=Trace.CHANGES, before=first, after=then))
    kept = replace(
        before,
        parameter_changes=seen.parameter_changes,
        setting_changes=seen.setting_changes,
        settings=seen.settings or before.settings,
        export_wh=seen.export_wh if before.export_wh is None else before.export_wh,
    )
    due = before.export_told_at is None or now - before.export_told_at >= EXPORT_TOLD_EVERY
    if before.export_wh is not None and seen.export_wh is not None and seen.export_wh != before.export_wh:
        if purpose is not Purpose.TENANT or seen.export_wh < before.export_wh:
            kept = replace(kept, export_wh=seen.export_wh)
        elif due:
            grown = {"export_wh": before.export_wh}, {"export_wh": seen.export_wh}
            found.append(Tampering(trace=Trace.EXPORT, before=grown[0], after=grown[1]))
            kept = replace(kept, export_wh=seen.export_wh, export_told_at=now)
    return kept, found


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]] | None:
    """The values that differ, before and after; None where none does."""
    names = [name for name in after if name in before and before[name] != after[name]]
    return ({name: before[name] for name in names}, {name: after[name] for name in names}) if names else None
