"""How a mapping's values become canonical ones, as SQL: text is read, what does not fit is null."""

from features.tables.schemas import Kind

BLANKS = "chr(32) || chr(9) || chr(10) || chr(13) || chr(12288)"  # the last is the wide space
SQL_TYPES: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "json": "VARCHAR",
    "instant": "TIMESTAMPTZ",
    "day": "DATE",
    "number": "DOUBLE",
    "count": "BIGINT",
    "flag": "BOOLEAN",
}
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE")


def given(expression: str, kind: Kind, sql_type: str) -> str:
    """The value as the export gave it: text without blanks around it, null where empty.

    Whole numbers that stand for an id lose the point that a spreadsheet or data frame gave them.
    """
    if sql_type == "VARCHAR":
        return f"nullif(trim({expression}, {BLANKS}), '')"
    if kind in ("id", "text") and sql_type in ("FLOAT", "DOUBLE"):
        return f"regexp_replace(CAST({expression} AS VARCHAR), '\\.0$', '')"
    if (kind == "json" and sql_type.startswith(("STRUCT", "MAP", "JSON"))) or sql_type[-1] == "]":
        return f"CAST(to_json({expression}) AS VARCHAR)"
    return expression


def cast(expression: str, kind: Kind, sql_type: str) -> str:
    """The canonical value of a given one, null where it does not fit."""
    if kind == "count" and sql_type not in NUMERIC[:6]:
        number = f"TRY_CAST({expression} AS DOUBLE)"
        return f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if kind == "number":
        number = f"TRY_CAST({expression} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"TRY_CAST({expression} AS {SQL_TYPES[kind]})"


def is_castable(kind: Kind, sql_type: str) -> bool:
    """Whether a column of this SQL type can become this kind at all.

    A number is no instant or day: only the mapping knows its unit and origin.

    >>> is_castable("instant", "BIGINT"), is_castable("count", "BIGINT")
    (False, True)
    """
    if kind in ("instant", "day"):
        return sql_type not in NUMERIC and not sql_type.startswith("DECIMAL")
    if kind in ("number", "count"):
        return not sql_type.startswith(("TIMESTAMP", "DATE", "TIME", "STRUCT", "MAP"))
    return True


def null(kind: Kind) -> str:
    """A null of this kind, for a column that the mapping leaves out."""
    return f"CAST(NULL AS {SQL_TYPES[kind]})"
