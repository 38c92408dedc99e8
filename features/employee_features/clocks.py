"""Time zones as small tables to join, so that no engine's own zone arithmetic is needed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

import pyarrow as pa

from features.history.columns import zone

NAIVE = pa.timestamp("us")
MICROSECOND = timedelta(microseconds=1)


def day_ends(timezones: Iterable[str], first: date, last: date) -> pa.Table:
    """(timezone, day, day_end): the last microsecond of each local day from first to last.

    >>> day_ends(["+08:00"], date(2026, 1, 5), date(2026, 1, 5))["day_end"][0].as_py()
    datetime.datetime(2026, 1, 5, 15, 59, 59, 999999)
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [(name, day, _day_end(zone(name), day)) for name in sorted(timezones) for day in days]
    names, dates, ends = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table({
        "timezone": pa.array(names, pa.string()),
        "day": pa.array(dates, pa.date32()),
        "day_end": pa.array(ends, NAIVE),
    })  # fmt: skip


def _day_end(clock: tzinfo, day: date) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock)
    return midnight.astimezone(UTC).replace(tzinfo=None) - MICROSECOND


def offsets(timezones: Iterable[str], first: datetime, last: datetime) -> pa.Table:
    """(timezone, begins, ends, offset_seconds): how far local clocks are ahead of UTC, and when.

    `begins` is inclusive, `ends` exclusive, both UTC without a zone; [first, last] is covered.
    """
    rows = [(name, *span) for name in sorted(timezones) for span in _spans(zone(name), first, last)]
    names, begins, ends, seconds = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table({
        "timezone": pa.array(names, pa.string()),
        "begins": pa.array(begins, NAIVE),
        "ends": pa.array(ends, NAIVE),
        "offset_seconds": pa.array(seconds, pa.int64()),
    })  # fmt: skip


def _spans(
    clock: tzinfo, first: datetime, last: datetime
) -> Iterator[tuple[datetime, datetime, int]]:
    begins, probe = first, first
    while probe <= last:
        step = probe + timedelta(days=1)
        if _offset(clock, step) != _offset(clock, probe):
            change = _change(clock, probe, step)
            yield begins, change, _offset(clock, probe)
            begins = change
        probe = step
    yield begins, probe + timedelta(days=1), _offset(clock, probe)


def _change(clock: tzinfo, low: datetime, high: datetime) -> datetime:
    """The second at which the offset differs from that at `low`, by bisection."""
    before = _offset(clock, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(clock, middle) == before else (low, middle)
    return high


def _offset(clock: tzinfo, at: datetime) -> int:
    ahead = at.replace(tzinfo=UTC).astimezone(clock).utcoffset() or timedelta()
    return int(ahead.total_seconds())
