"""Rows as of a moment: versions, local days, newest records, and who was employed.

`occurred` is when something was, `known` when it became known; both UTC without a zone.
"""

from collections.abc import Sequence

import ibis

from features.employee_features.days import FIRST, LAST, Days, Table


def known(rows: Table, occurred: str) -> Table:
    """The rows with `occurred` and `known`: then, or later where `recorded_at` says so."""
    at = rows[occurred].cast("timestamp")
    recorded = ibis.coalesce(rows.recorded_at.cast("timestamp"), ibis.timestamp(FIRST))
    return rows.mutate(occurred=at, known=ibis.greatest(at, recorded))


def versions(rows: Table, key: str) -> Table:
    """The rows with `begins` and `ends`: a row is the one that holds just before each T in between.

    That is where begins < T <= ends. The earliest row of an id holds also before its `valid_from`;
    one learnt of after a row of a later `valid_from` tells of the past alone and never holds.
    """
    start = ibis.timestamp(FIRST)
    valid = ibis.coalesce(rows.valid_from.cast("timestamp"), start)
    recorded = ibis.coalesce(rows.recorded_at.cast("timestamp"), start)
    rows = rows.mutate(valid=valid, known=ibis.greatest(valid, recorded))
    so_far = ibis.window(group_by=key, order_by=["known", "valid"], preceding=(None, 0))
    rows = rows.mutate(newest=rows.valid.max().over(so_far))
    rows = rows.filter(rows.valid == rows.newest).drop("newest")
    order = ibis.window(group_by=key, order_by=["known", "valid"])
    rows = rows.mutate(position=ibis.row_number().over(order), next=rows.known.lead().over(order))
    return rows.mutate(
        begins=ibis.ifelse(rows.position == 0, start, rows.known),
        ends=ibis.coalesce(rows.next, ibis.timestamp(LAST)),
    )


def employed(employees: Table, days: Days) -> Table:
    """(employee_id, event_timestamp, hired_at) of everyone at the company just before each T.

    But for those who refused profiling by then: nothing is computed or kept of them.
    """
    rows = employees.select(
        "employee_id", "begins", "ends", "profiling_opt_out",
        hired_at=employees.hired_at.cast("timestamp"),
        left_at=ibis.coalesce(employees.left_at.cast("timestamp"), ibis.timestamp(LAST)),
    )  # fmt: skip
    at = days.table
    held = rows.join(at, [rows.begins < at.event_timestamp, rows.ends >= at.event_timestamp])
    here = (held.hired_at < held.event_timestamp) & (held.left_at >= held.event_timestamp)
    here &= ~held.profiling_opt_out
    return held.filter(here).select("employee_id", "event_timestamp", "hired_at")


def day_records(rows: Table, day: str, employees: Table, day_ends: Table) -> Table:
    """Daily records with `occurred`, the last instant of the person's local day, and `known`.

    The clock is that of the person's row when the day began in UTC.
    """
    rows = rows.mutate(day=rows[day], day_begins=rows[day].cast("timestamp"))
    clock = employees.select("employee_id", "timezone", "begins", "ends")
    rows = rows.join(
        clock,
        ["employee_id", rows.day_begins > clock.begins, rows.day_begins <= clock.ends],
    )
    rows = rows.join(day_ends, ["timezone", "day"])
    return known(rows.drop("begins", "ends"), "day_end")


def until_newer(rows: Table, keys: Sequence[str], tie: str | None = None) -> Table:
    """The rows with `through`: when a later one of the same keys became known, null where none did.

    What counts at T of each key is then its newest record, as known before T. Equal `occurred`
    are ordered by `known`, then by the column `tie`.
    """
    newest_first = [ibis.desc(name) for name in ("occurred", "known", tie) if name]
    window = ibis.window(group_by=list(keys), order_by=newest_first, preceding=(None, 1))
    return rows.mutate(through=rows.known.min().over(window))


def joined_version(rows: Table, table: Table, key: str) -> Table:
    """The rows with the columns of the version that was known when they became known."""
    return rows.join(table, [key, rows.known >= table.begins, rows.known < table.ends])


def lasting(rows: Table) -> Table:
    """The rows counting from when they are known, for ever."""
    return rows.mutate(through=ibis.null("timestamp"))
