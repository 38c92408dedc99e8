"""An export's rows and those of the import before: what is replaced, added, kept, closed."""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

from datetime import datetime
from typing import Any

import pyarrow as pa

from features.tables.engine import quoted
from features.tables.rules import known
from features.tables.schemas import TABLES, Table
from features.tables.staging import Staged

CLOSED_BY = {"employees": "left_at", "memberships": "ended_at"}


def before(table: str) -> str:
    """The SQL name of a table as the import before left it."""
    return quoted(f"before {table}")


def new(table: str) -> str:
    """The SQL name of a snapshot table's ids in this export."""
    return quoted(f"new {table}")


def referring(table: str) -> str:
    """The SQL name of what the rows of a merged table refer to."""
    return quoted(f"referring {table}")


def know_ids(connection: Any, table: str, staged: Staged | None) -> None:
    """Make the ids of a table known to the rules: this export's, and earlier ones."""
    column = TABLES[table].key[0]
    fresh = (
        f"SELECT DISTINCT {column} AS id FROM {staged.name} WHERE _rule IS NULL"
        if staged
        else "SELECT CAST(NULL AS VARCHAR) AS id WHERE false"
    )
    connection.execute(f"CREATE TEMP TABLE {new(table)} AS {fresh}")
    connection.execute(
        f"CREATE TEMP TABLE {known(table)} AS FROM {new(table)} "
        f"UNION SELECT {column} FROM {before(table)}"
    )


def know_announcements(connection: Any, staged: Staged | None) -> None:
    """Make known since when each activity was announced: its first announcement of all rows."""
    fresh = (
        f"SELECT activity_id, announced_at FROM {staged.name} WHERE _rule IS NULL UNION ALL "
        if staged
        else ""
    )
    connection.execute(
        "CREATE TEMP TABLE announced AS SELECT activity_id AS id, min(announced_at) AS at FROM ("
        f"{fresh}SELECT activity_id, announced_at FROM {before('activities')} "
        f"WHERE activity_id NOT IN (SELECT id FROM {new('activities')})) "
        "WHERE announced_at IS NOT NULL GROUP BY ALL"
    )


def merged_log(connection: Any, staged: Staged) -> pa.Table:
    """The rows of before and of this export by key; this export's row stands where both have it."""
    table = staged.table
    return _sorted(
        connection, table,
        f"SELECT {staged.columns} FROM {staged.name} WHERE _rule IS NULL UNION ALL "
        f"SELECT {staged.columns} FROM {before(table.name)} old WHERE {_lacks_key(staged)}",
    )  # fmt: skip


def merged_snapshot(
    connection: Any,
    staged: Staged | None,
    table: Table,
    until: datetime | None,
    children: set[str],
) -> pa.Table:
    """This export's rows, and of those absent from it what must not vanish.

    An absent employee has left, and their memberships ended, at `until`, unless that is None. An
    absent project group or activity stays while a row of `children`, tables merged already,
    refers to it.
    """
    columns = ", ".join(table.columns)
    stays = _stays(table, children)
    if staged:
        stays += f" AND {_lacks_key(staged)}"
    parts = [f"SELECT {columns} FROM {before(table.name)} old WHERE {stays}"]
    if until and table.name in CLOSED_BY:
        end = CLOSED_BY[table.name]
        closing = f"* REPLACE (least({end}, TIMESTAMPTZ '{until.isoformat()}') AS {end})"
        parts = [f"SELECT {columns} FROM (SELECT {closing} FROM ({parts[0]}))"]
    if staged:
        parts.append(f"SELECT {columns} FROM {staged.name} WHERE _rule IS NULL")
    return _sorted(connection, table, " UNION ALL ".join(parts))


def _stays(table: Table, children: set[str]) -> str:
    """The SQL condition for a row of before that this export does not have and must stay."""
    if table.name in CLOSED_BY:  # of the people absent, whose other records stay too
        return f"employee_id NOT IN (SELECT id FROM {new('employees')})"
    references = [
        f"SELECT {name} FROM {referring(child)}"
        for child in sorted(children)
        for name, column in TABLES[child].columns.items()
        if column.references == table.name
    ]
    if not references:
        return "false"
    key = table.key[0]
    return (
        f"{key} NOT IN (SELECT id FROM {new(table.name)}) "
        f"AND {key} IN ({' UNION '.join(references)})"
    )


def remember_references(connection: Any, table: Table, merged: pa.Table) -> bool:
    """Keep which project groups and activities a merged table refers to; False if it has none."""
    columns = [
        name
        for name, column in table.columns.items()
        if column.references not in (None, "employees")
    ]
    if columns:
        connection.register("merged", merged)
        connection.execute(
            f"CREATE TEMP TABLE {referring(table.name)} AS "
            f"SELECT DISTINCT {', '.join(columns)} FROM merged"
        )
        connection.unregister("merged")
    return bool(columns)


def _lacks_key(staged: Staged) -> str:
    """The SQL condition for a row of before whose key no good row of this export has."""
    same = " AND ".join(f"s.{key} IS NOT DISTINCT FROM old.{key}" for key in staged.table.key)
    return f"NOT EXISTS (SELECT 1 FROM {staged.name} s WHERE s._rule IS NULL AND {same})"


def _sorted(connection: Any, table: Table, query: str) -> pa.Table:
    """The rows in order of all columns of the key, so that equal tables are equal files."""
    order = ", ".join(table.key)
    ordered = connection.sql(f"SELECT * FROM ({query}) ORDER BY {order}")
    return ordered.to_arrow_table().cast(table.arrow_schema)
