"""The message that an enforcer which was silent runs again."""

from alembic import op

from sql.migrations.revision_0001.parts import in_schema, one_of

revision = "0020"
down_revision = "0019"

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "enforcer_back mail_failing books_wrong connecting_stopped values_unusable backup_old disk_low "
    "database_full test"
)


def upgrade() -> None:
    known = one_of("Alerts", "kind", KINDS)
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
