"""What people and programs do here, and what they were told: Huoli's own database.

- `database`: SQLite file or PostgreSQL, tables, migrations, transactions; the only package that
  imports the SQL toolkit
- `roles`: which calls each role may make
- `keys`: API keys: created once, kept as salted hashes, rotated, expired, revoked
- `verified`: keys that were just verified, so that not every call reads them
- `audit`: who read which people's data, as a chain; `audit_check`: whether it is whole
- `answers`: recommendations and forecasts as they were given, append-only
"""
