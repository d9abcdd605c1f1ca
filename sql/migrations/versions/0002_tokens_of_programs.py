"""Tokens and rate limits of the REST API: what a session belongs to, refresh tokens, and requests counted."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, WORD, create_index, foreign_key, in_schema, one_of

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _add_kind_of_session()
    _create_refresh_tokens()
    _create_rate_limits()
    create_index("ops", "Throttles", "ix_Throttles_until_at", ["until_at"])


def _add_kind_of_session() -> None:
    """Sessions of before are those of browsers."""
    known = one_of("Sessions", "kind", "browser api")
    anew = op.get_context().dialect.name == "sqlite"
    with op.batch_alter_table(
        "Sessions", schema=in_schema("app"), recreate="always" if anew else "never", table_args=(known,)
    ) as sessions:
        sessions.add_column(sa.Column("kind", WORD, nullable=False, server_default="browser"))
    if not anew:
        op.create_check_constraint("ck_Sessions_kind", "Sessions", known.sqltext, schema="app")


def _create_refresh_tokens() -> None:
    op.create_table(
        "RefreshTokens",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_RefreshTokens_token_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_RefreshTokens"),
        foreign_key("fk_RefreshTokens_session_id", ["session_id"], ["app.Sessions.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "RefreshTokens", "ix_RefreshTokens_session_id", ["session_id"])


def _create_rate_limits() -> None:
    op.create_table(
        "RateLimits",
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_RateLimits"),
        schema=in_schema("ops"),
    )
    create_index("ops", "RateLimits", "ix_RateLimits_ends_at", ["ends_at"])
