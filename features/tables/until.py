"""Until when an import knows everything: as the export states it, or as its logs tell."""
# ruff: noqa: S608 - names in SQL are the mapping's own

from datetime import UTC, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import InputError
from features.tables.rules import EARLIEST, LATEST
from features.tables.schemas import Table
from features.tables.staging import execute
from features.tables.views import Views, bare, sources_in

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stated_until(views: Views) -> datetime | None:
    """The moment that the export states, if its mapping says where.

    Raises:
        InputError: what the mapping selects is no single plausible moment.
    """
    connection, select = views.connection, views.mapping.until
    if select is None:
        return None
    name = "export.until"
    views.open_for(sources_in(connection, name, select, views.mapping))
    rows = execute(
        connection,
        f"SELECT epoch_us(TRY_CAST(moment AS TIMESTAMPTZ)) FROM (\n{bare(select)}\n) AS t(moment)",
        name, "",
    ).fetchall()  # fmt: skip
    if len(rows) != 1 or rows[0][0] is None:
        raise InputError(
            "export.until must give one date and time, found {count} usable; correct mapping.toml",
            count=sum(row[0] is not None for row in rows),
        )
    until = EPOCH + timedelta(microseconds=rows[0][0])
    if not EARLIEST <= until.year < LATEST:
        raise InputError(
            "export.until must lie in the years {first} to {last}, found the year {year}",
            first=EARLIEST, last=LATEST - 1, year=until.year,
        )  # fmt: skip
    return until


def newest_moment(table: Table, rows: pa.Table) -> datetime | None:
    """The last moment in any column of instants or days; a day counts to its end, in UTC."""
    moments = []
    for name, column in table.columns.items():
        if column.kind in ("instant", "day"):
            last = pc.max(rows[name]).as_py()
            if isinstance(last, datetime):
                moments.append(last.astimezone(UTC))
            elif last is not None:
                moments.append(datetime.combine(last, time.min, UTC) + timedelta(days=1))
    return max(moments, default=None)
