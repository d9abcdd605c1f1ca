"""Sites and people: who the product serves."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import (
    DETAILS,
    ID,
    INSTANT,
    MONEY,
    WORD,
    create_index,
    foreign_key,
    in_schema,
    one_of,
)


def create() -> None:
    _create_sites()
    _create_settings()
    _create_holidays()
    _create_site_states()
    _create_tenants()
    _create_contacts()
    _create_users()
    _create_sessions()
    _create_throttles()


def _create_sites() -> None:
    op.create_table(
        "Sites",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("country", sa.String(2), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("mail_sender", sa.Unicode(254), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.UniqueConstraint("name", name="uq_Sites_name"),
        sa.PrimaryKeyConstraint("id", name="pk_Sites"),
        schema=in_schema("app"),
    )


def _create_settings() -> None:
    op.create_table(
        "Settings",
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("value", sa.Unicode(400), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("set_by", sa.Unicode(120), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "name", name="pk_Settings"),
        foreign_key("fk_Settings_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("app"),
    )


def _create_holidays() -> None:
    op.create_table(
        "Holidays",
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("held_on", sa.DATE(), nullable=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "held_on", name="pk_Holidays"),
        foreign_key("fk_Holidays_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("app"),
    )


def _create_site_states() -> None:
    op.create_table(
        "SiteStates",
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("source", WORD, nullable=True),
        sa.Column("source_since_at", INSTANT, nullable=True),
        sa.Column("clock_doubted_since_at", INSTANT, nullable=True),
        sa.Column("incomer_in_range", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("grid_supplied_w", sa.BigInteger(), nullable=True),
        sa.Column("generator_supplied_w", sa.BigInteger(), nullable=True),
        one_of("SiteStates", "source", "grid generator"),
        sa.PrimaryKeyConstraint("site_id", name="pk_SiteStates"),
        foreign_key("fk_SiteStates_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("app"),
    )


def _create_tenants() -> None:
    op.create_table(
        "Tenants",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.Column("unit", sa.Unicode(60), nullable=True),
        sa.Column("phone", sa.Unicode(40), nullable=True),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("note", sa.Unicode(1000), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.UniqueConstraint("site_id", "name", name="uq_Tenants_site_id_name"),
        sa.PrimaryKeyConstraint("id", name="pk_Tenants"),
        foreign_key("fk_Tenants_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("app"),
    )


def _create_contacts() -> None:
    op.create_table(
        "Contacts",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("tenant_id", ID, nullable=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.Column("email", sa.Unicode(254), nullable=True),
        sa.Column("phone", sa.Unicode(40), nullable=True),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("channels", DETAILS, nullable=True),
        sa.Column("muted", DETAILS, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_Contacts"),
        foreign_key("fk_Contacts_tenant_id", ["tenant_id"], ["app.Tenants.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Contacts", "ix_Contacts_tenant_id", ["tenant_id"])


def _create_users() -> None:
    op.create_table(
        "Users",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=True),
        sa.Column("tenant_id", ID, nullable=True),
        sa.Column("user_name", sa.Unicode(60), nullable=False),
        sa.Column("display_name", sa.Unicode(120), nullable=False),
        sa.Column("email", sa.Unicode(254), nullable=True),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("session_version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("largest_recharge", MONEY, nullable=True),
        sa.Column("muted", DETAILS, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("locked_at", INSTANT, nullable=True),
        sa.Column("signed_in_at", INSTANT, nullable=True),
        sa.UniqueConstraint("user_name", name="uq_Users_user_name"),
        sa.CheckConstraint("role <> 'tenant' OR tenant_id IS NOT NULL", name="ck_Users_tenant_named"),
        one_of("Users", "role", "admin cashier manager tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_Users"),
        foreign_key("fk_Users_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_Users_tenant_id", ["tenant_id"], ["app.Tenants.id"]),
        schema=in_schema("app"),
    )


def _create_sessions() -> None:
    op.create_table(
        "Sessions",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("idle_ends_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_why", sa.String(24), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("agent", sa.Unicode(300), nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_Sessions_token_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_Sessions"),
        foreign_key("fk_Sessions_user_id", ["user_id"], ["app.Users.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Sessions", "ix_Sessions_user_id", ["user_id"], where="ended_at IS NULL")


def _create_throttles() -> None:
    op.create_table(
        "Throttles",
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_Throttles"),
        schema=in_schema("ops"),
    )
