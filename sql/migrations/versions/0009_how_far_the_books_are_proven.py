"""How far ledgers and chains are proven, and the alert that they are not right."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, MONEY, foreign_key, in_schema, one_of

revision = "0009"
down_revision = "0008"

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "mail_failing books_wrong"
)


def upgrade() -> None:
    _create_proven_entries()
    _create_proven_events()
    _add_kind_of_alert()


def _create_proven_entries() -> None:
    op.create_table(
        "ProvenEntries",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.Column("balance", MONEY, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_ProvenEntries"),
        foreign_key("fk_ProvenEntries_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("ops"),
    )


def _create_proven_events() -> None:
    op.create_table(
        "ProvenEvents",
        sa.Column("writer", sa.String(60), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("writer", name="pk_ProvenEvents"),
        schema=in_schema("ops"),
    )


def _add_kind_of_alert() -> None:
    known = one_of("Alerts", "kind", KINDS)
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
