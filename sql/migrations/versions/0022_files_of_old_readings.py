"""Files of raw readings that are kept instead of their rows, and the alert that none can be written."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, create_index, foreign_key, in_schema, one_of

revision = "0022"
down_revision = "0021"

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "enforcer_back mail_failing books_wrong connecting_stopped values_unusable backup_old archive_waits disk_low "
    "database_full kepware_late test"
)


def upgrade() -> None:
    op.create_table(
        "Archives",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("read_on", sa.DATE(), nullable=False),
        sa.Column("made_by", sa.Unicode(120), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("written_at", INSTANT, nullable=True),
        sa.Column("purge_began_at", INSTANT, nullable=True),
        sa.Column("purged_at", INSTANT, nullable=True),
        sa.Column("first_read_at", INSTANT, nullable=True),
        sa.Column("last_read_at", INSTANT, nullable=True),
        sa.Column("readings", sa.BigInteger(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.CheckConstraint(
            "written_at IS NULL OR (readings IS NOT NULL AND bytes IS NOT NULL AND sha256 IS NOT NULL "
            "AND first_read_at IS NOT NULL AND last_read_at IS NOT NULL)",
            name="ck_Archives_written",
        ),
        sa.CheckConstraint("purge_began_at IS NULL OR written_at IS NOT NULL", name="ck_Archives_purge_began"),
        sa.CheckConstraint("purged_at IS NULL OR purge_began_at IS NOT NULL", name="ck_Archives_purged"),
        foreign_key("fk_Archives_site_id", ["site_id"], ["app.Sites.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_Archives"),
        schema=in_schema("ops"),
    )
    create_index("ops", "Archives", "ix_Archives_site_id", ["site_id", "read_on"])
    create_index("ops", "Archives", "ix_Archives_waiting", ["read_on"], where="purged_at IS NULL")
    create_index("app", "Readings", "ix_Readings_analyzer_id", ["analyzer_id", "read_at"])
    _add_kind_of_alert()


def _add_kind_of_alert() -> None:
    known = one_of("Alerts", "kind", KINDS)
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
