"""What a company has to choose from when an activity is designed: its topics, places and teams."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from features.errors import HuoliError
from features.history.columns import Bools
from features.history.history import History
from features.home import Home
from features.tables.snapshots import current_tables, read_table
from serving.board import Board
from serving.console.activity import TOPICS
from serving.desk import Desk
from serving.privacy import MIN_PEOPLE

# kinds of teams that can be ticked, as audience expressions call them
KINDS = ("function", "city", "project_group")
ZONE = "Asia/Shanghai"
# tags are shares of a whole where they add up to one so nearly
NEARLY = 0.02


@dataclass(frozen=True)
class Team:
    """A team as expressions name it, and as people call it."""

    name: str
    label: str


@dataclass(frozen=True)
class Choices:
    """The values that a company knows, the most usual zone first.

    `teams` gives those of at least five people of each of KINDS; `places` the usual place of each
    city. Where `shares_add_up`, topics are parts of a whole, as they are in all past activities.
    """

    topics: tuple[str, ...]
    shares_add_up: bool
    zones: tuple[str, ...]
    cities: tuple[str, ...]
    places: Mapping[str, Mapping[str, Any]]
    teams: Mapping[str, tuple[Team, ...]]


def choices_of(desk: Desk) -> Choices:
    """What there is to choose from now."""
    board = desk.state.board
    history, at = board.history, board.present - 1
    employed = board.employed
    places = _places(history)
    cities = _teams_in(history, "city", at, employed)
    sums = np.asarray(history.activities.tags.sum(axis=1)).ravel()
    sums = sums[sums > 0]
    return Choices(
        topics=tuple(dict.fromkeys([*TOPICS, *map(str, history.activities.tag_names)])),
        shares_add_up=not len(sums) or abs(float(np.median(sums)) - 1) <= NEARLY,
        zones=_zones(history, at, employed),
        cities=tuple(dict.fromkeys([*cities, *sorted(places)])),
        places=places,
        teams={
            "function": _named(_teams_in(history, "function", at, employed)),
            "city": _named(cities),
            "project_group": tuple(_groups(desk.home, board, at)),
        },
    )


def _named(names: list[str]) -> tuple[Team, ...]:
    return tuple(Team(name, name) for name in names)


def _teams_in(history: History, field: str, at: int, employed: Bools) -> list[str]:
    """The teams of a kind that are no smaller than may be told, the largest first."""
    codes, names = history.people.team_codes(field, at)
    n = np.bincount(codes[employed & (codes >= 0)], minlength=len(names))
    return [str(names[code]) for code in np.argsort(-n, kind="stable") if n[code] >= MIN_PEOPLE]


def _zones(history: History, at: int, employed: Bools) -> tuple[str, ...]:
    """The zones that people work in and activities took place in, the most usual first."""
    codes, names = history.people.team_codes("timezone", at)
    n = np.bincount(codes[employed & (codes >= 0)], minlength=len(names))
    people = [str(names[code]) for code in np.argsort(-n, kind="stable") if n[code]]
    held = sorted({str(one) for one in history.activities.table["timezone"].to_pylist() if one})
    return tuple(dict.fromkeys([*people, *held])) or (ZONE,)


def _places(history: History) -> dict[str, dict[str, Any]]:
    """Per city, the place where most of its activities took place."""
    columns = ("city", "place_id", "latitude", "longitude")
    table = history.activities.table.select(columns)
    counts = Counter(zip(*(table[name].to_pylist() for name in columns), strict=True))
    found: dict[str, dict[str, Any]] = {}
    for (city, *place), _n in counts.most_common():
        if city and any(value is not None for value in place):
            found.setdefault(city, dict(zip(columns[1:], place, strict=True)))
    return found


def _groups(home: Home, board: Board, at: int) -> Iterator[Team]:
    """The project groups that are no smaller than may be told, by name."""
    people = board.history.people
    rows = people.members_at(at)
    rows = rows[board.employed[people.member[rows]]]
    n = np.bincount(people.group[rows], minlength=len(people.group_ids))
    names = _group_names(home)
    ids = [str(people.group_ids[group]) for group in np.flatnonzero(n >= MIN_PEOPLE)]
    for one in sorted(ids, key=lambda one: names.get(one, one)):
        yield Team(one, names.get(one, one))


def _group_names(home: Home) -> Mapping[str, str]:
    """What project groups are called; nothing of those without a name."""
    try:
        return _read_names(home, current_tables(home).snapshot_id)
    except (HuoliError, OSError, ValueError, KeyError):
        # their ids stand for them
        return {}


@lru_cache(maxsize=2)
def _read_names(home: Home, snapshot_id: str) -> Mapping[str, str]:
    rows = read_table(current_tables(home), "project_groups").to_pylist()
    return {row["project_group_id"]: row["name"] for row in rows if row["name"]}
