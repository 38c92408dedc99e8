"""Rows that broke a rule, as CSV files that a spreadsheet opens: the rule, and where they stood.

These files hold people's values, as the tables do; reports and errors never do.
"""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from features.language import render
from features.tables.engine import quoted
from features.tables.sources import Unreadable
from features.tables.staging import Staged

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # by which spreadsheets know UTF-8


def quarantine_rows(connection: Any, staged: Staged, directory: Path) -> None:
    """Write the rows of a table that broke a rule, as given, with `_file`, `_row` and `rule`."""
    words = [render(rule.template, rule.values, "en") for rule in staged.rules]
    connection.register("words", pa.table({"number": range(len(words)), "rule": words}))
    fields = ", ".join(
        f"json_extract_string(_given, '{name}') AS {quoted(name)}" for name in staged.table.columns
    )
    rows = connection.sql(
        f"SELECT _file, _row, rule, {fields} FROM {staged.name} "
        "JOIN words ON _rule = number ORDER BY _file, _row, _given"
    ).to_arrow_table()
    connection.unregister("words")
    if rows.num_rows:
        _write(rows, directory / f"{staged.table.name}.csv")


def quarantine_lines(lines: Iterable[Unreadable], directory: Path) -> dict[str, int]:
    """Write the lines that were no rows, a file for each source; their number by source."""
    counts = {}
    for file, group in groupby(sorted(lines, key=lambda line: line.file), lambda line: line.file):
        rows = [
            {
                "_file": file,
                "_row": line.row,
                "rule": render(line.rule, line.values, "en"),
                "line": line.text,
            }
            for line in group
        ]
        _write(pa.Table.from_pylist(rows), directory / f"lines of {file.replace('/', ' ')}.csv")
        counts[file] = len(rows)
    return counts


def _write(rows: pa.Table, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(BYTE_ORDER_MARK)
        pa_csv.write_csv(rows, file)
