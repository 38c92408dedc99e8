"""What the expressions read: tables, days and clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from features.employee_features.days import Days, Table
from features.employee_features.records import employed, versions


@dataclass(frozen=True)
class Inputs:
    """All canonical tables as Ibis tables, an empty one where the import had none.

    `day_ends` and `offsets` are those of `clocks`, over every zone and day that the tables name.
    """

    tables: Mapping[str, Table]
    days: Days
    day_ends: Table
    offsets: Table

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
        return employed(self.employees, self.days)

    @cached_property
    def everyone(self) -> Table:
        """(employee_id, event_timestamp), every employee on every T."""
        people = self.tables["employees"].select("employee_id").distinct()
        return people.cross_join(self.days.table)
