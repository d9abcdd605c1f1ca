"""Messages that are withdrawn, because what they tell was over before they could be sent; files of old readings that are
looked through, and removed when they were kept long enough."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import INSTANT, create_index, in_schema, one_of

revision = "0024"
down_revision = "0023"

STATES = "waiting claimed sent failed withdrawn"
KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "enforcer_back mail_failing books_wrong connecting_stopped values_unusable backup_old archive_waits "
    "archive_damaged disk_low database_full kepware_late test"
)
CHECKS = {
    "looked_at": "written_at IS NULL OR looked_at IS NOT NULL",
    "removal_began": "removal_began_at IS NULL OR purged_at IS NOT NULL",
    "removed": "removed_at IS NULL OR removal_began_at IS NOT NULL",
}


def upgrade() -> None:
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    _change_words("Messages", "state", STATES, anew)
    _change_words("Alerts", "kind", KINDS, anew)
    _look_after_archives(anew)


def _change_words(table: str, column: str, words: str, anew: str) -> None:
    known = one_of(table, column, words)
    with op.batch_alter_table(table, schema=in_schema("app"), recreate=anew) as changed:
        changed.drop_constraint(f"ck_{table}_{column}", type_="check")
        changed.create_check_constraint(f"ck_{table}_{column}", known.sqltext)


def _look_after_archives(anew: str) -> None:
    """What was written was compared with the database then; it is looked at next when it would be anyway."""
    for name in ("looked_at", "removal_began_at", "removed_at"):
        op.add_column("Archives", sa.Column(name, INSTANT, nullable=True), schema=in_schema("ops"))
    op.add_column("Archives", sa.Column("trouble", sa.Unicode(400), nullable=True), schema=in_schema("ops"))
    archives = sa.table("Archives", sa.column("looked_at"), sa.column("written_at"), schema=in_schema("ops"))
    op.execute(archives.update().values(looked_at=archives.c.written_at))
    with op.batch_alter_table("Archives", schema=in_schema("ops"), recreate=anew) as changed:
        for name, condition in CHECKS.items():
            changed.create_check_constraint(f"ck_Archives_{name}", condition)
    create_index("ops", "Archives", "ix_Archives_looked_at", ["looked_at"], where="removal_began_at IS NULL")
    create_index("ops", "Archives", "ix_Archives_trouble", ["site_id"], where="trouble IS NOT NULL")
    under_way = "removed_at IS NULL AND removal_began_at IS NOT NULL"
    create_index("ops", "Archives", "ix_Archives_removal", ["removal_began_at"], where=under_way)
