"""The steps from one version of the tables to the next, for Alembic.

A new step is a file in `versions`, named after what it adds. It names the step before it, changes
the same things on SQLite and PostgreSQL, imports nothing of `tables`, which moves on, and becomes
the HEAD of `engagement.database.upgrading`.
"""
