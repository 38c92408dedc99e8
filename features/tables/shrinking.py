"""Whether an export lost so much that it is more likely broken than true."""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

from typing import Any

from features.errors import InputError
from features.tables.engine import quoted
from features.tables.snapshots import TableSnapshot
from features.tables.staging import Staged


def check_shrink(former: TableSnapshot | None, name: str, n_rows: int) -> None:
    """Refuse a snapshot table with less than half of the rows that the last export had.

    Raises:
        InputError: names the table and both numbers.
    """
    if former is None:
        return
    report = former.report.get("tables", {}).get(name, {})
    _compare(name, int(report.get("kept", former.n_rows.get(name, 0))), n_rows)


def check_same_people(connection: Any) -> None:
    """Refuse an export that lacks more than half of the people who worked here until now.

    Raises:
        InputError: names both numbers.
    """
    ((n_before, n_now),) = connection.execute(
        "SELECT count(DISTINCT employee_id), count(DISTINCT employee_id) FILTER ("
        f"employee_id IN (SELECT id FROM {quoted('new employees')})) "
        f"FROM {quoted('before employees')} WHERE left_at IS NULL"
    ).fetchall()
    if 2 * n_now < n_before:
        raise InputError(
            "employees must hold at least half of the people known, found {now} of {before}; "
            "check the export, give --allow-shrink, or use another HUOLI_HOME for another company",
            now=n_now, before=n_before,
        )  # fmt: skip


def check_log_span(connection: Any, staged: Staged) -> None:
    """Refuse a log with less than half of the rows known of the same span of time.

    A log adds, so a short one is no loss; but one that speaks of a span again should have
    about as much to say of it.

    Raises:
        InputError: names the table and both numbers.
    """
    moment = _moment(staged)
    span = f"SELECT min({moment}), max({moment}) FROM {staged.name} WHERE _rule IS NULL"
    first, last = connection.execute(span).fetchall()[0]
    before = quoted(f"before {staged.table.name}")
    (n_before,) = connection.execute(
        f"SELECT count(*) FROM {before} WHERE {moment} BETWEEN ? AND ?",
        [first, last],
    ).fetchall()[0]
    (n_now,) = connection.execute(
        f"SELECT count(*) FROM {staged.name} WHERE _rule IS NULL"
    ).fetchall()[0]
    _compare(staged.table.name, n_before, n_now)


def _moment(staged: Staged) -> str:
    kinds = {name: column.kind for name, column in staged.table.columns.items()}
    return next(name for name, kind in kinds.items() if kind in ("instant", "day"))


def _compare(name: str, n_before: int, n_now: int) -> None:
    if 2 * n_now < n_before:
        raise InputError(
            "{table} must not lose more than half of its rows, found {now} where {before} were; "
            "check the export, or give --allow-shrink",
            table=name, now=n_now, before=n_before,
        )  # fmt: skip
