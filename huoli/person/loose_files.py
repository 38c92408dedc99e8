"""Exports, reports and other files that stand in a home beside the stores: without one person.

Of tables the person's rows go. What is no table, or cannot be opened as what its name says, is
left, and a search names it.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from features.erased import possible_ids
from features.home import Home
from features.tables.durable import sync
from features.traces import Trace

# others take care of what stands in these
STORES = ("tables", "features", "tuning")
# bytes of UTF-8 and GB18030 that part fields and rows are never part of a character
SAFE = "latin-1"
DRAFT = ".without-a-person"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def clean_files(home: Home, employee_id: str) -> dict[str, int]:
    """Take the person's rows out of tables beside the stores; how many went, by kind of file."""
    trace, counts = Trace(employee_id), dict[str, int]()
    for path in _files(home):
        kind = path.suffix.lower()
        if kind not in KINDS:
            continue
        n_gone = _clean(path, KINDS[kind], trace)
        if n_gone:
            counts[kind[1:]] = counts.get(kind[1:], 0) + n_gone
    return counts


def possible_ids_in(home: Home) -> set[str]:
    """All that may be a person's id in those tables."""
    found: set[str] = set()
    for path in _files(home):
        if path.suffix.lower() in KINDS:
            found.update(*map(possible_ids, TEXTS_OF.get(path.suffix.lower(), _lines)(path)))
    return found


def _lines(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    encodings = ("utf-16",) if content[:2] in UTF_16 else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            yield from content.decode(encoding).splitlines()
            return
        except UnicodeDecodeError:
            continue
    yield from content.decode("utf-8", "replace").splitlines()


def _clean(path: Path, without: "Clean", trace: Trace) -> int:
    """Put the file without the person's rows in its place; how many went."""
    draft = path.with_name(path.name + DRAFT)
    try:
        n_gone = without(path, draft, trace)
    except Exception:  # noqa: BLE001, RUF100 - anybody's files: one must not keep all others
        draft.unlink(missing_ok=True)
        return 0
    try:
        if n_gone:
            sync(draft)
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return n_gone


def _files(home: Home) -> Iterator[Path]:
    folders = [folder for folder in _children(home.data) if folder.name not in STORES]
    folders += [home.root / "out", *_runs(home)]
    for folder in folders:
        for parent, _folders, names in os.walk(folder):
            yield from (Path(parent) / name for name in sorted(names) if not name.endswith(DRAFT))


def _runs(home: Home) -> list[Path]:
    """Folders of artifacts of runs; those of models have digests, and their own care."""
    return [one for one in _children(home.mlruns / "artifacts") if one.name != "models"]


def _children(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []


def _csv(path: Path, draft: Path, trace: Trace) -> int:
    content = path.read_bytes()
    if not trace.in_bytes(content) or content[:2] in UTF_16:
        return 0
    records, n_gone = [], 0
    for record in _records(content.decode(SAFE)):
        fields = next(csv.reader(io.StringIO(record, newline="")), [])
        if any(trace.in_bytes(field.encode(SAFE)) for field in fields):
            n_gone += 1
        else:
            records.append(record)
    draft.write_bytes("".join(records)[:-1].encode(SAFE))
    return n_gone


def _records(text: str) -> Iterator[str]:
    """The records as they stand, with their line ends; a field in quotes may have lines."""
    record = ""
    for line in text.split("\n"):
        record += line + "\n"
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


def _json_lines(path: Path, draft: Path, trace: Trace) -> int:
    """Lines whose first field is the person go; elsewhere only the name does."""
    lines, n_gone = [], 0
    content = path.read_bytes()
    if not trace.in_bytes(content):
        return 0
    for line in content.splitlines(keepends=True):
        if not trace.in_bytes(line):
            lines.append(line)
            continue
        n_gone += 1
        entry = _object(line)
        if next(iter(entry.values()), trace.employee_id) != trace.employee_id:
            kept = {k: None if v == trace.employee_id else v for k, v in entry.items()}
            text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
            if not trace.in_text(text):
                lines.append(text.encode() + b"\n")
    draft.write_bytes(b"".join(lines))
    return n_gone


def _object(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _cells(path: Path) -> Iterator[str]:
    import openpyxl

    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows(values_only=True):
            yield from (str(cell) for cell in row if cell is not None)


def _excel(path: Path, draft: Path, trace: Trace) -> int:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path)
    except Exception:  # noqa: BLE001, RUF100 - whatever its strictness about styles raises
        book = _values_of(path)
    n_gone = 0
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        kept = [row for row in rows if not any(trace.in_text(str(cell)) for cell in row)]
        if len(kept) == len(rows):
            continue
        n_gone += len(rows) - len(kept)
        title, place = sheet.title, book.worksheets.index(sheet)
        book.remove(sheet)
        anew = book.create_sheet(title, place)
        for row in kept:
            anew.append(row)
    if n_gone:
        book.save(draft)
    return n_gone


def _text_columns(table: Any) -> Iterator[Any]:
    import pyarrow as pa

    for column in table.columns:
        text = (
            column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        )
        if pa.types.is_string(text.type) or pa.types.is_large_string(text.type):
            yield text


def _values(path: Path) -> Iterator[str]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for text in _text_columns(pq.read_table(path)):
        yield from (value for value in pc.unique(text).to_pylist() if value is not None)


def _values_of(path: Path) -> Any:
    """A workbook of the values alone, as imports read them: those are not strict about styles."""
    import openpyxl
    from python_calamine import CalamineWorkbook

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    with CalamineWorkbook.from_path(str(path)) as read:
        for name in read.sheet_names:
            sheet = book.create_sheet(name)
            for row in read.get_sheet_by_name(name).to_python(skip_empty_area=False):
                sheet.append([None if cell == "" else cell for cell in row])
    return book


def _parquet(path: Path, draft: Path, trace: Trace) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    mask = None
    for text in _text_columns(table):
        named = pa.array([v is not None and trace.in_text(v) for v in text.to_pylist()])
        mask = named if mask is None else pc.or_(mask, named)
    n_gone = int(pc.sum(mask).as_py() or 0) if mask is not None else 0
    if n_gone:
        kept = table.filter(pc.invert(mask))
        # a dictionary would keep what no row has any more
        for place, field in enumerate(kept.schema):
            if pa.types.is_dictionary(field.type):
                plain = kept.column(place).cast(field.type.value_type)
                kept = kept.set_column(place, field.name, plain)
        pq.write_table(kept, draft, compression="zstd")
    return n_gone


Clean = Callable[[Path, Path, Trace], int]
KINDS: dict[str, Clean] = {
    ".csv": _csv, ".jsonl": _json_lines, ".xlsx": _excel, ".parquet": _parquet,
}  # fmt: skip
# what may name people in a file; lines where nothing else is said
TEXTS_OF: dict[str, Callable[[Path], Iterator[str]]] = {".xlsx": _cells, ".parquet": _values}
