"""Backups, sizes of the database, and the alerts about both and about values that cannot be used."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, create_index, in_schema, one_of

revision = "0019"
down_revision = "0018"

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "mail_failing books_wrong connecting_stopped values_unusable backup_old disk_low database_full test"
)


def upgrade() -> None:
    _create_backups()
    _create_sizes()
    _add_kinds_of_alert()


def _create_backups() -> None:
    op.create_table(
        "Backups",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("place", sa.Unicode(400), nullable=False),
        sa.Column("made_by", sa.Unicode(120), nullable=False),
        sa.Column("schema_version", sa.String(24), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("error", sa.Unicode(400), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_Backups"),
        schema=in_schema("ops"),
    )
    create_index("ops", "Backups", "ix_Backups_began_at", ["began_at"])


def _create_sizes() -> None:
    op.create_table(
        "Sizes",
        sa.Column("measured_on", sa.DATE(), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("free_bytes", sa.BigInteger(), nullable=True),
        sa.Column("limit_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("measured_on", name="pk_Sizes"),
        schema=in_schema("ops"),
    )


def _add_kinds_of_alert() -> None:
    known = one_of("Alerts", "kind", KINDS)
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
