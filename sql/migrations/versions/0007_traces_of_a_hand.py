"""Fingerprints of devices, and two kinds of alerts: restarts of one analyzer alone, and bits it will not let go."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import DETAILS, ID, INSTANT, foreign_key, in_schema, one_of

revision = "0007"
down_revision = "0006"

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "mail_failing"
)


def upgrade() -> None:
    _create_fingerprints()
    _add_kinds_of_alerts()


def _create_fingerprints() -> None:
    op.create_table(
        "Fingerprints",
        sa.Column("analyzer_id", ID, nullable=False, autoincrement=False),
        sa.Column("serial_number", sa.String(32), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("parameter_changes", sa.BigInteger(), nullable=False),
        sa.Column("setting_changes", sa.BigInteger(), nullable=False),
        sa.Column("export_wh", sa.BigInteger(), nullable=True),
        sa.Column("export_told_at", INSTANT, nullable=True),
        sa.Column("settings", DETAILS, nullable=True),
        sa.PrimaryKeyConstraint("analyzer_id", name="pk_Fingerprints"),
        foreign_key("fk_Fingerprints_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )


def _add_kinds_of_alerts() -> None:
    known = one_of("Alerts", "kind", KINDS)
    anew = op.get_context().dialect.name == "sqlite"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate="always" if anew else "never") as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
