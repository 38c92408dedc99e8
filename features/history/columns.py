"""From Arrow columns to NumPy arrays: instants as microseconds, repeated text as codes."""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Strings = NDArray[np.object_]

FIRST = np.iinfo(np.int64).min
NEVER = np.iinfo(np.int64).max
DAY = 86_400_000_000
HOUR = 3_600_000_000


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime.

    >>> micros(datetime(1970, 1, 2, tzinfo=UTC)) == DAY
    True
    """
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The aware datetime of microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(value))


def instants(table: pa.Table, column: str, null: int) -> Ints:
    """Microseconds since 1970, with `null` where there is no value."""
    values = table[column].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(pc.fill_null(values, pa.scalar(null, pa.int64())), dtype=np.int64)


def numbers(table: pa.Table, column: str) -> Floats:
    """The column as floats, NaN where there is no value."""
    return np.asarray(table[column].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)


def strings(table: pa.Table, column: str) -> Strings:
    """The column as Python strings, "" where there is no value."""
    filled = pc.fill_null(table[column].cast(pa.string()), "")
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=object)


def flags(table: pa.Table, column: str) -> Bools:
    """The column as booleans, False where there is no value."""
    return np.asarray(pc.fill_null(table[column], False).to_numpy(zero_copy_only=False), dtype=bool)


def codes(values: Strings) -> tuple[Ints, Strings]:
    """(code of each value, the distinct values); the code of "" is -1.

    >>> codes(np.array(["b", "", "a", "b"], dtype=object))[0].tolist()
    [1, -1, 0, 1]
    """
    names = distinct(values)
    names = names[names != ""]
    number = {name: place for place, name in enumerate(names.tolist())} | {"": -1}
    found = np.fromiter(map(number.__getitem__, values.tolist()), np.int64, len(values))
    return found, names


def distinct(values: Strings) -> Strings:
    """The distinct values in order.

    Never by an array of fixed width: one long text would widen every row.

    >>> distinct(np.array(["b", "a", "b"], dtype=object)).tolist()
    ['a', 'b']
    """
    return np.array(sorted(set(values.tolist())), dtype=object)


def positions(ids: Strings, values: Strings) -> Ints:
    """The position of each value in the sorted `ids`, -1 where it is not among them.

    >>> positions(np.array(["a", "c"], dtype=object), np.array(["c", "b"], dtype=object)).tolist()
    [1, -1]
    """
    if not len(ids) or not len(values):
        return np.full(len(values), -1, dtype=np.int64)
    found = pc.index_in(pa.array(values, pa.string()), pa.array(ids, pa.string()))
    return np.asarray(pc.fill_null(found, -1), dtype=np.int64)


def known_from(table: pa.Table, occurred: Ints) -> Ints:
    """When each row became known: when it occurred, or later where `recorded_at` says so."""
    return np.maximum(occurred, instants(table, "recorded_at", FIRST))


def in_order(table: pa.Table, key: str) -> tuple[pa.Table, Ints]:
    """(the versions in order of when they begin to hold, that instant of each).

    A version learnt of after one of a later `valid_from` tells of the past alone: it never holds.
    Of versions learnt of at once, the one of the later `valid_from` comes last and wins.
    """
    valid = instants(table, "valid_from", FIRST)
    known = known_from(table, valid)
    order = np.lexsort((valid, known))
    newest: dict[str, int] = {}
    kept = []
    for row, name in zip(order.tolist(), strings(table, key)[order], strict=True):
        if valid[row] >= newest.get(name, FIRST):
            newest[name] = int(valid[row])
            kept.append(row)
    return table.take(pa.array(kept, pa.int64())), known[kept]


@functools.cache
def zone(name: str) -> tzinfo:
    """The time zone of an IANA name or of a fixed offset such as +08:00.

    >>> zone("-07:00").utcoffset(None) == timedelta(hours=-7)
    True
    """
    if name.startswith(("+", "-")):
        hours, minutes = int(name[:3]), int(name[0] + name[-2:])
        return timezone(timedelta(hours=hours, minutes=minutes))
    return ZoneInfo(name or "UTC")


def utc_offsets(names: Sequence[str], at: Ints) -> Ints:
    """Microseconds to add to each UTC instant to get the local clock of its zone."""
    offsets = np.zeros(len(at), dtype=np.int64)
    for row, (name, instant) in enumerate(zip(names, at.tolist(), strict=True)):
        offset = moment(instant).astimezone(zone(name)).utcoffset() or timedelta()
        offsets[row] = offset // timedelta(microseconds=1)
    return offsets
