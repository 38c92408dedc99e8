"""An export's files as Arrow tables: every column, and the file and row that each value is from."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from features.errors import InputError
from features.tables.mapping import Source


@dataclass(frozen=True)
class Unreadable:
    """A line that could not be read as a row, and why."""

    file: str
    row: int
    rule: str
    values: dict[str, object]
    text: str


@dataclass(frozen=True)
class Rows:
    """What one source gave: a table with `_file` and `_row`, and the lines that are no rows."""

    table: pa.Table
    unreadable: list[Unreadable]
    present: bool = True


def read_source(source: Source, export: Path) -> Rows:
    """All rows of a source, over all files that its path matches.

    An optional source that is absent gives no rows of its declared columns.

    Raises:
        InputError: a file is missing, empty, in another encoding or format, or lacks a column.
    """
    if source.format == "database":
        from features.tables.database import read_database

        return _stamped(read_database(source), source.name)
    paths = source_paths(source, export)
    if not paths:
        return Rows(_no_rows(source), [], present=False)
    parts = [_read(source, path, path.relative_to(export).as_posix()) for path in paths]
    table = pa.concat_tables([part.table for part in parts], promote_options="permissive")
    return Rows(table.unify_dictionaries(), [line for part in parts for line in part.unreadable])


def source_paths(source: Source, export: Path) -> list[Path]:
    """The files that the source's path matches, in order of name; none if it is optional.

    Raises:
        InputError: there is none, one of them is empty, or the path is no pattern.
    """
    try:
        paths = sorted(path for path in export.glob(source.path) if path.is_file())
    except (ValueError, IndexError, NotImplementedError) as error:
        raise InputError(
            "files.{name}.path must be a file name or a pattern such as *.csv, found {path}; "
            "correct mapping.toml",
            name=source.name, path=source.path,
        ) from error  # fmt: skip
    paths = [path for path in paths if not source.optional or path.stat().st_size]
    if not paths and not source.optional:
        raise InputError(
            "{file} must be in the export, found no such file; export it again, or mark "
            "files.{name} as optional in mapping.toml",
            file=source.path, name=source.name,
        )  # fmt: skip
    for path in paths:
        if not path.stat().st_size:
            raise empty(path.relative_to(export).as_posix())
    return paths


def empty(file: str) -> InputError:
    """The error for a file without a header or a single row."""
    return InputError("{file} must have rows, found an empty file; export it again", file=file)


def _read(source: Source, path: Path, file: str) -> Rows:
    from features.tables import files

    readers = {
        "csv": files.read_csv,
        "excel": files.read_excel,
        "jsonl": files.read_json_lines,
        "parquet": files.read_parquet,
    }
    rows = readers[source.format](source, path, file)
    missing = [name for name in source.columns if name not in rows.table.column_names]
    if missing:
        raise InputError(
            "{file} must have the column {columns}, found {found}; export it with that column, "
            "or correct files.{name} in mapping.toml",
            file=file,
            columns=", ".join(missing),
            found=", ".join(name for name in rows.table.column_names if name != "_row"),
            name=source.name,
        )
    return replace(rows, table=_stamped(rows.table, file).table)


def _stamped(table: pa.Table, file: str) -> Rows:
    """The table with its file's name, and row numbers where the reader gave none."""
    n_rows = table.num_rows
    if "_row" not in table.column_names:
        table = table.append_column("_row", pa.array(range(1, n_rows + 1), pa.int64()))
    indices = pa.repeat(pa.scalar(0, pa.int32()), n_rows)
    return Rows(
        table.append_column("_file", pa.DictionaryArray.from_arrays(indices, pa.array([file]))), []
    )


def _no_rows(source: Source) -> pa.Table:
    names = [*source.columns, "_file"]
    fields = [(name, pa.string()) for name in names]
    return pa.schema([*fields, ("_row", pa.int64())]).empty_table()
