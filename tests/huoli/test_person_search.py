"""A copy of a person's id planted in each kind of place is found there; no other id is."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
import zlib
from contextlib import closing

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.traces import Trace
from huoli.person.places import Place
from huoli.person.searching import search

WHO, OTHER = "E1", "E10"


def zipped(content, name="inner.txt", method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def tarred(content, mode="w", name="inner"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def parquet(table, **options):
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def dictionary_that_no_row_uses(who):
    values = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), pa.array(["E7", who]))
    return parquet(pa.table({"employee_id": values}), compression="zstd")


def in_prefixes(who):
    ids = pa.array(sorted([f"{who}", f"{who}00", f"{who}01", "E09"]))
    return parquet(pa.table({"x": ids}), use_dictionary=False, compression="snappy",
                   column_encoding="DELTA_BYTE_ARRAY", write_statistics=False)  # fmt: skip


def with_metadata(who):
    table = pa.table({"x": [1]}).replace_schema_metadata({"about": who})
    return parquet(table)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(array):
    file = io.BytesIO()
    np.savez_compressed(file, ids=array)
    return file.getvalue()


TEXTS = {
    "utf-8": lambda who: f"list of {who}, E2".encode(),
    "csv": lambda who: f"id,name\n{who},x\n".encode("utf-8-sig"),
    "utf-16": lambda who: f"id,name\n{who},x\n".encode("utf-16"),
    "utf-32": lambda who: f"{who}\n".encode("utf-32-be"),
    "json": lambda who: json.dumps({"who": who}).encode(),
    "json in json": lambda who: json.dumps({"text": f"said\n{who} left"}).encode(),
    "escaped": lambda who: ('{"who": "' + "".join(f"\\u{ord(c):04X}" for c in who) + '"}').encode(),
    "address": lambda who: b"GET /v1/employees/" + who.replace("E", "%45").encode() + b" 200",
    "boosting": lambda who: f"tree\nfeature_names=who_is {who}\n".encode(),
}
PACKED = {
    "zip in tar.gz": lambda who: tarred(zipped(f"x {who}"), "w:gz"),
    "zip": lambda who: zipped(f"{who},1".encode("utf-16")),
    "name in zip": lambda who: zipped("nothing", f"lists/{who}.csv"),
    "tar": lambda who: tarred(who.encode()),
    "gzip": lambda who: gzip.compress(who.encode()),
    "bz2": lambda who: bz2.compress(who.encode()),
    "xz": lambda who: lzma.compress(who.encode()),
    "zstd": lambda who: pa.compress(f"to {who}".encode() * 3, "zstd", asbytes=True),
    "joblib": lambda who: zlib.compress(pickle.dumps({"ids": [who]})),
    "twice": lambda who: gzip.compress(gzip.compress(who.encode())),
}
BINARIES = {
    "pickle": lambda who: pickle.dumps({"ids": [who, "E3"], "n": 1}, protocol=2),
    "pickle 5": lambda who: pickle.dumps(["E3", who], protocol=5),
    "npy": lambda who: npy(np.array([who, "E2345"])),
    "npy without gaps": lambda who: npy(np.array(["E3", who, "E4"])),
    "npy of objects": lambda who: npy(np.array(["E3", who], dtype=object)),
    "npz": lambda who: npz(np.array([who, "E3"])),
    "parquet": lambda who: parquet(pa.table({"who": ["E3", who]}), compression="gzip"),
    "parquet dictionary": dictionary_that_no_row_uses,
    "parquet prefixes": in_prefixes,
    "parquet metadata": with_metadata,
    "parquet without rows": lambda who: zipped(parquet(pa.table({who: pa.array([], pa.string())}))),
    "parquet nested": lambda who: parquet(pa.table({"x": [[{"who": who}]]})),
}


def found(folder, who=WHO):
    return search([Place(folder)], who)


@pytest.mark.parametrize("kind", [*TEXTS, *PACKED, *BINARIES])
def test_a_planted_copy_is_found_and_another_id_is_not(tmp_path, kind):
    make = (TEXTS | PACKED | BINARIES)[kind]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "kept").write_bytes(make(OTHER))
    assert found(tmp_path).is_clean, found(tmp_path)
    (tmp_path / "deep" / "kept").write_bytes(make(WHO))
    (name,) = found(tmp_path).named
    assert name.startswith("deep/kept")
    assert found(tmp_path, OTHER).named == [] or kind == "parquet prefixes"


QUOTED = {
    "json": lambda who: json.dumps({"who": who}).encode(),
    "json as it is": lambda who: json.dumps({"who": who}, ensure_ascii=False).encode(),
    "json in json": lambda who: json.dumps(json.dumps({"ids": json.dumps([who])})).encode(),
    "json with slashes": lambda who: json.dumps([who]).replace("/", r"\/").encode(),
    "csv": lambda who: ('id,name\n"' + who.replace('"', '""') + '",x\n').encode(),
}


@pytest.mark.parametrize("who", ["CORP\\jdoe", 'a"b', "CORP/jdoe", '张"三'])
@pytest.mark.parametrize("kind", list(QUOTED))
def test_an_id_that_must_be_quoted_is_found_as_it_is_quoted(tmp_path, kind, who):
    (tmp_path / "kept").write_bytes(QUOTED[kind](who + "0"))
    assert found(tmp_path, who).is_clean
    (tmp_path / "kept").write_bytes(QUOTED[kind](who))
    assert found(tmp_path, who).named == ["kept"]


def test_the_name_of_a_file_counts(tmp_path):
    (tmp_path / f"{WHO}.pdf").write_bytes(b"x")
    (tmp_path / f"{OTHER}.pdf").write_bytes(b"x")
    assert found(tmp_path).named == [f"{WHO}.pdf"]


def rows(path, who, mode="DELETE"):
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(f"PRAGMA journal_mode = {mode}")
        plain.execute("PRAGMA secure_delete = OFF")
        plain.execute("CREATE TABLE events (n INTEGER PRIMARY KEY, id TEXT, who TEXT, what TEXT)")
        some = [(n, f"e-{n}", f"P{n:05}", "quiz") for n in range(2_000)]
        plain.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", some)
        plain.execute("INSERT INTO events VALUES (9000, 'e-9f', ?, 'quiz')", [who])


@pytest.mark.parametrize("who", [WHO, "P00123456"])
def test_rows_and_free_pages_of_sqlite_are_looked_through(tmp_path, who):
    path = tmp_path / "kept.db"
    rows(path, who)
    assert found(tmp_path, who).named == ["kept.db"]
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("PRAGMA secure_delete = OFF")
        plain.execute("DELETE FROM events WHERE n > 1000")
        left = plain.execute("SELECT count(*) FROM events WHERE who = ?", [who]).fetchone()
    assert left == (0,)
    assert found(tmp_path, who).named == ["kept.db"]
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("VACUUM")
    assert found(tmp_path, who).is_clean


def test_the_log_of_sqlite_is_looked_through(tmp_path):
    path = tmp_path / "kept.db"
    rows(path, OTHER, "WAL")
    with closing(sqlite3.connect(path)) as plain:
        with plain:
            plain.execute("INSERT INTO events VALUES (9001, 'e-9a', ?, 'quiz')", [WHO])
        with plain:
            plain.execute("UPDATE events SET who = 'nobody' WHERE n = 9001")
        assert "kept.db-wal" in found(tmp_path).named
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.execute("VACUUM")
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert found(tmp_path).is_clean


def test_a_database_within_an_archive_is_read(tmp_path):
    rows(tmp_path / "kept.db", WHO, "WAL")
    content = (tmp_path / "kept.db").read_bytes()
    (tmp_path / "kept.db").unlink()
    (tmp_path / "backup.tar.gz").write_bytes(tarred(zipped(content, "huoli.db"), "w:gz"))
    assert found(tmp_path).named == ["backup.tar.gz!content!inner!huoli.db"]


def test_what_cannot_be_opened_is_named_and_not_clean(tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"long enough to be cut" * 50)[:40])
    (tmp_path / "half.parquet").write_bytes(parquet(pa.table({"x": ["y"]}))[:60])
    (tmp_path / "odd.npy").write_bytes(b"\x93NUMPY\x01\x00\x10\x00broken")
    result = found(tmp_path)
    assert result.named == []
    assert [name.split("!")[0] for name in result.unread] == ["cut.gz", "half.parquet", "odd.npy"]
    assert not result.is_clean


def test_links_are_followed_once(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "kept").write_text(WHO)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    result = found(tmp_path)
    assert (result.named, result.n_files) == (["a/kept"], 1)


@pytest.mark.parametrize("who", ["工号一", "a.b+c", "x_1", "1001"])
def test_ids_of_other_kinds_are_found_as_they_are(who):
    trace = Trace(who)
    assert trace.in_bytes(f"({who})".encode())
    assert trace.in_bytes(json.dumps(who).encode())
    assert trace.in_binary(pickle.dumps(who))
    assert not trace.in_bytes(b"a-b+c y_1 10010 \xe5")
