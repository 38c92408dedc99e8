"""Readers of one file each: CSV, Excel, JSON lines and Parquet, as text wherever it can be."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from features.errors import InputError
from features.language import _
from features.tables.mapping import Source
from features.tables.sources import Rows, Unreadable, empty

GUESSES = ("utf-8", "gb18030", "utf-16", "big5")
BLOCK = 1 << 23


def read_csv(source: Source, path: Path, file: str) -> Rows:
    """The rows as text, blanks as null; lines with another number of fields are set aside."""
    lines: list[Unreadable] = []

    def set_aside(row: Any) -> str:
        values = {"found": row.actual_columns, "expected": row.expected_columns}
        rule = _("the line has {found} fields and the header {expected}")
        lines.append(Unreadable(file, row.number - 1, rule, values, row.text))
        return "skip"

    table = _parsed(
        source, path, file, pa_csv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=set_aside
        ),
    )  # fmt: skip
    _check_header(file, table.column_names)
    numbers = _numbers(table.num_rows, [line.row for line in lines])
    return Rows(table.append_column("_row", numbers), lines)


def _check_header(file: str, names: Sequence[str]) -> None:
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise InputError(
            "{file} must name each column once, found {columns} more than once; rename them",
            file=file, columns=", ".join(sorted(repeated)),
        )  # fmt: skip


def _parsed(source: Source, path: Path, file: str, parsing: Any, header: Any = None) -> pa.Table:
    """The file through Arrow's parser, with the vendor's errors, which hold values, replaced."""
    reading = pa_csv.ReadOptions(
        encoding=source.encoding, use_threads=False, block_size=BLOCK, column_names=header
    )
    converting = pa_csv.ConvertOptions(
        default_column_type=pa.string(), strings_can_be_null=True, null_values=[""]
    )
    try:
        return pa_csv.read_csv(path, reading, parsing, converting)
    except UnicodeDecodeError:
        raise _wrong_encoding(source, path, file) from None
    except LookupError as error:
        raise InputError(
            "files.{name}.encoding must be an encoding's name, found {encoding}",
            name=source.name, encoding=source.encoding,
        ) from error  # fmt: skip
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise _wrong_encoding(source, path, file) from None
        if "Empty" in str(error):
            raise empty(file) from None
        raise InputError(
            "{file} must be readable as {format}, found a line that is not; export it again",
            file=file, format=source.format,
        ) from None  # fmt: skip


def _wrong_encoding(source: Source, path: Path, file: str) -> InputError:
    fitting = [name for name in GUESSES if name != source.encoding and _decodes(path, name)]
    return InputError(
        "{file} must be in {encoding}, found bytes that are not; export it in {encoding}, or set "
        "files.{name}.encoding in mapping.toml (it reads as {fitting})",
        file=file,
        encoding=source.encoding,
        name=source.name,
        fitting=fitting[0] if fitting else "-",
    )


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as text:
            while text.read(1 << 20):
                pass
    except UnicodeError:
        return False
    return True


def _numbers(n_rows: int, skipped: Sequence[int]) -> pa.Array:
    """The data row numbers of the rows kept, from 1."""
    numbers = np.arange(1, n_rows + len(skipped) + 1)
    return pa.array(np.delete(numbers, [row - 1 for row in skipped]), pa.int64())


def read_excel(source: Source, path: Path, file: str) -> Rows:
    """The sheet's rows as text: whole numbers without a point, dates in ISO form."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except Exception:  # calamine raises one kind for each thing that a file may be instead
        raise InputError(
            "{file} must be an Excel workbook, found something else; save it as .xlsx", file=file
        ) from None
    if source.sheet is not None and source.sheet not in book.sheet_names:
        raise InputError(
            "{file} must have the sheet {sheet}, found {sheets}; correct files.{name}.sheet",
            file=file, sheet=source.sheet, sheets=", ".join(book.sheet_names), name=source.name,
        )  # fmt: skip
    rows = book.get_sheet_by_name(source.sheet or book.sheet_names[0]).to_python()
    if not rows:
        raise empty(file)
    header = [str(name).strip() for name in rows[0]]
    _check_header(file, header)
    numbered = [(number, row) for number, row in enumerate(rows[1:], 1) if set(row) - {"", None}]
    columns = [
        pa.array([_cell_text(row[place]) for _number, row in numbered], pa.string())
        for place in range(len(header))
    ]
    numbers = pa.array([number for number, _row in numbered], pa.int64())
    return Rows(pa.Table.from_arrays([*columns, numbers], names=[*header, "_row"]), [])


def _cell_text(cell: Any) -> str | None:
    """A cell as a person would read it.

    >>> _cell_text(12.0), _cell_text(date(2026, 1, 2)), _cell_text("")
    ('12', '2026-01-02', None)
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell)


def read_json_lines(source: Source, path: Path, file: str) -> Rows:
    """The objects' fields as text, each name that occurs a column; other lines are set aside."""
    from features.tables.json_lines import as_columns

    lines = _parsed(
        source, path, file,
        pa_csv.ParseOptions(delimiter="\x01", quote_char=False, ignore_empty_lines=False),
        ["line"],
    )  # fmt: skip
    table, bad = as_columns(lines)
    rule = _("the line is not a JSON object")
    return Rows(table, [Unreadable(file, row, rule, {}, text) for row, text in bad])


def read_parquet(source: Source, path: Path, file: str) -> Rows:
    """The rows in the file's own types."""
    try:
        return Rows(pq.read_table(path), [])
    except (pa.ArrowInvalid, OSError):
        raise InputError(
            "{file} must be a Parquet file, found something else; export it again", file=file
        ) from None
