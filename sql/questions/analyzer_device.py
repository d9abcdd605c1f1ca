"""One analyzer as a device: its live values, how it is configured and assigned, and where counting began."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from prepaid.records import BaseCause, Feed, Source, Stage, Wiring
from sql.questions.analyzers import permit_analyzer
from sql.questions.rows import columns_of, newest
from sql.tables import (
    accounts,
    analyzer_states,
    analyzers,
    assignments,
    bases,
    readings,
    tenants,
)

Values = Mapping[str, float | int | None]
LIVE_NAMES = (*Measures._fields, *Status._fields, *Energies._fields)
PHASES_LOOKED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveValues:
    """What the newest reading said, by the names of prepaid/parameters.py; None: the device had no number.

    The phase counters come with history rows only, so they are a little older (`phases_read_at`).
    """

    read_at: datetime | None
    values: Values
    phases_read_at: datetime | None
    phases: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """How the analyzer is configured."""

    analyzer_id: int
    name: str
    feed: Feed
    host: str
    port: int
    unit_id: int
    serial_number: str | None
    rated_power_w: int
    generator_tariff: int
    ct_primary_a: int
    ct_secondary_a: int
    wiring: Wiring
    output: int
    close_output: int | None
    output_group: int | None
    feedback_input: int | None
    feedback_on_means_supply: bool
    taps_below_contactor: bool
    remote_timeout_s: int | None
    priority: int
    exempt: bool
    exempt_why: str | None
    safe_to_switch_on_asked: bool
    created_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """To which account the analyzer belonged, and the counters it began with. `from_at` None: not begun yet."""

    account_id: int
    account_number: str
    stage: Stage
    tenant_id: int | None
    tenant: str | None
    asked_from_at: datetime
    from_at: datetime | None
    until_at: datetime | None
    opening_grid_wh: int | None
    opening_generator_wh: int | None
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBase:
    """From where a source is counted now, and how far charges have come."""

    source: Source
    cause: BaseCause
    serial_number: str
    opened_at: datetime
    opening_wh: int
    counter_wh: int
    highest_wh: int
    charged_wh: int
    charged_at: datetime


def live_values(conn: Connection, viewer: Viewer, analyzer_id: int) -> LiveValues:
    """Every value of the newest reading, and the phase counters of the newest history row."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = sa.select(analyzer_states.c.read_at, *(analyzer_states.c[name] for name in LIVE_NAMES)).where(
        analyzer_states.c.analyzer_id == analyzer_id
    )
    row = conn.execute(question).mappings().one_or_none()
    read_at = None if row is None else row["read_at"]
    phases = None if read_at is None else _phases(conn, analyzer_id, read_at)
    return LiveValues(
        read_at=read_at,
        values={} if row is None else {name: row[name] for name in LIVE_NAMES},
        phases_read_at=None if phases is None else phases["read_at"],
        phases={} if phases is None else {name: phases[name] for name in PhaseEnergies._fields},
    )


def _phases(conn: Connection, analyzer_id: int, read_at: datetime) -> sa.RowMapping | None:
    """History is clustered by time: only its newest minutes are looked through."""
    question = (
        sa.select(readings.c.read_at, *(readings.c[name] for name in PhaseEnergies._fields))
        .where(readings.c.analyzer_id == analyzer_id, readings.c.read_at > read_at - PHASES_LOOKED_FOR)
        .order_by(readings.c.read_at.desc())
        .limit(1)
    )
    return conn.execute(question).mappings().one_or_none()


def device_facts(conn: Connection, viewer: Viewer, analyzer_id: int) -> DeviceFacts:
    """How the analyzer is configured."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    row = conn.execute(sa.select(analyzers).where(analyzers.c.id == analyzer_id)).mappings().one()
    names = [name for name in DeviceFacts.__slots__ if name != "analyzer_id"]
    return DeviceFacts(analyzer_id=analyzer_id, **{name: row[name] for name in names})


def assignments_of(conn: Connection, viewer: Viewer, analyzer_id: int, most: int = 20) -> tuple[Assignment, ...]:
    """To which accounts the analyzer belonged, newest first."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = (
        sa.select(
            *columns_of(assignments, Assignment, but={"account_number", "stage", "tenant_id", "tenant"}),
            accounts.c.number.label("account_number"),
            accounts.c.stage,
            accounts.c.tenant_id,
            tenants.c.name.label("tenant"),
        )
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(assignments.c.analyzer_id == analyzer_id)
    )
    return tuple(Assignment(**row) for row in newest(conn, question, assignments.c.id, most))


def open_bases_of(conn: Connection, viewer: Viewer, analyzer_id: int) -> tuple[OpenBase, ...]:
    """From where each source is counted now."""
    permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    question = (
        sa.select(*columns_of(bases, OpenBase))
        .where(bases.c.analyzer_id == analyzer_id, bases.c.closed_at.is_(None))
        .order_by(bases.c.source.desc())
    )
    return tuple(OpenBase(**row) for row in conn.execute(question).mappings())
