"""The days of features that are missing, and the newest day put online."""

import contextlib
import io
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds

from features.employee_features import FAMILIES, switched_off
from features.errors import HuoliError
from features.feature_store.computing import (
    Track,
    write_activity_features,
    write_employee_features,
)
from features.feature_store.repository import ACTIVITY_VIEW, apply_definitions, open_store
from features.feature_store.snapshots import (
    ONLINE,
    Draft,
    FeatureSnapshot,
    code_version,
    current_features,
    features_or_none,
)
from features.feature_store.soundness import online_problem
from features.home import Home
from features.tables.snapshots import TableSnapshot, current_tables
from features.writer import writer_lock

EMPLOYEE_VIEWS = [f"employee_{family}" for family in FAMILIES]
SINCE = datetime(1970, 1, 1, tzinfo=UTC)


def midnight(moment: datetime) -> datetime:
    """The last UTC midnight up to the moment.

    >>> midnight(datetime(2026, 3, 2, 9, tzinfo=UTC)).isoformat()
    '2026-03-02T00:00:00+00:00'
    """
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def ensure_features(
    home: Home, days: Sequence[datetime], until: datetime | None = None, track: Track = iter
) -> FeatureSnapshot:
    """The current features after computing those of the days that are not there yet.

    Args:
        home: Whose tables are read, and whose features are written.
        days: Moments T, UTC midnights.
        until: If given, the last midnight up to it is one of the days.
        track: Passes the steps through, to show progress.

    A new snapshot of the tables makes all days anew; what is online stays until
    `materialise_latest`. Stopped in between, it leaves the old features whole.
    """
    wanted = {*days, *([midnight(until)] if until else [])}
    tables, current = current_tables(home), features_or_none(home)
    if _is_of(current, tables) and wanted <= set(current.days if current else ()):
        return current_features(home)
    with writer_lock(home, "features"):
        return _computed(home, wanted, track)


def _computed(home: Home, wanted: set[datetime], track: Track) -> FeatureSnapshot:
    tables, former = current_tables(home), features_or_none(home)
    base = former if former and _is_of(former, tables) else _empty(tables, former)
    missing = sorted(wanted - set(base.days))
    with Draft(home) as draft:
        if former:
            draft.take_over(former, parquet=base is former)
        if missing:
            write_employee_features(tables.tables, missing, draft.directory, track)
        if base is not former:
            write_activity_features(tables.tables, draft.directory)
        apply_definitions(open_store(draft.directory))
        described = replace(
            base,
            days=tuple(sorted({*base.days, *missing})),
            n_rows=_n_rows(draft.directory / EMPLOYEE_VIEWS[0]),
        )
        return draft.commit(described)


def _is_of(snapshot: FeatureSnapshot | None, tables: TableSnapshot) -> bool:
    made_of = (tables.snapshot_id, code_version())
    return snapshot is not None and (snapshot.tables, snapshot.code) == made_of


def _empty(tables: TableSnapshot, former: FeatureSnapshot | None) -> FeatureSnapshot:
    """No features of these tables yet; what is online is the former ones'."""
    return FeatureSnapshot(
        snapshot_id="",
        directory=Path(),
        tables=tables.snapshot_id,
        code=code_version(),
        data_until=tables.data_until,
        missing=switched_off(tables.tables),
        online_day=former.online_day if former else None,
        online_tables=former.online_tables if former else None,
        n_online=former.n_online if former else 0,
    )


def materialise_latest(home: Home) -> FeatureSnapshot:
    """The current features after Feast put their newest day online, in a file of its own.

    What is online already is made again only where its file is gone or damaged.

    Raises:
        NotReadyError: no features were computed yet.
    """
    current = current_features(home)
    if current.is_online and not online_problem(current.directory / ONLINE):
        return current
    with writer_lock(home, "features"), Draft(home) as draft:
        current = current_features(home)
        draft.take_over(current, parquet=True)
        (draft.directory / ONLINE).unlink(missing_ok=True)
        _materialise(draft.directory, current)
        described = replace(
            current,
            online_day=current.newest_day,
            online_tables=current.tables,
            n_online=_n_rows(draft.directory / EMPLOYEE_VIEWS[0], current.newest_day),
        )
        return draft.commit(described)


def _materialise(directory: Path, snapshot: FeatureSnapshot) -> None:
    store, day = open_store(directory), snapshot.newest_day
    apply_definitions(store)
    # Feast prints what it does; the command says it in our words
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        store.materialize(day, day, feature_views=EMPLOYEE_VIEWS)
        until = max(day, snapshot.data_until)
        store.materialize(SINCE, until, feature_views=[ACTIVITY_VIEW])
    _check_online(directory, store.project, day)


def _check_online(directory: Path, project: str, day: datetime) -> None:
    """Refuse an online file that misses a row of the newest day: Feast's materialise can."""
    with contextlib.closing(sqlite3.connect(directory / ONLINE)) as online:
        for view in EMPLOYEE_VIEWS:
            expected = _n_rows(directory / view, day)
            query = f'SELECT count(DISTINCT entity_key) FROM "{project}_{view}"'  # noqa: S608
            found = online.execute(query).fetchone()[0]
            if found != expected:
                raise HuoliError(
                    "{view}: online must hold {expected} employees, found {found}; "
                    "run `huoli features` again",
                    view=view, expected=expected, found=found,
                )  # fmt: skip


def _n_rows(folder: Path, day: datetime | None = None) -> int:
    chosen = None if day is None else pc.field("event_timestamp") == day
    return int(ds.dataset(folder, format="parquet").count_rows(filter=chosen))
