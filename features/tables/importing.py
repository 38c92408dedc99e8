"""Exports to canonical tables through a mapping: whole or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.erased import Erased, erased_people
from features.errors import InputError
from features.home import Home
from features.tables.counting import counted, no_good_row
from features.tables.engine import connect
from features.tables.mapping import Mapping, load_mapping
from features.tables.merging import (
    know_announcements,
    know_ids,
    merged_log,
    merged_snapshot,
    remember_references,
)
from features.tables.quarantine import quarantine_lines, quarantine_rows
from features.tables.report import ImportReport, TableReport
from features.tables.rules import register_meanings
from features.tables.schemas import TABLES, Table
from features.tables.shrinking import check_log_span, check_same_people, check_shrink
from features.tables.snapshots import Draft, TableSnapshot, current_or_none, read_table
from features.tables.staging import Staged, drop_erased, stage
from features.tables.until import newest_moment, stated_until
from features.tables.views import Views
from features.writer import writer_lock

PARENTS = ("employees", "project_groups", "activities")
PARENTS_LAST = [*(name for name in TABLES if name not in PARENTS), *PARENTS]
QUARANTINE = "quarantine"
NOTHING_READ = TableReport(0, 0, 0, 0, [], [])
Progress = Callable[[list[str]], Iterable[str]]


@dataclass
class Run:
    """What one import works on, and what it has so far.

    `waiting` are snapshot tables that are merged when all logs are, parents last; `children`
    are merged tables with references; `newest` is the last moment that the logs speak of.
    """

    connection: Any
    mapping: Mapping
    views: Views
    draft: Draft
    former: TableSnapshot | None
    allow_shrink: bool
    erased: Erased
    waiting: dict[str, Staged | None] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)
    reports: dict[str, TableReport] = field(default_factory=dict)
    newest: datetime | None = None

    @property
    def replaces_people(self) -> bool:
        """Whether a person absent from the export has left: not so where people are a log."""
        return self.mapping.modes["employees"] == "snapshot"


def import_exports(
    home: Home,
    directory: Path,
    mapping: str | Path,
    allow_shrink: bool = False,
    progress: Progress = iter,
) -> ImportReport:
    """Read an export through a mapping and make the result the current tables.

    Args:
        home: where the tables live.
        directory: the folder of the export.
        mapping: the name of a shipped mapping, or a mapping's folder.
        allow_shrink: take tables that lost more than half of their rows.
        progress: passes on the tables' names as each one's work begins.

    Raises:
        InputError: anything in the mapping or the export that is not a matter of single rows;
            what was there before stays.
        NotReadyError: people were erased, and the key of their list is not there.
    """
    plan = load_mapping(mapping)
    if not directory.is_dir():
        raise InputError(
            "{folder} must be a folder with an export, found none; check its path",
            folder=directory,
        )
    with (
        writer_lock(home, "import"),
        Draft(home) as draft,
        connect(home.tables / ".spill") as connection,
    ):
        register_meanings(connection)
        views = Views(connection, plan, directory)
        run = Run(connection, plan, views, draft, current_or_none(home), allow_shrink,
                  erased_people(home))  # fmt: skip
        return _imported(run, progress)


def _imported(run: Run, progress: Progress) -> ImportReport:
    stated = stated_until(run.views)
    names = list(TABLES)
    for position, name in enumerate(progress(names)):
        _take(run, name)
        run.views.release(names[position + 1 :])
    until = stated or _after_newest(run)
    for name in sorted(run.waiting, key=PARENTS_LAST.index):
        _merge_snapshot(run, name, until)
    return _committed(run, until)


def _take(run: Run, name: str) -> None:
    """Stage a table; merge and write it at once if it is a log, for memory's sake."""
    table, connection = TABLES[name], run.connection
    connection.register(f"before {name}", _before(run, name))
    staged = _staged(run, name) if name in run.mapping.selects else None
    if name in PARENTS:
        know_ids(connection, name, staged)
    if name == "employees" and run.replaces_people and not run.allow_shrink:
        check_same_people(connection)
    if name == "activities":
        know_announcements(connection, staged)
    if run.mapping.modes[name] == "snapshot":
        run.waiting[name] = staged
        return
    if staged:
        if not run.allow_shrink:
            check_log_span(connection, staged)
        merged = merged_log(connection, staged)
        connection.execute(f"DROP TABLE {staged.name}")
        _write(run, table, staged, merged)
    else:
        _write(run, table, None, _before(run, name))
    connection.unregister(f"before {name}")


def _before(run: Run, name: str) -> pa.Table:
    if run.former is None:
        return TABLES[name].arrow_schema.empty_table()
    return read_table(run.former, name)


def _staged(run: Run, name: str) -> Staged | None:
    """The table staged, its broken rows in quarantine; None where its export is not there."""
    select, files = run.views.open_table(name), run.views.files_of(name)
    staged = stage(run.connection, TABLES[name], select, run.mapping.modes[name], files)
    n_erased = drop_erased(run.connection, staged, run.erased)
    report = counted(run.connection, staged)
    report = replace(report, read=report.read + n_erased, erased=n_erased)
    run.reports[name] = report
    if not report.read and run.views.is_absent(name):
        del run.reports[name]
        return None
    if TABLES[name].required and not report.kept:
        raise no_good_row(name, files, report)
    quarantine_rows(run.connection, staged, run.draft.directory / QUARANTINE)
    return staged


def _merge_snapshot(run: Run, name: str, until: datetime) -> None:
    table, staged = TABLES[name], run.waiting[name]
    if not run.allow_shrink:
        check_shrink(run.former, name, run.reports[name].kept if staged else 0)
    until_absence = until if run.replaces_people else None
    merged = merged_snapshot(run.connection, staged, table, until_absence, run.children)
    _write(run, table, staged, merged)


def _write(run: Run, table: Table, staged: Staged | None, merged: pa.Table) -> None:
    """Write a merged table, if there is or was one, and note what it refers to."""
    name = table.name
    if staged is None and not merged.num_rows:
        return
    run.draft.add(name, merged)
    if remember_references(run.connection, table, merged):
        run.children.add(name)
    if run.mapping.modes[name] == "log":
        run.newest = max(filter(None, (run.newest, newest_moment(table, merged))), default=None)
    report = run.reports.get(name, NOTHING_READ)
    total = merged.num_rows
    run.reports[name] = replace(report, carried=total - report.kept, total=total)


def _committed(run: Run, until: datetime) -> ImportReport:
    unreadable = [line for line in run.views.unreadable if not run.erased.in_text(line.text)]
    lines = quarantine_lines(unreadable, run.draft.directory / QUARANTINE)
    reports = {name: run.reports[name] for name in TABLES if name in run.reports}
    report = ImportReport(
        mapping=run.mapping.name,
        snapshot_id="",
        data_until=until,
        unchanged=False,
        tables=reports,
        absent=[name for name in TABLES if name not in reports],
        unreadable=lines,
        quarantine=None,
    )
    snapshot = run.draft.commit(until, run.mapping.name, report.as_json())
    folder = snapshot.directory / QUARANTINE
    return replace(
        report,
        snapshot_id=snapshot.snapshot_id,
        unchanged=run.former is not None and snapshot.snapshot_id == run.former.snapshot_id,
        quarantine=str(folder) if folder.is_dir() else None,
    )


def _after_newest(run: Run) -> datetime:
    """Just after the newest moment of any log: what the export must have known."""
    if run.newest is None:
        raise InputError("export.until must be stated, found no log to tell it by; state it")
    return run.newest + timedelta(microseconds=1)
