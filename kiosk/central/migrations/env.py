"""Run by Alembic: applies what is missing to the connection that it was given."""

from alembic import context

from kiosk.central.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata(), render_as_batch=True, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
