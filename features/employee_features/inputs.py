"""What the expressions read: tables, days and clocks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from features.employee_features.days import KEYS, Days, Table, running
from features.employee_features.records import employed, versions


def _as_it_is(table: Table) -> Table:
    return table


@dataclass(frozen=True)
class Inputs:
    """All canonical tables as Ibis tables, an empty one where the import had none.

    `day_ends` and `offsets` are those of `clocks`, over every zone and day that the tables name.
    `keep` has the engine compute an intermediate table now rather than inside one huge query; it
    changes no value.
    """

    tables: Mapping[str, Table]
    days: Days
    day_ends: Table
    offsets: Table
    keep: Callable[[Table], Table] = _as_it_is

    @cached_property
    def employees(self) -> Table:
        """Employees' rows with the moments (begins, ends] at which each holds."""
        return versions(self.tables["employees"], "employee_id")

    @cached_property
    def activities(self) -> Table:
        """Activities' rows with the moments (begins, ends] at which each holds."""
        return versions(self.tables["activities"], "activity_id")

    @cached_property
    def employed(self) -> Table:
        """(employee_id, event_timestamp, hired_at) of everyone employed just before each T."""
        return self.keep(employed(self.employees, self.days))

    @cached_property
    def everyone(self) -> Table:
        """(employee_id, event_timestamp), every employee on every T."""
        people = self.tables["employees"].select("employee_id").distinct()
        return self.keep(people.cross_join(self.days.table))

    def sums(self, parts: Sequence[Table]) -> Table:
        """The employed on each T with the sum of each measure of the parts, of `days.changes`."""
        kept = [self.keep(part) for part in parts]
        sums = self.keep(running(self.everyone, kept))
        return self.employed.join(sums, list(KEYS))
