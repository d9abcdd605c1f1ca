"""A billing hold that holds now: the counters that are not believed, and what a person asked about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prepaid.records import HoldCause, Source, WishState


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCounter:
    """One source: as last accepted, as it was when the hold began (None: not kept), as the device shows it now."""

    accepted_wh: int
    accepted_at: datetime
    suspect_wh: int | None
    shown_wh: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a person asked about the hold and the enforcer has not answered yet. None named: as the counter is."""

    wish_id: int
    state: WishState
    asked_by: str
    until_at: datetime
    grid_wh: int | None
    generator_wh: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHold:
    """A hold that holds now. `provisional_amount` is what counts against the account since its protection ended."""

    cause: HoldCause
    why: str
    began_at: datetime
    protects_until_at: datetime | None
    provisional_amount: Decimal | None
    provisional_at: datetime | None
    currency: str | None
    counters: Mapping[Source, HeldCounter]
    release: Release | None

    def protects(self, now: datetime) -> bool:
        """Whether its account is protected from a cut now."""
        return self.protects_until_at is not None and now < self.protects_until_at
