"""Files read as what they are, where an id would not show in their bytes as they stand.

Nothing that is read is run: pickles are taken apart, never loaded.
"""

import io
import pickletools
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from features.traces import Data, Trace
from huoli.person.cells import in_cells
from huoli.person.pages import parquet_footer, parquet_pages
from huoli.person.unpacking import unpacked

SQLITE, WAL = b"SQLite format 3\0", (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
PARQUET, NUMPY = b"PAR1", b"\x93NUMPY"
BATCH = 65_536


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """It begins as a file of its kind does, and cannot be read as one."""


def read_sqlite(data: Data, trace: Trace, path: Path | None) -> bool:
    """Whether a value of a table names the person, or what is left of one in a page."""
    if in_cells(data, trace):
        return True
    try:
        # with what stands in a log beside the file, else the bytes alone
        opened = _beside(path) if path and _has_log(path) else _in_memory(data)
        with closing(opened) as connection:
            return any(_names(trace, value) for value in _values(connection))
    except sqlite3.DatabaseError as error:
        raise Unreadable from error


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.is_file() and log.stat().st_size > 0


def _beside(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)


def _in_memory(data: Data) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    # bytes 18 and 19 say that there is a log, which memory cannot have
    connection.deserialize(data[:18] + b"\1\1" + data[20:])
    return connection


def _values(connection: sqlite3.Connection) -> Iterator[Any]:
    connection.text_factory = bytes
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        quoted = name.decode().replace('"', '""')
        try:
            rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608
        except sqlite3.OperationalError:
            continue  # a table of an extension that is not here; its own tables are read
        for row in rows:
            yield from row


def _names(trace: Trace, value: Any) -> bool:
    if not isinstance(value, bytes):
        return isinstance(value, int) and str(value) == trace.employee_id
    if trace.in_bytes(value) or (b"\0" in value and trace.in_binary(value)):
        return True
    return any(part and trace.in_binary(part) for _name, part in unpacked(value))


def read_log(data: Data, trace: Trace, path: Path | None) -> bool:
    """Whether a page in a SQLite log holds what is left of a value."""
    return in_cells(data, trace)


def read_parquet(data: Data, trace: Trace, path: Path | None) -> bool:
    """Whether pages, dictionaries, statistics, metadata or values name the person."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data[:]))
        schema = file.schema_arrow
        if trace.in_bytes(str(schema.to_string(show_schema_metadata=True)).encode()):
            return True
        if any(trace.in_binary(part) for pair in (schema.metadata or {}).items() for part in pair):
            return True
        if trace.in_binary(parquet_footer(data)):
            return True
        if any(trace.in_binary(page) for page in parquet_pages(data, file.metadata)):
            return True
        return any(
            _in_array(column, trace)
            for batch in file.iter_batches(BATCH)
            for column in batch.columns
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable from error


def _in_array(array: Any, trace: Trace) -> bool:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        return _in_array(array.dictionary, trace)
    if pa.types.is_nested(kind):
        return any(trace.in_text(str(value)) for value in array.to_pylist() if value is not None)
    if pa.types.is_integer(kind) and trace.employee_id.isdigit():
        return trace.employee_id in map(str, array.unique().to_pylist())
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)
            or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):  # fmt: skip
        return False
    values = array.unique().to_pylist()
    return any(
        trace.in_text(value) if isinstance(value, str) else trace.in_binary(value)
        for value in values if value is not None
    )  # fmt: skip


def read_numpy(data: Data, trace: Trace, path: Path | None) -> bool:
    """Whether an array holds the id as text; arrays of objects are pickles."""
    import numpy as np

    file = io.BytesIO(data[:])
    try:
        found = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0}  # fmt: skip
        _shape, _order, kind = read.get(found, np.lib.format.read_array_header_2_0)(file)
        if kind.hasobject:
            return _in_pickle(file.read(), trace)
        if kind.kind not in "USV":
            return False
        file.seek(0)
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise Unreadable from error
    fields = [array[name] for name in kind.names] if kind.names else [array]
    return any(
        trace.in_text(text if isinstance(text, str) else text.decode("latin-1"))
        for one in fields if one.dtype.kind in "US"
        for text in np.unique(one).tolist()
    )  # fmt: skip


def read_pickle(data: Data, trace: Trace, path: Path | None) -> bool:
    """Whether a text in a pickle names the person."""
    return _in_pickle(data[:], trace)


def _in_pickle(data: bytes, trace: Trace) -> bool:
    return any(
        trace.in_text(text) if isinstance(text, str) else trace.in_binary(text)
        for text in _pickled(data)
    )


def _pickled(data: bytes) -> Iterator[str | bytes]:
    """Texts of all pickles that stand in the bytes one after the other, as far as they go."""
    file = io.BytesIO(data)
    try:
        while True:
            for _code, argument, _at in pickletools.genops(file):
                if isinstance(argument, str | bytes | bytearray):
                    yield argument if isinstance(argument, str) else bytes(argument)
    except Exception:
        return


def _begins(*marks: bytes) -> Callable[[Data], bool]:
    return lambda data: any(data[: len(mark)] == mark for mark in marks)


def _may_be_pickle(data: Data) -> bool:
    return data[:1] == b"\x80" and data[1:2] <= b"\x05"


is_parquet = _begins(PARQUET)
READERS: Iterable[
    tuple[Callable[[Data], bool], Callable[[Data, Trace, Path | None], bool]]
] = [
    (_begins(SQLITE), read_sqlite),
    (_begins(*WAL), read_log),
    (is_parquet, read_parquet),
    (_begins(NUMPY), read_numpy),
    (_may_be_pickle, read_pickle),
]  # fmt: skip
