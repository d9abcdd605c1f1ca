"""What people book by hand: under which key it was asked for; and refunds, a kind of entry of their own."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import DETAILS, ID, create_index, foreign_key, in_schema, one_of

revision = "0008"
down_revision = "0007"

BEFORE = "opening allocation charge fee correction reversal transfer estimate"
AFTER = f"{BEFORE} refund"


def upgrade() -> None:
    _admit_refunds()
    create_index("app", "Entries", "ix_Entries_not_charged", ["account_id", "entry_no"], where="kind <> 'charge'")
    op.create_table(
        "Bookings",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("caller", sa.String(60), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("asked", DETAILS, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("assignment_id", ID, nullable=True),
        foreign_key(
            "fk_Bookings_account_id_entry_no",
            ["account_id", "entry_no"],
            ["app.Entries.account_id", "app.Entries.entry_no"],
        ),
        sa.PrimaryKeyConstraint("account_id", "entry_no", name="pk_Bookings"),
        foreign_key("fk_Bookings_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Bookings_user_id", ["user_id"], ["app.Users.id"]),
        foreign_key("fk_Bookings_assignment_id", ["assignment_id"], ["app.Assignments.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Bookings", "uq_Bookings_key", ["caller", "key"], unique=True)
    create_index(
        "app",
        "Bookings",
        "uq_Bookings_assignment",
        ["assignment_id"],
        unique=True,
        where="assignment_id IS NOT NULL",
    )


def _admit_refunds() -> None:
    """On SQLite a check is only words of the schema, so the words are changed: the ledger may have millions of rows, and
    making the table anew would copy them all (sqlite.org/lang_altertable.html, section 7)."""
    before, after = one_of("Entries", "kind", BEFORE), one_of("Entries", "kind", AFTER)
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint("ck_Entries_kind", "Entries", schema="app", type_="check")
        op.create_check_constraint("ck_Entries_kind", "Entries", after.sqltext, schema="app")
        return
    conn = op.get_bind()
    version = int(conn.exec_driver_sql("PRAGMA schema_version").scalar_one())
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'Entries'",
        (str(before.sqltext), str(after.sqltext)),
    )
    conn.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")
