"""What teams are called: functions in the reader's language, project groups by their names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from features.errors import HuoliError
from features.home import Home
from features.language import _, render
from features.tables.snapshots import current_tables, read_table

# as HR systems name them; "corporate" is a topic, too, which is called otherwise
FUNCTIONS: dict[str, str] = {
    "R&D": _("R&D"), "customer success": _("customer success"),
    "corporate": _("corporate departments"),
}  # fmt: skip


@dataclass(frozen=True)
class TeamNames:
    """The names of teams in a language; `groups` gives those of project groups by id."""

    language: str
    groups: Mapping[str, str]

    def of(self, by: str, name: str) -> str:
        """A team as people call it; what has no other name stands as it is.

        >>> names = TeamNames("en", {"PG7": "Payments"})
        >>> names.of("function", "corporate"), names.of("city", "corporate")
        ('corporate departments', 'corporate')
        >>> names.of("project_group", "PG7"), names.of("project_group", "other teams")
        ('Payments', 'other teams')
        """
        if by == "function" and name in FUNCTIONS:
            return render(FUNCTIONS[name], {}, self.language)
        return self.groups.get(name, name) if by == "project_group" else name


def group_names(home: Home) -> Mapping[str, str]:
    """What project groups are called, by id; nothing of those without a name."""
    try:
        return _read(home, current_tables(home).snapshot_id)
    except (HuoliError, OSError, ValueError, KeyError):
        # their ids stand for them
        return {}


@lru_cache(maxsize=2)
def _read(home: Home, snapshot_id: str) -> Mapping[str, str]:
    return names_by_id(read_table(current_tables(home), "project_groups").to_pylist())


def names_by_id(rows: Sequence[Mapping[str, str | None]]) -> dict[str, str]:
    """The names of groups; those of one name are told apart by their ids.

    >>> rows = [("1", "Payments"), ("2", "Payments"), ("3", "Search"), ("4", None)]
    >>> names_by_id([{"project_group_id": one, "name": name} for one, name in rows])
    {'1': 'Payments (1)', '2': 'Payments (2)', '3': 'Search'}
    """
    times = Counter(row["name"] for row in rows)
    return {
        str(row["project_group_id"]): row["name"] if times[row["name"]] == 1
        else f"{row['name']} ({row['project_group_id']})"
        for row in rows if row["name"]
    }  # fmt: skip
