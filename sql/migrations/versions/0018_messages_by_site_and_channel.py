"""Messages of a site, by mail and other channels, several in one mail; quiet hours of users and contacts."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, create_index, foreign_key, in_schema, one_of

revision = "0018"
down_revision = "0017"

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "mail_failing books_wrong connecting_stopped test"
)
TENANT_KINDS = ("low", "critical", "exhausted", "cut", "restored")


def upgrade() -> None:
    """Messages of before went by mail, each one alone. No contact had other channels: nothing wrote them."""
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    known = one_of("Alerts", "kind", KINDS)
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
    _give_quiet_hours("Users", anew)
    _give_quiet_hours("Contacts", anew)
    _create_channels()
    _change_messages(anew)


def _give_quiet_hours(table: str, anew: str) -> None:
    with op.batch_alter_table(table, schema=in_schema("app"), recreate=anew) as people:
        if table == "Contacts":
            people.drop_column("channels")
        people.add_column(sa.Column("quiet_from_minute", sa.SmallInteger(), nullable=True))
        people.add_column(sa.Column("quiet_until_minute", sa.SmallInteger(), nullable=True))
        people.create_check_constraint(
            f"ck_{table}_quiet_hours",
            "(quiet_from_minute IS NULL AND quiet_until_minute IS NULL) OR "
            "(quiet_from_minute BETWEEN 0 AND 1439 AND quiet_until_minute BETWEEN 0 AND 1439)",
        )


def _create_channels() -> None:
    op.create_table(
        "Channels",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("url", sa.Unicode(1000), nullable=False),
        sa.Column("shown", sa.Unicode(120), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.Unicode(120), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(user_id IS NULL AND contact_id IS NOT NULL) OR (user_id IS NOT NULL AND contact_id IS NULL)",
            name="ck_Channels_whose",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_Channels"),
        foreign_key("fk_Channels_user_id", ["user_id"], ["app.Users.id"]),
        foreign_key("fk_Channels_contact_id", ["contact_id"], ["app.Contacts.id"]),
        schema=in_schema("app"),
    )
    open_ones = "ended_at IS NULL AND {} IS NOT NULL"
    for whose in ("user_id", "contact_id"):
        create_index("app", "Channels", f"ix_Channels_{whose}", [whose], where=open_ones.format(whose))


def _change_messages(anew: str) -> None:
    app = in_schema("app")
    with op.batch_alter_table("Messages", schema=app, recreate=anew) as messages:
        messages.drop_index("ix_Messages_due")
        messages.add_column(sa.Column("site_id", ID, nullable=True))
        messages.add_column(sa.Column("channel_id", ID, nullable=True))
        messages.add_column(sa.Column("to_staff", sa.Boolean(), nullable=False, server_default=sa.false()))
        messages.add_column(sa.Column("tried_at", INSTANT, nullable=True))
        messages.add_column(sa.Column("digest_id", sa.String(120), nullable=True))
    alerts = sa.table("Alerts", *(sa.column(name) for name in ("id", "site_id", "kind")), schema=app)
    table = sa.table("Messages", *(sa.column(name) for name in ("site_id", "alert_id", "to_staff")), schema=app)
    of_alert = sa.select(alerts.c.site_id).where(alerts.c.id == table.c.alert_id).scalar_subquery()
    # spelt out, so that the script of this migration is whole without parameters
    of_tenants = [sa.literal_column(f"'{kind}'") for kind in TENANT_KINDS]
    about_staff = sa.select(alerts.c.id).where(alerts.c.kind.not_in(of_tenants))
    staff = sa.case((table.c.alert_id.in_(about_staff), sa.literal_column("1")), else_=sa.literal_column("0"))
    op.execute(table.update().values(site_id=of_alert, to_staff=staff))
    with op.batch_alter_table("Messages", schema=app, recreate=anew) as messages:
        messages.alter_column("site_id", existing_type=ID, nullable=False)
        messages.create_check_constraint("ck_Messages_channel_named", "channel = 'mail' OR channel_id IS NOT NULL")
        messages.create_foreign_key("fk_Messages_site_id", "Sites", ["site_id"], ["id"], referent_schema=app)
        messages.create_foreign_key("fk_Messages_channel_id", "Channels", ["channel_id"], ["id"], referent_schema=app)
    create_index("app", "Messages", "ix_Messages_due", ["site_id", "state", "due_at"])
    create_index("app", "Messages", "ix_Messages_sent_at", ["site_id", "sent_at"], where="sent_at IS NOT NULL")
    create_index("app", "Messages", "ix_Messages_alert_id", ["alert_id"])
    create_index("app", "Messages", "ix_Messages_digest_id", ["digest_id"], where="digest_id IS NOT NULL")
