"""Messages that are withdrawn, because what they tell was over before they could be sent."""

from alembic import op

from sql.migrations.revision_0001.parts import in_schema, one_of

revision = "0025"
down_revision = "0023"

STATES = "waiting claimed sent failed withdrawn"


def upgrade() -> None:
    known = one_of("Messages", "state", STATES)
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Messages", schema=in_schema("app"), recreate=anew) as messages:
        messages.drop_constraint("ck_Messages_state", type_="check")
        messages.create_check_constraint("ck_Messages_state", known.sqltext)
