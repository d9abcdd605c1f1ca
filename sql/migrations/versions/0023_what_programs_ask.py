"""What programs ask through stored procedures."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import (
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

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "Orders",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.Unicode(128), nullable=False),
        sa.Column("host", sa.Unicode(45), nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("amount", MONEY, nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("paid_amount", MONEY, nullable=True),
        sa.Column("paid_currency", sa.String(3), nullable=True),
        sa.Column("paid_by", sa.String(24), nullable=True),
        sa.Column("reference", sa.Unicode(120), nullable=True),
        sa.Column("analyzer_id", ID, nullable=True),
        sa.Column("wish", WORD, nullable=True),
        sa.Column("reason", sa.Unicode(400), nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("state", WORD, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("entry_no", sa.BigInteger(), nullable=True),
        sa.Column("request_id", ID, nullable=True),
        sa.Column("wish_id", ID, nullable=True),
        sa.Column("refusal", sa.String(60), nullable=True),
        sa.Column("why", sa.Unicode(400), nullable=True),
        sa.CheckConstraint("attempt >= 1", name="ck_Orders_attempt"),
        sa.CheckConstraint(
            "kind <> 'recharge' OR (account_id IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL)",
            name="ck_Orders_recharge",
        ),
        sa.CheckConstraint(
            "kind <> 'wish' OR (analyzer_id IS NOT NULL AND wish IS NOT NULL AND reason IS NOT NULL)",
            name="ck_Orders_wanted",
        ),
        sa.CheckConstraint(
            "(state = 'waiting' AND ended_at IS NULL) OR ended_at IS NOT NULL", name="ck_Orders_ended"
        ),
        *bounded("Orders", "amount"),
        one_of("Orders", "wish", "cut keep_on restore"),
        one_of("Orders", "kind", "recharge wish"),
        one_of("Orders", "state", "waiting done passed_on refused"),
        sa.PrimaryKeyConstraint("id", name="pk_Orders"),
        foreign_key("fk_Orders_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_Orders_user_id", ["user_id"], ["app.Users.id"]),
        foreign_key("fk_Orders_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Orders_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_Orders_request_id", ["request_id"], ["app.Requests.id"]),
        foreign_key("fk_Orders_wish_id", ["wish_id"], ["app.Wishes.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Orders", "uq_Orders_key", ["user_id", "kind", "key", "attempt"], unique=True)
    create_index("app", "Orders", "ix_Orders_waiting", ["site_id", "id"], where="state = 'waiting'")
