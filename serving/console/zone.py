"""In which zone a page tells moments that belong to no activity: the company's usual one."""

import pyarrow as pa
import pyarrow.compute as pc

from serving.desk import Desk


def company_zone(desk: Desk) -> str | None:
    """The zone in which most activities take place; None, meaning UTC, where none is known."""
    state = desk.loaded
    if state is None:
        return None
    return _most(state.board.history.activities.table["timezone"])


def _most(zones: pa.ChunkedArray) -> str | None:
    counts = pc.value_counts(zones.drop_null()).to_pylist()
    best = max(counts, key=lambda one: (one["counts"], one["values"]), default=None)
    return str(best["values"]) if best else None
