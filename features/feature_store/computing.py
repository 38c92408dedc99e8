"""From the tables' Parquet files to the features' Parquet files, by DuckDB in memory."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
from pyarrow import parquet

from features.employee_features import FAMILIES, switched_off
from features.employee_features.activity import activity
from features.employee_features.behaviour import behaviour
from features.employee_features.clocks import day_ends, offsets
from features.employee_features.days import Days, Table
from features.employee_features.inputs import Inputs
from features.employee_features.participation import participation
from features.employee_features.preference import preference
from features.employee_features.social import social
from features.tables.schemas import TABLES

EXPRESSIONS: dict[str, Callable[[Inputs], Table]] = {
    "behaviour": behaviour,
    "participation": participation,
    "preference": preference,
    "social": social,
}
DAILY = {"workdays": "day", "customer_contacts": "day", "interactions": "day",
         "performances": "period_end"}  # fmt: skip
MEMORY_LIMIT = "1600MB"
# so many people's days at once fit into memory: 128 days of 5,000 people
MAX_ROWS_AT_ONCE = 640_000
STAMP = "timestamp('UTC', 6)"

Track = Callable[[Iterable[tuple[str, Days]]], Iterable[tuple[str, Days]]]


@contextmanager
def connect(spill: Path | None = None) -> Iterator[Any]:
    """Ibis on a DuckDB in memory, times in UTC; it spills to `spill` where memory is short."""
    backend = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, preserve_insertion_order=False)
    with closing(backend.con):
        backend.raw_sql("SET TimeZone = 'UTC'")
        if spill is not None:
            backend.raw_sql(f"SET temp_directory = '{_quoted(spill)}'")
        yield backend


def inputs_of(backend: Any, files: Mapping[str, Path], days: Days) -> Inputs:
    """What the expressions read, from the tables' files; an empty table where there is no file."""
    tables = {
        name: backend.read_parquet(files[name], table_name=name)
        if name in files
        else ibis.memtable(schema.arrow_schema.empty_table())
        for name, schema in TABLES.items()
    }
    zones, number = _timezones(backend, tables), itertools.count()
    first, last = _starts(backend, tables["activities"])
    return Inputs(
        tables=tables,
        days=days,
        day_ends=ibis.memtable(day_ends(zones, _first_day(backend, tables, days), days.last_day)),
        offsets=ibis.memtable(offsets(zones, first, last)),
        keep=lambda table: backend.create_table(f"kept_{next(number)}", table, temp=True),
    )


def write_employee_features(
    files: Mapping[str, Path],
    days: Sequence[datetime],
    directory: Path,
    track: Track = iter,
) -> None:
    """Write `<directory>/<family>/<first day>.parquet` of all families for the days.

    One row per day and employee of that day; features switched off by a missing table are null.
    Many days go in parts, so that memory stays bounded.
    """
    moments, at_once = Days.of(days).moments, _days_at_once(files)
    parts = [Days(moments[n : n + at_once]) for n in range(0, len(moments), at_once)]
    off = {name for names in switched_off(files).values() for name in names}
    for family, part in track([(family, part) for part in parts for family in EXPRESSIONS]):
        path = directory / f"employee_{family}" / f"{part.moments[0]:%Y-%m-%d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with connect(directory / "spill") as backend:
            rows = EXPRESSIONS[family](inputs_of(backend, files, part))
            values = {
                name: ibis.null("float64") if name in off else rows[name].cast("float64")
                for name in FAMILIES[family]
            }
            keys = {"event_timestamp": rows.event_timestamp.cast(STAMP)}
            _write(backend, rows.select("employee_id", **keys, **values), path)


def _days_at_once(files: Mapping[str, Path]) -> int:
    """As many as make MAX_ROWS_AT_ONCE rows: each part has its queries written anew."""
    if "employees" not in files:
        return MAX_ROWS_AT_ONCE
    n_people = int(parquet.read_metadata(files["employees"]).num_rows)
    return max(1, MAX_ROWS_AT_ONCE // max(1, n_people))


def write_activity_features(files: Mapping[str, Path], directory: Path) -> None:
    """Write `<directory>/activity/all.parquet`, one row per version of an activity."""
    path = directory / "activity" / "all.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect() as backend:
        rows = activity(inputs_of(backend, files, Days((datetime(1970, 1, 1),))))
        rows = rows.mutate(event_timestamp=rows.event_timestamp.cast(STAMP))
        _write(backend, rows, path)


def _write(backend: Any, rows: Table, path: Path) -> None:
    key = rows.columns[0]
    backend.to_parquet(rows.order_by("event_timestamp", key), path, compression="zstd")


def _timezones(backend: Any, tables: Mapping[str, Table]) -> set[str]:
    names = [tables[name].select("timezone") for name in ("employees", "activities")]
    return set(backend.to_pyarrow(names[0].union(names[1], distinct=True))["timezone"].to_pylist())


def _first_day(backend: Any, tables: Mapping[str, Table], days: Days) -> date:
    firsts: list[date | None] = [
        backend.to_pyarrow(tables[name][day].min()).as_py() for name, day in DAILY.items()
    ]
    return min([first for first in firsts if first] or [days.before_first])


def _starts(backend: Any, activities: Table) -> tuple[datetime, datetime]:
    """A day before the first start, and the last one."""
    starts = activities.starts_at.cast("timestamp")
    ends = (backend.to_pyarrow(end).as_py() for end in (starts.min(), starts.max()))
    first, last = (end or datetime(1970, 1, 1) for end in ends)
    return first - timedelta(days=1), last


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
