"""CSV and JSON lines with the same bytes for the same rows."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from sample_company.organisation import Ints
from sample_company.settings import CHINA, DAY

Columns = Mapping[str, Any]


def write_csv(path: Path, columns: Columns, encoding: str = "utf-8") -> int:
    """Write columns of equal length (Arrow or NumPy arrays, lists); returns the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    buffer = io.BytesIO()
    csv.write_csv(table, buffer, csv.WriteOptions(quoting_style="none", quoting_header="none"))
    content = buffer.getvalue()
    path.write_bytes(content if encoding == "utf-8" else content.decode().encode(encoding))
    return int(table.num_rows)


def write_quarters(folder: Path, day: Ints, columns: Columns) -> int:
    """Write one CSV per quarter of the days since 1970 in `day`, which must not fall."""
    quarter = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // 3
    for number in np.unique(quarter):
        first, last = np.searchsorted(quarter, [number, number + 1])
        year, part = divmod(int(number), 4)
        part_columns = {name: values[first:last] for name, values in columns.items()}
        write_csv(folder / f"{1970 + year}Q{part + 1}.csv", part_columns)
    return len(day)


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write one JSON object a line, keys in their order; returns the lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    path.write_bytes(("\n".join(lines) + "\n").encode() if lines else b"")
    return len(lines)


def words(names: Sequence[str | None], codes: Ints) -> pa.Array:
    """The name of each code."""
    return pa.array(names, pa.string()).take(pa.array(codes))


def local_times(moments: Ints) -> pa.Array:
    """Local date and time, such as 2026-03-05 14:02:00."""
    return pa.array(moments + CHINA, pa.timestamp("s"))


def day_words(days: Ints, pattern: str) -> pa.Array:
    """Days since 1970 in a format of `strftime`, with {m} and {d} for month and day unpadded."""
    unique, codes = np.unique(days, return_inverse=True)
    return words([day_word(int(day), pattern) for day in unique], codes)


def day_word(day: int, pattern: str) -> str:
    """One day so.

    >>> day_word(0, "%Y年{m}月{d}日")
    '1970年1月1日'
    """
    date = np.int64(day).astype("datetime64[D]").item()
    return str(date.strftime(pattern)).format(m=date.month, d=date.day)


def local_day(moment: int) -> int:
    """The local day of a moment."""
    return (moment + CHINA) // DAY
