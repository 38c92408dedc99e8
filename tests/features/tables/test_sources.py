"""Each kind of file gives the same rows, with the file and row that they are from."""

import sqlite3

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.tables.mapping import Source
from features.tables.sources import read_source


def _rows(source, folder):
    table = read_source(source, folder).table
    return [tuple(row.values()) for row in table.select(["id", "n", "_file", "_row"]).to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_encoding(tmp_path, encoding):
    (tmp_path / "a.csv").write_text('id,n\n张,1\n"李\n二",\n', encoding=encoding)
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    source = Source("a", "csv", "a.csv", encoding=declared)
    assert _rows(source, tmp_path) == [("张", "1", "a.csv", 1), ("李\n二", None, "a.csv", 2)]


def test_an_encoding_that_is_none(tmp_path):
    (tmp_path / "a.csv").write_text("id,n\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"files\.a\.encoding must be an encoding's name"):
        read_source(Source("a", "csv", "a.csv", encoding="klingon"), tmp_path)


def test_row_numbers_pass_over_lines_set_aside(tmp_path):
    (tmp_path / "a.csv").write_text("id,n\na,1\nb\nc,3\nd,4,5\ne,5\n", encoding="utf-8")
    rows = read_source(Source("a", "csv", "a.csv"), tmp_path)
    assert rows.table["_row"].to_pylist() == [1, 3, 5]
    assert [(line.row, line.text) for line in rows.unreadable] == [(2, "b"), (4, "d,4,5")]


def test_a_glob_reads_all_its_files_in_order_of_name(tmp_path):
    (tmp_path / "2.csv").write_text("id,n\nb,2\n", encoding="utf-8")
    (tmp_path / "1.csv").write_text("id,n\na,1\n", encoding="utf-8")
    assert _rows(Source("a", "csv", "*.csv"), tmp_path) == [
        ("a", "1", "1.csv", 1), ("b", "2", "2.csv", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["**x/*.csv", "."])
def test_a_path_that_is_no_pattern_is_refused_by_name(tmp_path, path):
    with pytest.raises(InputError, match=r"files.a.path must be a file name or a pattern"):
        read_source(Source("a", "csv", path), tmp_path)


def _workbook(path, rows, sheet="人员"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_excel_gives_text_without_points_and_blank_rows(tmp_path):
    from datetime import datetime

    _workbook(tmp_path / "a.xlsx", [("id", "n", "on"), (7, 1.5, datetime(2026, 1, 2, 9, 30)),
                                    (None, None, None), ("x", 0, None)])  # fmt: skip
    table = read_source(Source("a", "excel", "a.xlsx", sheet="人员"), tmp_path).table
    assert table.drop_columns("_file").to_pylist() == [
        {"id": "7", "n": "1.5", "on": "2026-01-02T09:30:00", "_row": 1},
        {"id": "x", "n": "0", "on": None, "_row": 3},
    ]


def test_json_lines_give_every_field_that_occurs(tmp_path):
    lines = '{"id": "a", "n": 1}\n\nnot json\n[1]\n{"id": "b", "in/out": {"x": [1]}, "n": null}\n'
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf-8")
    rows = read_source(Source("a", "jsonl", "a.jsonl"), tmp_path)
    assert rows.table.drop_columns("_file").to_pylist() == [
        {"id": "a", "in/out": None, "n": "1", "_row": 1},
        {"id": "b", "in/out": '{"x":[1]}', "n": None, "_row": 5},
    ]
    assert [line.row for line in rows.unreadable] == [3, 4]


def test_parquet_keeps_its_types(tmp_path):
    pq.write_table(pa.table({"id": ["a"], "n": [1]}), tmp_path / "a.parquet")
    assert _rows(Source("a", "parquet", "a.parquet"), tmp_path) == [("a", 1, "a.parquet", 1)]


def test_a_database_is_asked_by_its_query(tmp_path, monkeypatch):
    with sqlite3.connect(tmp_path / "hr.db") as database:
        database.execute("CREATE TABLE people AS SELECT 'a' AS id, 1 AS n")
    monkeypatch.setenv("HR_URL", f"sqlite:///{tmp_path / 'hr.db'}")
    source = Source("hr", "database", url_env="HR_URL", query="SELECT id, n FROM people")
    assert _rows(source, tmp_path) == [("a", 1, "hr", 1)]


def test_a_database_error_does_not_show_the_address(tmp_path, monkeypatch):
    source = Source("hr", "database", url_env="HR_URL", query="SELECT 1 FROM nowhere")
    with pytest.raises(InputError, match=r"HR_URL must hold the database's address .* unset"):
        read_source(source, tmp_path)
    monkeypatch.setenv("HR_URL", "sqlite:////password/nowhere.db")
    with pytest.raises(InputError, match=r"files\.hr must be a query .* OperationalError") as error:
        read_source(source, tmp_path)
    assert "password" not in str(error.value)


WRONG = {
    "excel": ("excel", r"a\.x must be an Excel workbook"),
    "parquet": ("parquet", r"a\.x must be a Parquet file"),
}


@pytest.mark.parametrize(("kind", "message"), WRONG.values(), ids=list(WRONG))
def test_a_file_of_another_format(tmp_path, kind, message):
    (tmp_path / "a.x").write_text("id,n\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_source(Source("a", kind, "a.x"), tmp_path)


def test_a_sheet_that_is_not_there(tmp_path):
    _workbook(tmp_path / "a.xlsx", [("id",)])
    with pytest.raises(InputError, match=r"a\.xlsx must have the sheet Leute, found 人员"):
        read_source(Source("a", "excel", "a.xlsx", sheet="Leute"), tmp_path)


def test_an_absent_optional_file_gives_its_columns_and_no_rows(tmp_path):
    source = Source("a", "csv", "a.csv", columns=("id", "n"), optional=True)
    rows = read_source(source, tmp_path)
    assert rows.table.column_names == ["id", "n", "_file", "_row"]
    assert (rows.table.num_rows, rows.present) == (0, False)
    (tmp_path / "a.csv").touch()
    assert not read_source(source, tmp_path).present
