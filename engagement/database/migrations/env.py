"""Run by Alembic around the steps: on the connection whose transaction `upgrading` has begun."""

from alembic import context

from engagement.database.tables import SCHEMA

context.configure(connection=context.config.attributes["connection"], target_metadata=SCHEMA)
context.run_migrations()
