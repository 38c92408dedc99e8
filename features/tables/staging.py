"""One table of an export in DuckDB: cast, each row with the first rule that it breaks."""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

from dataclasses import dataclass
from typing import Any

import duckdb

from features.erased import Erased
from features.errors import InputError
from features.language import _
from features.tables.casting import cast, given, is_castable, null
from features.tables.checks import check_columns
from features.tables.engine import quoted
from features.tables.rules import Rule, raw, rules_of
from features.tables.schemas import Mode, Table

WRONG_SQL = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.PermissionException,  # it reads a file that mapping.toml does not declare
)
MOST_CHANNELS, LONGEST_CHANNEL = 50, 40
SAME, REPLACED = -1, -2  # in `_rule`: equal to a row that is kept; corrected by a later one
PEOPLE_COLUMNS = ("employee_id", "other_employee_id", "organiser_id")
ORIGIN = {"_file": "NULL", "_row": "row_number() OVER ()"}


@dataclass(frozen=True)
class Staged:
    """A table in DuckDB under `name`: canonical columns, `_file`, `_row`, `_rule`, `_given`.

    `_rule` is the position in `rules` of the rule that the row breaks, null for a good row.
    """

    table: Table
    mode: Mode
    rules: list[Rule]

    @property
    def name(self) -> str:
        """Its quoted name in SQL."""
        return quoted(f"staged {self.table.name}")

    @property
    def columns(self) -> str:
        """The canonical columns in order, as SQL."""
        return ", ".join(self.table.columns)


def stage(connection: Any, table: Table, select: str, mode: Mode, files: str) -> Staged:
    """The table that the mapping's SELECT makes, cast and checked row by row.

    Raises:
        InputError: the SELECT cannot run, or its columns are not the table's.
    """
    types = _types(connection, table, select, files)
    _check_types(table, types)
    columns = [name for name in table.columns if name in types]
    rules = rules_of(table, columns)
    staged = Staged(table, mode, [*rules, _conflict(table)])
    execute(
        connection, f"CREATE TEMP TABLE {staged.name} AS {_query(staged, select, types)}",
        f"{table.name}.sql", files,
    )  # fmt: skip
    if table.name == "interactions":
        _check_no_content(connection, staged)
    _mark_repeated(connection, staged)
    return staged


def execute(connection: Any, sql: str, name: str, files: str) -> Any:
    """Run the mapping's SQL; what is wrong with it is told without any value of the export.

    Raises:
        InputError: names the SQL file, the files that it reads, and the problem.
    """
    try:
        return connection.execute(sql)
    except WRONG_SQL as error:
        problem = str(error).split("\n\n")[0].replace("\n", " ")
        raise sql_error(name, files, problem) from None
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise InputError(
            "{name} over {files} must be able to convert every value, found {kind}; "
            "use TRY_CAST or TRY_STRPTIME",
            name=name, files=files, kind=type(error).__name__,
        ) from None  # fmt: skip


def sql_error(name: str, files: str, problem: str) -> InputError:
    """The error for SQL that is wrong whatever the export holds."""
    return InputError(
        "{name} must be one SELECT that runs{over}, found: {problem}; correct it",
        name=name,
        over=f" ({files})" if files else "",
        problem=problem,
    )


def _types(connection: Any, table: Table, select: str, files: str) -> dict[str, str]:
    described = execute(connection, f"DESCRIBE {select}", f"{table.name}.sql", files).fetchall()
    return {name: sql_type.removesuffix(" WITH TIME ZONE") for name, sql_type, *_rest in described}


def _check_types(table: Table, types: dict[str, str]) -> None:
    found = [name for name in types if name not in ORIGIN]
    nullable = [name for name, column in table.columns.items() if column.nullable]
    check_columns(table.name, [*found, *(name for name in nullable if name not in found)])
    for name in found:
        if not is_castable(table.columns[name].kind, types[name]):
            raise InputError(
                "{table}.{column} must be of the kind {kind}, found {sql_type}; "
                "convert it in {table}.sql (epoch_ms() reads milliseconds)",
                table=table.name, column=name, kind=table.columns[name].kind, sql_type=types[name],
            )  # fmt: skip


def _check_no_content(connection: Any, staged: Staged) -> None:
    """Refuse what people wrote where a channel's name should stand, before it is kept anywhere."""
    ((n_names, longest),) = connection.execute(
        f"SELECT count(DISTINCT channel), max(length(channel)) FROM {staged.name}"
    ).fetchall()
    if n_names > MOST_CHANNELS or (longest or 0) > LONGEST_CHANNEL:
        raise InputError(
            "interactions.channel must hold names of channels and no content, found {count} "
            "different texts of up to {length} characters; correct interactions.sql",
            count=n_names, length=longest,
        )  # fmt: skip


