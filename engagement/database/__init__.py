"""Huoli's own database: the home's SQLite file, or PostgreSQL where an address is given.

Statements elsewhere are SQL with named parameters that both understand; this package alone knows
the toolkit.

- `tables`: every table
- `address`: which PostgreSQL the environment names, if any
- `transactions`: read, write and insert, one statement or several at a time
- `sqlite`, `postgresql`: what differs between the two
- `upgrading`: brings a database of an earlier version forward; `migrations` holds the steps
- `opening`: opens the database of a home, or only looks at it
- `moments`: when its rows were written, by their own account
- `copying`: all rows from one database to another, for backups
"""

from engagement.database.opening import Look, look_at, open_database
from engagement.database.tables import INSTANT, SCHEMA
from engagement.database.transactions import Database, Transaction, containing

__all__ = ["INSTANT", "SCHEMA", "Database", "Look", "Transaction", "containing", "look_at",
           "open_database"]  # fmt: skip
