"""Analyzers: the device, its commissioning, who it belongs to, where counting began, and what it shows now."""

import sqlalchemy as sa

from prepaid.commissioning import Outcome
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from prepaid.records import BaseCause, Feed, HoldCause, Purpose, Source, Wiring
from sql.columns import Details, Money
from sql.tables.base import (
    APP,
    code,
    flag,
    identity,
    instant,
    metadata,
    number,
    one_of,
    reference,
    text,
    where,
    whole,
    word,
)

analyzers = sa.Table(
    "Analyzers",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    text("name", 120),
    text("location", 120, nullable=True),
    word("purpose", Purpose),
    word("feed", Feed),
    code("host", 253),
    sa.Column("port", sa.Integer, nullable=False),
    sa.Column("unit_id", sa.SmallInteger, nullable=False),
    code("serial_number", 32, nullable=True),
    sa.Column("rated_power_w", sa.BigInteger, nullable=False),
    sa.Column("generator_tariff", sa.SmallInteger, nullable=False, server_default=sa.text("2")),
    sa.Column("ct_primary_a", sa.Integer, nullable=False),
    sa.Column("ct_secondary_a", sa.Integer, nullable=False),
    word("wiring", Wiring),
    sa.Column("output", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("close_output", sa.SmallInteger, nullable=True),
    sa.Column("output_group", sa.SmallInteger, nullable=True),
    sa.Column("feedback_input", sa.SmallInteger, nullable=True),
    flag("feedback_on_means_supply", default=True),
    flag("taps_below_contactor"),
    sa.Column("remote_timeout_s", sa.Integer, nullable=True),
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    flag("exempt"),
    text("exempt_why", 200, nullable=True),
    flag("safe_to_switch_on_asked"),
    instant("created_at"),
    instant("retired_at", nullable=True),
    sa.UniqueConstraint("site_id", "name"),
    sa.Index(
        "uq_Analyzers_address",
        "site_id",
        "host",
        "port",
        "unit_id",
        unique=True,
        **where("retired_at IS NULL"),
    ),
    sa.Index(
        "uq_Analyzers_serial_number",
        "serial_number",
        unique=True,
        **where("serial_number IS NOT NULL AND retired_at IS NULL"),
    ),
    sa.CheckConstraint("generator_tariff IN (1, 2)", name="generator_tariff"),
    sa.CheckConstraint("output IN (0, 1)", name="output"),
    sa.CheckConstraint("rated_power_w > 0", name="rated_power"),
    sa.CheckConstraint("wiring <> 'pulse_pair' OR close_output IS NOT NULL", name="close_output"),
    sa.CheckConstraint(
        "wiring NOT IN ('pulse_trip', 'pulse_pair') OR feedback_input IS NOT NULL", name="pulse_feedback"
    ),
    one_of("purpose", Purpose),
    one_of("feed", Feed),
    one_of("wiring", Wiring),
    schema=APP,
)
"""`serial_number` is the commissioned one: any other is a wrong device. `generator_tariff` was proven on the spot."""

commissionings = sa.Table(
    "Commissionings",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    code("serial_number", 32),
    instant("began_at"),
    instant("ended_at"),
    word("outcome", Outcome),
    word("wiring", Wiring, nullable=True),
    reference("wish_id", "app.Wishes.id", nullable=True),
    flag("tariff_proven"),
    flag("answers_while_cut"),
    instant("cut_confirmed_at", nullable=True),
    instant("cut_proven_at", nullable=True),
    instant("restored_at", nullable=True),
    text("by_whom", 120),
    text("verdict", 1000),
    sa.Column("findings", Details, nullable=False),
    sa.Index("ix_Commissionings_analyzer_id", "analyzer_id", "serial_number"),
    one_of("outcome", Outcome),
    one_of("wiring", Wiring),
    schema=APP,
)
"""Records are never changed: a new test makes a new one, and so does taking one back. The newest one that decides says
whether the analyzer may be switched, as long as it is wired as it was tested (`wiring` None: an older record).
`findings` keeps what was found, and every setting that was read."""

assignments = sa.Table(
    "Assignments",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    reference("account_id", "app.Accounts.id"),
    instant("asked_from_at"),
    instant("from_at", nullable=True),
    instant("until_at", nullable=True),
    whole("opening_grid_wh", nullable=True),
    whole("opening_generator_wh", nullable=True),
    instant("entered_at"),
    text("entered_by", 120),
    sa.Index(
        "uq_Assignments_current",
        "analyzer_id",
        unique=True,
        **where("from_at IS NOT NULL AND until_at IS NULL"),
    ),
    sa.Index("uq_Assignments_pending", "analyzer_id", unique=True, **where("from_at IS NULL AND until_at IS NULL")),
    sa.Index("ix_Assignments_account_id", "account_id"),
    sa.CheckConstraint("until_at IS NULL OR from_at IS NULL OR until_at >= from_at", name="span"),
    schema=APP,
)
"""An assignment begins (`from_at`, openings) at the first accepted reading at or after `asked_from_at`."""

bases = sa.Table(
    "Bases",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    word("source", Source),
    code("serial_number", 32),
    word("cause", BaseCause),
    instant("opened_at"),
    instant("closed_at", nullable=True),
    whole("opening_wh"),
    whole("began_wh", nullable=True),
    whole("counter_wh"),
    whole("highest_wh"),
    instant("accepted_at"),
    whole("charged_wh"),
    instant("charged_at"),
    sa.Index("uq_Bases_open", "analyzer_id", "source", unique=True, **where("closed_at IS NULL")),
    sa.Index("ix_Bases_analyzer_id", "analyzer_id", "source"),
    sa.CheckConstraint("opening_wh <= charged_wh AND charged_wh <= highest_wh", name="order"),
    sa.CheckConstraint("counter_wh <= highest_wh", name="counter"),
    one_of("source", Source),
    one_of("cause", BaseCause),
    schema=APP,
)
"""A counter from which consumption is counted; `began_wh` is what the device showed when it was opened. `highest_wh` is
the highest accepted counter, `counter_wh` the newest accepted one (lower after a step back), `charged_wh` how far
charges have come. Unbilled = highest - charged."""

analyzer_states = sa.Table(
    "AnalyzerStates",
    metadata,
    reference("analyzer_id", "app.Analyzers.id", primary_key=True),
    code("link", 16),
    instant("link_since_at", nullable=True),
    sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
    text("link_error", 400, nullable=True),
    instant("try_at", nullable=True),
    instant("read_at", nullable=True),
    number("answer_ms"),
    code("serial_number", 32, nullable=True),
    code("verdict", 24, nullable=True),
    text("why", 200, nullable=True),
    instant("accepted_at", nullable=True),
    whole("recorded_bits", nullable=False),
    whole("open_bits", nullable=False),
    instant("open_bits_at", nullable=True),
    whole("reads_due", nullable=False),
    whole("reads_on_time", nullable=False),
    whole("reads_late", nullable=False),
    whole("reads_missed", nullable=False),
    *(number(name) for name in Measures._fields),
    *(number(name) if name.endswith("_a") else whole(name, nullable=True) for name in Status._fields),
    *(whole(name, nullable=True) for name in Energies._fields),
    schema=APP,
)
"""The live state, one row an analyzer, written each pass. `recorded_bits` are the stored bits of 205 already recorded,
`open_bits` those among them that no counter has been explained by yet, the newest seen at `open_bits_at`."""

readings = sa.Table(
    "Readings",
    metadata,
    instant("read_at", primary_key=True),
    reference("analyzer_id", "app.Analyzers.id", primary_key=True),
    code("verdict", 24),
    *(number(name) for name in Measures._fields),
    *(number(name) if name.endswith("_a") else whole(name, nullable=True) for name in Status._fields),
    *(whole(name, nullable=True) for name in Energies._fields),
    *(whole(name, nullable=True) for name in PhaseEnergies._fields),
    sa.Index("ix_Readings_analyzer_id", "analyzer_id", "read_at"),
    schema=APP,
    sqlite_with_rowid=False,
)
"""History at its own interval, clustered by time: appending and purging touch one end of the table. The index finds the
readings of one analyzer among those of all."""

quarantined_readings = sa.Table(
    "QuarantinedReadings",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    instant("read_at"),
    code("verdict", 24),
    text("why", 200),
    code("serial_number", 32),
    code("grid_counter", 40),
    code("generator_counter", 40),
    whole("diagnostics"),
    sa.Column("times", sa.Integer, nullable=False, server_default=sa.text("1")),
    instant("last_read_at", nullable=True),
    sa.Index("ix_QuarantinedReadings_analyzer_id", "analyzer_id", "read_at"),
    schema=APP,
)
"""Unfit readings, kept as evidence and not used. Counters are text: a lying one need not be a number. A row stands for
`times` readings of its kind, the newest at `last_read_at`; only the first is kept as it was."""

step_backs = sa.Table(
    "StepBacks",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    reference("base_id", "app.Bases.id"),
    word("source", Source),
    instant("seen_at"),
    whole("from_wh"),
    whole("to_wh"),
    whole("forgone_wh"),
    sa.CheckConstraint("forgone_wh = from_wh - to_wh AND forgone_wh >= 0", name="forgone"),
    sa.Index("ix_StepBacks_analyzer_id", "analyzer_id", "seen_at"),
    one_of("source", Source),
    schema=APP,
)
"""Falls of a counter at a restart: the Wh that were used and never charged, for the loss report."""

fingerprints = sa.Table(
    "Fingerprints",
    metadata,
    reference("analyzer_id", "app.Analyzers.id", primary_key=True),
    code("serial_number", 32),
    instant("seen_at"),
    whole("parameter_changes"),
    whole("setting_changes"),
    whole("export_wh", nullable=True),
    instant("export_told_at", nullable=True),
    sa.Column("settings", Details, nullable=True),
    schema=APP,
)
"""How each commissioned device was when it was last looked at: what differs later is a trace of a hand."""

holds = sa.Table(
    "Holds",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    word("cause", HoldCause),
    text("why", 200),
    instant("began_at"),
    instant("protects_until_at", nullable=True),
    whole("grid_wh", nullable=True),
    whole("generator_wh", nullable=True),
    sa.Column("provisional_amount", Money, nullable=True),
    instant("provisional_at", nullable=True),
    instant("ended_at", nullable=True),
    code("ended_by", 24, nullable=True),
    text("ended_by_whom", 120, nullable=True),
    sa.Index("uq_Holds_open", "analyzer_id", unique=True, **where("ended_at IS NULL")),
    one_of("cause", HoldCause),
    schema=APP,
)
"""Billing holds, with the counters of the reading that began each. Only one from a counter that fell protects its
account from a cut, until `protects_until_at`; behind that the account is decided on the ledger less
`provisional_amount`, what the analyzer usually uses, reckoned up to `provisional_at`."""