def _conflict(table: Table) -> Rule:
    template = _("{key} stands in an earlier row with other content")
    return Rule(template, {"key": ", ".join(table.key)}, "false")


def _query(staged: Staged, select: str, types: dict[str, str]) -> str:
    """Three steps: values as given, values cast, the first rule broken.

    Without `_row` from the mapping, a row's number is its place in the SELECT's result.
    """
    table = staged.table
    found = [name for name in table.columns if name in types]
    as_given = [
        f"{given(quoted(name), table.columns[name].kind, types[name])} AS {raw(name)}"
        for name in found
    ]
    origin = [name if name in types else f"{absent} AS {name}" for name, absent in ORIGIN.items()]
    casts = [
        f"{cast(raw(name), column.kind, types[name]) if name in types else null(column.kind)} "
        f"AS {name}"
        for name, column in table.columns.items()
    ]
    cases = " ".join(
        f"WHEN {rule.condition} THEN {number}" for number, rule in enumerate(staged.rules)
    )
    packed = ", ".join(f"{name} := {raw(name)}" for name in found)
    return (
        f"SELECT {staged.columns}, CAST(_file AS VARCHAR) AS _file, CAST(_row AS BIGINT) AS _row, "
        "_rule, "
        f"CASE WHEN _rule IS NOT NULL THEN CAST(to_json(struct_pack({packed})) AS VARCHAR) END "
        f"AS _given FROM (SELECT *, CAST(CASE {cases} END AS INTEGER) AS _rule FROM ("
        f"SELECT *, {', '.join(casts)} FROM ("
        f"SELECT {', '.join([*as_given, *origin])} FROM (\n{select}\n))))"
    )


def _mark_repeated(connection: Any, staged: Staged) -> None:
    """Mark rows whose key occurs again: the last of a log counts, the first of a snapshot."""
    keys, is_log = ", ".join(staged.table.key), staged.mode == "log"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {keys} FROM {staged.name} "
        "WHERE _rule IS NULL GROUP BY ALL HAVING count(*) > 1"
    )
    same_key = " AND ".join(f"r.{key} IS NOT DISTINCT FROM s.{key}" for key in staged.table.key)
    own_keys = ", ".join(f"s.{key}" for key in staged.table.key)
    content = f"struct_pack({', '.join(f'{name} := s.{name}' for name in staged.table.columns)})"
    order = ", ".join(f"{name} {'DESC' if is_log else 'ASC'}" for name in ORIGIN)
    window = f"OVER (PARTITION BY {keys} ORDER BY {order})"
    other = REPLACED if is_log else len(staged.rules) - 1
    connection.execute(
        f"UPDATE {staged.name} SET _rule = marked.rule, _given = CASE WHEN marked.rule >= 0 "
        "THEN marked.content END FROM ("
        f"SELECT position, CAST(to_json(content) AS VARCHAR) AS content, CASE "
        f"WHEN row_number() {window} = 1 THEN NULL "
        f"WHEN content = first_value(content) {window} THEN {SAME} ELSE {other} END AS rule FROM ("
        f"SELECT s.rowid AS position, s._file, s._row, {own_keys}, {content} AS content "
        f"FROM {staged.name} s JOIN repeated r ON {same_key} WHERE s._rule IS NULL)"
        f") marked WHERE marked.rule IS NOT NULL AND {staged.name}.rowid = marked.position"
    )


def drop_erased(connection: Any, staged: Staged, erased: Erased) -> int:
    """Take rows of people who were erased out of a staged table, and their names; how many rows.

    Also of rows that broke a rule, by the values as they were given.
    """
    if not erased.hashes:
        return 0
    n_rows = 0
    for name, column in staged.table.columns.items():
        if name not in PEOPLE_COLUMNS:
            continue
        as_given = f"json_extract_string(_given, '{name}')"
        rows = connection.execute(
            f"SELECT DISTINCT {name} FROM {staged.name} UNION SELECT DISTINCT {as_given} "
            f"FROM {staged.name} WHERE _given IS NOT NULL"
        ).fetchall()
        gone = sorted(erased.among(one for row in rows for one in _forms(row[0])))
        if not gone:
            continue
        if column.nullable:
            connection.execute(
                f"UPDATE {staged.name} SET {name} = NULL WHERE list_contains(?, {name})", [gone]
            )
            where = f"list_contains(?, trim({as_given}))"
        else:
            where = f"list_contains(?, {name}) OR list_contains($1, trim({as_given}))"
        where = where.replace("?", "$1")
        n_rows += connection.execute(f"DELETE FROM {staged.name} WHERE {where}", [gone]).fetchall()[
            0
        ][0]
    return n_rows


def _forms(given: str | None) -> tuple[str, ...]:
    return () if given is None else (given, given.strip())
