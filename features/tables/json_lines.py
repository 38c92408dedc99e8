"""JSON lines as columns of text, by DuckDB's JSON functions."""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

import pyarrow as pa

from features.tables.engine import connect, quoted


def as_columns(lines: pa.Table) -> tuple[pa.Table, list[tuple[int, str]]]:
    """A table of the objects' fields with `_row`, and (row, text) of the lines that are none.

    `lines` has one column `line`. Blank lines are passed over but counted in `_row`.
    """
    numbered = lines.append_column("_row", pa.array(range(1, lines.num_rows + 1), pa.int64()))
    with connect() as connection:
        connection.register("numbered", numbered)
        connection.execute(
            "CREATE TEMP VIEW parsed AS SELECT _row, line, json_valid(line) AND "
            "json_type(TRY_CAST(line AS JSON)) = 'OBJECT' AS good "
            "FROM numbered WHERE trim(line) <> ''"
        )
        bad = connection.execute("SELECT _row, line FROM parsed WHERE NOT good").fetchall()
        names = connection.execute(
            "SELECT DISTINCT unnest(json_keys(line)) AS name FROM parsed WHERE good ORDER BY name"
        ).fetchall()
        fields = [
            f"json_extract_string(line, {_path(name)}) AS {quoted(name)}" for (name,) in names
        ]
        table = connection.sql(
            f"SELECT {', '.join([*fields, '_row'])} FROM parsed WHERE good"
        ).to_arrow_table()
    return table, bad


def _path(name: str) -> str:
    pointer = name.replace("~", "~0").replace("/", "~1")  # a JSON pointer takes any name
    return "'/" + pointer.replace("'", "''") + "'"
