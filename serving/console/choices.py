"""What a company has to choose from when an activity is designed: its topics, places and teams."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.history.columns import Bools
from features.history.history import History
from serving.console.activity import TOPICS
from serving.console.team_names import group_names
from serving.console.teams import offered_teams
from serving.desk import Desk

ZONE = "Asia/Shanghai"
# tags are shares of a whole where they add up to one so nearly
NEARLY = 0.02


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
    teams: Mapping[str, tuple[str, ...]]


def choices_of(desk: Desk) -> Choices:
    """What there is to choose from now."""
    board = desk.state.board
    history, at = board.history, board.present - 1
    employed = board.employed
    places = _places(history)
    teams = offered_teams(board, group_names(desk.home))
    sums = np.asarray(history.activities.tags.sum(axis=1)).ravel()
    sums = sums[sums > 0]
    return Choices(
        topics=tuple(dict.fromkeys([*TOPICS, *map(str, history.activities.tag_names)])),
        shares_add_up=not len(sums) or abs(float(np.median(sums)) - 1) <= NEARLY,
        zones=_zones(history, at, employed),
        cities=tuple(dict.fromkeys([*teams["city"], *sorted(places)])),
        places=places,
        teams=teams,
    )


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
