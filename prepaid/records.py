"""The words of the product as types: states, kinds, and the records that travel between rooms."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from prepaid.parameters import Energies, Measures, PhaseEnergies, Status


class Source(StrEnum):
    """Where the electricity comes from; each has its own counter and price."""

    GRID = "grid"
    GENERATOR = "generator"


SOURCES: tuple[Source, Source] = (Source.GRID, Source.GENERATOR)


class Purpose(StrEnum):
    """What an analyzer is for. Only `tenant` counts as sold, only the incomers as supplied."""

    TENANT = "tenant"
    COMMON = "common"
    GRID_INCOMER = "grid_incomer"
    GENERATOR_INCOMER = "generator_incomer"
    CHECK = "check"


class Wiring(StrEnum):
    """How the output acts on the supply. Polarity belongs to each analyzer: ON is not always "supply on"."""

    NONE = "none"
    HELD_ON_SUPPLY = "held_on_supply"
    HELD_ON_CUT = "held_on_cut"
    PULSE_TRIP = "pulse_trip"
    PULSE_PAIR = "pulse_pair"


class Feed(StrEnum):
    """Where the values of an analyzer come from."""

    MODBUS = "modbus"
    KEPWARE = "kepware"


class Role(StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    CASHIER = "cashier"
    MANAGER = "manager"
    TENANT = "tenant"


class Stage(StrEnum):
    """The life of an account. Decisions act only from `enforced` on; before, they are shown as "would have"."""

    DRAFT = "draft"
    OBSERVED = "observed"
    WARNED = "warned"
    ENFORCED = "enforced"
    CLOSED = "closed"


class AccountKind(StrEnum):
    """A tenant's prepaid account, or the site's own account for analyzers without a tenant."""

    TENANT = "tenant"
    HOUSE = "house"


class EntryKind(StrEnum):
    """Why a ledger entry exists."""

    OPENING = "opening"
    ALLOCATION = "allocation"
    CHARGE = "charge"
    FEE = "fee"
    CORRECTION = "correction"
    REVERSAL = "reversal"
    TRANSFER = "transfer"
    ESTIMATE = "estimate"
    REFUND = "refund"


class ChargeCause(StrEnum):
    """The boundary at which a charge was posted."""

    HOUR = "hour"
    PRICE = "price"
    PLAN = "plan"
    HANDOVER = "handover"
    SUPPLY = "supply"
    GAP = "gap"
    BASE = "base"


class BaseCause(StrEnum):
    """Why consumption is counted from a base."""

    FIRST = "first"
    RESET = "reset"
    PERSON = "person"
    SWAP = "swap"


class WishKind(StrEnum):
    """What a person may ask the enforcer to do."""

    CUT = "cut"
    KEEP_ON = "keep_on"
    RESTORE = "restore"
    TEST = "test"
    COMMISSION = "commission"
    SWAP = "swap"
    PAUSE = "pause"
    RELEASE_HOLD = "release_hold"
    RELEASE_ACCOUNT = "release_account"


class WishState(StrEnum):
    """How far a wish has come."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class HoldCause(StrEnum):
    """Why an analyzer is not billed for now. Only a counter that fell protects its account from a cut."""

    FELL = "fell"
    JUMPED = "jumped"
    WRONG_DEVICE = "wrong_device"


class Reading(NamedTuple):
    """All values of one analyzer at one instant, as its own device gave them. `settings` are read now and then only."""

    analyzer_id: int
    read_at: datetime
    serial_number: str
    answer_ms: float
    measures: Measures
    status: Status
    energies: Energies
    phases: PhaseEnergies | None
    monotonic_s: float = 0.0
    settings: Mapping[str, int] | None = None
