"""What waits for a second person: large recharges, later other acts."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import (
    DETAILS,
    ID,
    INSTANT,
    MONEY,
    WORD,
    bounded,
    create_index,
    foreign_key,
    in_schema,
    one_of,
)

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "Requests",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("caller", sa.String(60), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("amount", MONEY, nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("note", sa.Unicode(400), nullable=True),
        sa.Column("details", DETAILS, nullable=True),
        sa.Column("decided_by_id", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("why", sa.Unicode(400), nullable=True),
        sa.Column("entry_no", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'recharge' OR (account_id IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL)",
            name="ck_Requests_recharge",
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR (decided_by_id IS NOT NULL AND decided_by_id <> asked_by_id)",
            name="ck_Requests_second",
        ),
        sa.CheckConstraint(
            "(state = 'waiting' AND decided_at IS NULL) OR decided_at IS NOT NULL", name="ck_Requests_decided"
        ),
        *bounded("Requests", "amount"),
        one_of("Requests", "kind", "recharge"),
        one_of("Requests", "state", "waiting confirmed refused withdrawn expired"),
        sa.PrimaryKeyConstraint("id", name="pk_Requests"),
        foreign_key("fk_Requests_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_Requests_asked_by_id", ["asked_by_id"], ["app.Users.id"]),
        foreign_key("fk_Requests_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Requests_decided_by_id", ["decided_by_id"], ["app.Users.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Requests", "uq_Requests_key", ["caller", "key"], unique=True)
    create_index("app", "Requests", "ix_Requests_waiting", ["site_id", "expires_at"], where="state = 'waiting'")
    create_index("app", "Requests", "ix_Requests_asked_by_id", ["asked_by_id", "asked_at"])
