"""Takes what arrived over REST into the tables, so that features and training know of it."""

from datetime import datetime

from features.home import Home
from features.tables.snapshots import (
    NEWEST_EVENT,
    TableSnapshot,
    current_tables,
    read_tables,
    write_tables,
)


def take_in(home: Home) -> tuple[TableSnapshot, int]:
    """The current tables with all events and records that arrived since; the writer's lock is held.

    Doing it again changes nothing.

    Returns:
        The snapshot, and how many events and versions of records arrived since the last import.

    Raises:
        NotReadyError: nothing was imported yet, or the database cannot be read.
    """
    from engagement.database import open_database
    from engagement.events import all_events
    from engagement.records import records_after
    from features.history.columns import moment
    from serving.arrived import fitting, joined, moment_after

    snapshot = current_tables(home)
    database = open_database(home)
    try:
        events, records = all_events(database), records_after(database, 0)
    finally:
        database.close()
    recorded = [str(one["recorded_at"]) for one in events] + [one.recorded_at for one in records]
    since = [at for at in recorded if datetime.fromisoformat(at) >= snapshot.imported_until]
    # those from before the import count too, where it does not know them
    newest = max((int(one["seq"]) for one in events), default=0)
    if not since and newest <= snapshot.newest_event:
        return snapshot, 0
    imported = read_tables(snapshot)
    _fit, tables = fitting(
        records, lambda some: joined(imported, events, some, snapshot.imported_until)
    )
    kept = {name: table for name, table in tables.items() if name in snapshot.tables or len(table)}
    newest = max(newest, snapshot.newest_event)
    report = snapshot.report | {"imported_until": snapshot.imported_until.isoformat()}
    report |= {NEWEST_EVENT: newest} if newest else {}
    until = max(snapshot.data_until, moment(moment_after(since)))
    return write_tables(home, kept, until, snapshot.mapping, report), len(since)
