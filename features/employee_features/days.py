"""The days T asked for, and the sums over rows that count at T from one moment to another.

A row counts at each T with `known` < T <= `through`. Sums at all T's come from the rows' two ends:
what begins to count is added, what ceases to is taken off, and both run on from day to day. So a
row costs the same however many T's it counts at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import ibis
import pyarrow as pa

from features.employee_features.clocks import NAIVE

Table = Any
Value = Any
KEYS = ("employee_id", "event_timestamp")
FIRST = "0001-01-01 00:00:00"
LAST = "9999-12-31 00:00:00"
MICRO = 1_000_000


@dataclass(frozen=True)
class Days:
    """The moments T, each a UTC midnight (naive here), in order and without doubles."""

    moments: tuple[datetime, ...]

    @classmethod
    def of(cls, days: Sequence[datetime]) -> "Days":
        """The days of aware datetimes.

        Raises:
            ValueError: there are none, or one is no UTC midnight.
        """
        naive = {day.astimezone(UTC).replace(tzinfo=None) for day in days}
        if not naive or any(day.time() != datetime.min.time() for day in naive):
            raise ValueError("days must be UTC midnights, and at least one")
        return cls(tuple(sorted(naive)))

    @property
    def before_first(self) -> date:
        """The day that ends with the first T."""
        return self.moments[0].date() - timedelta(days=1)

    @property
    def last_day(self) -> date:
        """The day that begins with the last T."""
        return self.moments[-1].date()

    @cached_property
    def table(self) -> Table:
        """One row per T."""
        return ibis.memtable(pa.table({"event_timestamp": pa.array(self.moments, NAIVE)}))

    def calendar(self, name: str) -> Table:
        """(`name`_day, `name`): for each UTC day up to the last T, the first T after it."""
        days: list[date] = []
        first_after: list[datetime] = []
        day = self.before_first
        for moment in self.moments:
            while day < moment.date():
                days.append(day)
                first_after.append(moment)
                day += timedelta(days=1)
        return ibis.memtable(
            pa.table({
                f"{name}_day": pa.array(days, pa.date32()),
                name: pa.array(first_after, NAIVE),
            })
        )  # fmt: skip


def spans(days: Days, rows: Table) -> Table:
    """The rows with `enters` and `leaves`: the T's at which each begins and ceases to count.

    `leaves` is null where it counts up to the last T. Rows that count at none are left out.
    """
    earliest = ibis.literal(days.before_first)
    rows = rows.filter(rows.through.isnull() | (rows.through > rows.known))
    through = ibis.coalesce(rows.through, ibis.timestamp(LAST))
    rows = rows.mutate(
        enters_day=ibis.greatest(rows.known.date(), earliest),
        leaves_day=ibis.greatest(through.date(), earliest),
    )
    rows = rows.inner_join(days.calendar("enters"), "enters_day")
    rows = rows.left_join(days.calendar("leaves"), "leaves_day")
    return rows.filter(rows.leaves.isnull() | (rows.leaves > rows.enters))


def within(rows: Table, n_days: int) -> Table:
    """The rows counting no longer than `n_days` after they occurred."""
    ends = rows.occurred + ibis.interval(days=n_days)
    limit = ibis.coalesce(rows.through, ibis.timestamp(LAST)) if "through" in rows.columns else ends
    return rows.mutate(through=ibis.least(ends, limit))


def changes(rows: Table, measures: Mapping[str, Value]) -> Table:
    """Per employee and T, by how much each measure's sum changes there.

    Args:
        rows: Of `spans`.
        measures: Name -> whole number per row, a deferred expression.
    """
    begins = rows.select("employee_id", event_timestamp=rows.enters, **measures)
    ceases = rows.filter(rows.leaves.notnull()).select(
        "employee_id", event_timestamp=rows.leaves, **{n: -v for n, v in measures.items()}
    )
    both = begins.union(ceases)
    return both.group_by(*KEYS).agg(**{n: both[n].sum().cast("float64") for n in measures})


def running(everyone: Table, parts: Sequence[Table]) -> Table:
    """Per employee and T, the sum of each measure at T; `everyone` has a row for each such pair."""
    table, measures = everyone.select(*KEYS), []
    for part in parts:
        measures += [name for name in part.columns if name not in KEYS]
        table = table.left_join(part, list(KEYS))
        table = table.drop(*(f"{key}_right" for key in KEYS))
    window = ibis.cumulative_window(group_by="employee_id", order_by="event_timestamp")
    sums = {name: table[name].fill_null(0.0).sum().over(window) for name in measures}
    return table.select(*KEYS, **sums)


def exact(value: Value) -> Value:
    """A number in whole millionths, whose sums do not depend on their order."""
    return (value * MICRO).round().cast("int64")


def share(part: Value, whole: Value) -> Value:
    """The part of the whole; null where the whole is nothing."""
    return ibis.ifelse(whole > 0, part / whole, ibis.null("float64"))


def seconds(instant: Value) -> Value:
    """Whole seconds since 1970."""
    return instant.truncate("s").epoch_seconds().cast("int64")
