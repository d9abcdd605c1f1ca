"""Alerts, and the working of the product itself."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import (
    DETAILS,
    ID,
    INSTANT,
    NUMBER,
    WORD,
    create_index,
    foreign_key,
    in_schema,
    one_of,
)


def create() -> None:
    _create_crossings()
    _create_alerts()
    _create_messages()
    _create_events()
    _create_event_heads()
    _create_leases()
    _create_jobs()
    _create_heartbeats()
    _create_proofs()


def _create_crossings() -> None:
    op.create_table(
        "Crossings",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("level", WORD, nullable=False),
        sa.Column("crossed_at", INSTANT, nullable=True),
        sa.Column("armed_by_entry_no", sa.BigInteger(), nullable=False),
        sa.Column("exhausted_at", INSTANT, nullable=True),
        sa.Column("notice_until_at", INSTANT, nullable=True),
        sa.Column("unexpected_at", INSTANT, nullable=True),
        sa.Column("released_until_at", INSTANT, nullable=True),
        one_of("Crossings", "level", "fine low critical exhausted"),
        sa.PrimaryKeyConstraint("account_id", name="pk_Crossings"),
        foreign_key("fk_Crossings_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )


def _create_alerts() -> None:
    op.create_table(
        "Alerts",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("analyzer_id", ID, nullable=True),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("cause", sa.String(120), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.Unicode(120), nullable=True),
        sa.Column("details", DETAILS, nullable=False),
        one_of(
            "Alerts",
            "kind",
            "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect "
            "restore_failed drift bypass wrong_device wrong_source tamper hold guard clock out_unreachable "
            "enforcer_silent mail_failing",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_Alerts"),
        foreign_key("fk_Alerts_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_Alerts_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Alerts_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Alerts", "ix_Alerts_account_id", ["account_id", "raised_at"])
    create_index("app", "Alerts", "ix_Alerts_site_id", ["site_id", "raised_at"])
    create_index("app", "Alerts", "uq_Alerts_cause", ["cause"], unique=True)


def _create_messages() -> None:
    op.create_table(
        "Messages",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("alert_id", ID, nullable=False),
        sa.Column("channel", WORD, nullable=False),
        sa.Column("recipient", sa.Unicode(254), nullable=False),
        sa.Column("recipient_name", sa.Unicode(120), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("message_id", sa.String(120), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("claimed_by", sa.String(80), nullable=True),
        sa.Column("claimed_until_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("error", sa.Unicode(400), nullable=True),
        sa.UniqueConstraint("message_id", name="uq_Messages_message_id"),
        one_of("Messages", "channel", "mail url"),
        one_of("Messages", "state", "waiting claimed sent failed"),
        sa.PrimaryKeyConstraint("id", name="pk_Messages"),
        foreign_key("fk_Messages_alert_id", ["alert_id"], ["app.Alerts.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Messages", "ix_Messages_due", ["state", "due_at"])


def _create_events() -> None:
    op.create_table(
        "Events",
        sa.Column("writer", sa.String(60), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("site_id", ID, nullable=True),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("actor", sa.Unicode(120), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("before", DETAILS, nullable=True),
        sa.Column("after", DETAILS, nullable=True),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("writer", "event_no", name="pk_Events"),
        foreign_key("fk_Events_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("ops"),
    )
    create_index("ops", "Events", "ix_Events_site_id", ["site_id", "happened_at"])
    create_index("ops", "Events", "ix_Events_subject", ["subject", "happened_at"])


def _create_event_heads() -> None:
    op.create_table(
        "EventHeads",
        sa.Column("writer", sa.String(60), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("writer", name="pk_EventHeads"),
        schema=in_schema("ops"),
    )


def _create_leases() -> None:
    op.create_table(
        "Leases",
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("site_id", name="pk_Leases"),
        foreign_key("fk_Leases_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("ops"),
    )


def _create_jobs() -> None:
    op.create_table(
        "Jobs",
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("done_until_at", INSTANT, nullable=False),
        sa.Column("began_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("result", sa.Unicode(400), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "name", name="pk_Jobs"),
        foreign_key("fk_Jobs_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("ops"),
    )


def _create_heartbeats() -> None:
    op.create_table(
        "Heartbeats",
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("beat_at", INSTANT, nullable=False),
        sa.Column("passes", sa.BigInteger(), nullable=False),
        sa.Column("pass_ms", NUMBER, nullable=True),
        sa.Column("cpu_ms", NUMBER, nullable=True),
        sa.Column("reads_due", sa.BigInteger(), nullable=False),
        sa.Column("reads_on_time", sa.BigInteger(), nullable=False),
        sa.Column("reads_late", sa.BigInteger(), nullable=False),
        sa.Column("reads_missed", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(24), nullable=False),
        sa.Column("details", DETAILS, nullable=True),
        sa.PrimaryKeyConstraint("site_id", "process", name="pk_Heartbeats"),
        foreign_key("fk_Heartbeats_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("ops"),
    )


def _create_proofs() -> None:
    op.create_table(
        "Proofs",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("scope", sa.String(24), nullable=False),
        sa.Column("breaches", sa.BigInteger(), nullable=False),
        sa.Column("findings", DETAILS, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_Proofs"),
        schema=in_schema("ops"),
    )
