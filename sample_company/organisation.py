"""People, project groups and changes as arrays, and how they stood at any moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_company.settings import DAY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FIELDS = ("function", "city", "level")


def employee_id(person: int) -> str:
    """A person's number in the HR system.

    >>> employee_id(0)
    'HL100001'
    """
    return f"HL{100_001 + person}"


@dataclass(frozen=True)
class Groups:
    """Project groups: function and city codes, and when each stood; old name where renamed."""

    names: list[str]
    former_names: list[str]
    function: Ints
    city: Ints
    size: Floats
    founded: Ints
    dissolved: Ints


@dataclass(frozen=True)
class Changes:
    """Moves of function, city or level, in order of time: whose, which, to what."""

    time: Ints
    person: Ints
    field: Ints
    value: Ints


@dataclass(frozen=True)
class Spells:
    """Times of people in project groups; a person is in one at a time. Ordered by start."""

    person: Ints
    group: Ints
    start: Ints
    end: Ints
    is_lead: Bools


@dataclass(frozen=True)
class Organisation:
    """Everyone who ever worked here in the simulated time, and the groups.

    `first` holds function, city and level codes before any change, people x 3.
    """

    hired: Ints
    left: Ints
    first: Ints
    opted_out_from: Ints
    changes: Changes
    groups: Groups
    spells: Spells

    @property
    def n_people(self) -> int:
        """How many people there ever were."""
        return len(self.hired)

    @property
    def employee_ids(self) -> list[str]:
        """Their numbers in the HR system, in order."""
        return [employee_id(number) for number in range(self.n_people)]

    @property
    def group_ids(self) -> list[str]:
        """The groups' numbers, in order."""
        return [f"PG{number + 1:03d}" for number in range(len(self.groups.names))]

    def present(self, at: int) -> Bools:
        """Who works here at that moment."""
        return (self.hired <= at) & (at < self.left)

    def fields_at(self, at: int) -> Ints:
        """Function, city and level codes at that moment, people x 3."""
        state = self.first.copy()
        n = int(np.searchsorted(self.changes.time, at, side="right"))
        state[self.changes.person[:n], self.changes.field[:n]] = self.changes.value[:n]
        return state

    def group_at(self, at: int) -> Ints:
        """Each person's group at that moment, -1 where none."""
        group = np.full(self.n_people, -1, dtype=np.int64)
        held = (self.spells.start <= at) & (at < self.spells.end)
        group[self.spells.person[held]] = self.spells.group[held]
        return group

    def tenure_days(self, at: int) -> Floats:
        """Days since each person was hired; negative before."""
        return (at - self.hired) / DAY
