"""The store of tables: what is written is read back, whole, by the manifest."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from features.errors import InputError, NotReadyError
from features.home import Home
from features.tables.schemas import TABLES
from features.tables.snapshots import current_tables, read_table, read_tables, write_tables

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)


def _groups(*ids: str) -> pa.Table:
    rows = [{"project_group_id": group, "name": "组", "recorded_at": None} for group in ids]
    return pa.Table.from_pylist(rows, TABLES["project_groups"].arrow_schema)


def _written(home, table, until=UNTIL):
    return write_tables(home, {"project_groups": table}, until, "test", {})


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_before_the_first_import_readers_are_told_what_to_run(home):
    with pytest.raises(NotReadyError, match="no data imported yet; run `huoli import`"):
        current_tables(home)


def test_what_is_written_is_read_back_in_canonical_types(home):
    _written(home, _groups("G1", "G2"))
    snapshot = current_tables(home)
    assert read_table(snapshot, "project_groups").equals(_groups("G1", "G2"))
    assert (snapshot.data_until, snapshot.n_rows) == (UNTIL, {"project_groups": 2})
    tables = read_tables(snapshot)
    assert list(tables) == list(TABLES)
    assert tables["workdays"].schema == TABLES["workdays"].arrow_schema


def test_columns_in_another_order_are_the_same_table(home):
    table = _groups("G1")
    first = _written(home, table)
    assert _written(home, table.select(table.column_names[::-1])) == first


def test_large_strings_are_read_back_as_strings(home):
    large = _groups("G1").cast(
        pa.schema([("project_group_id", pa.large_string()), ("name", pa.large_string()),
                   ("recorded_at", pa.timestamp("us", tz="UTC"))])
    )  # fmt: skip
    assert read_table(_written(home, large), "project_groups").equals(_groups("G1"))


def test_the_same_tables_again_are_the_same_snapshot(home):
    first = _written(home, _groups("G1"))
    assert _written(home, _groups("G1")).snapshot_id == first.snapshot_id
    later = _written(home, _groups("G1"), UNTIL.replace(month=8))
    assert later.snapshot_id != first.snapshot_id


def test_the_last_two_snapshots_are_kept(home):
    ids = [_written(home, _groups(f"G{number}")).snapshot_id for number in range(4)]
    folders = sorted(path.name for path in home.tables.iterdir() if path.is_dir())
    assert folders == ids[2:]
    assert current_tables(home).snapshot_id == ids[3]


def test_a_reader_of_the_former_snapshot_can_finish(home):
    reading = _written(home, _groups("G1"))
    _written(home, _groups("G2"))
    assert read_table(reading, "project_groups").equals(_groups("G1"))


BAD = {
    "unknown column": (
        _groups("G1").append_column("secret", pa.array(["x"])),
        "project_groups must hold canonical columns only, found secret",
    ),
    "missing column": (
        _groups("G1").drop_columns("name"),
        "project_groups must have all its columns, found none named name",
    ),
    "a key twice": (
        _groups("G1", "G2", "G1"),
        "project_groups must have each project_group_id once, found one more than once",
    ),
    "null id": (
        pa.Table.from_pylist([{}], TABLES["project_groups"].arrow_schema),
        r"project_groups\.project_group_id must pass the check not_nullable, found 1 rows",
    ),
}


@pytest.mark.parametrize(("table", "message"), BAD.values(), ids=list(BAD))
def test_a_table_that_breaks_its_schema_is_refused(home, table, message):
    before = _written(home, _groups("G1"))
    with pytest.raises(InputError, match=message):
        _written(home, table)
    assert current_tables(home) == before


@pytest.mark.parametrize(("rating", "check"), [(0.0, "greater_than"), (6.0, "less_than")])
def test_a_number_out_of_range_is_refused_without_its_value(home, rating, check):
    row = {"employee_id": "secret", "answered_at": UNTIL, "topic": "go", "rating": rating}
    table = pa.Table.from_pylist([row], TABLES["survey_answers"].arrow_schema)
    with pytest.raises(InputError, match=rf"survey_answers\.rating .*{check}.* 1 rows") as raised:
        write_tables(home, {"survey_answers": table}, UNTIL, "test", {})
    assert "secret" not in str(raised.value)
