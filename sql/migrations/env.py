"""Alembic starts here: it works on the connection, or writes for the dialect, that sql/schema.py hands over."""

from alembic import context

context.configure(**context.config.attributes["options"])
with context.begin_transaction():
    context.run_migrations()
