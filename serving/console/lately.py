"""What people did at the activities of the last half year, as known now.

Rates are of those invited by the start, in one sense of taking part; of whoever refuses profiling
nothing is counted, and nothing is told of fewer than five people.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.history.answers import REGISTERED
from features.history.columns import DAY, HOUR, NEVER, Bools, Floats, Ints
from serving.answers import Unit
from serving.board import Board
from serving.privacy import MIN_PEOPLE, whole_percent

HALF_A_YEAR = 182 * DAY
USUAL_LENGTH = 2 * HOUR
# after so long, who came is on record
SETTLED = 7 * DAY
# a rate over fewer invitations says little
FEWEST_ASKED, FEWEST_ACTIVITIES = 20, 3


@dataclass(frozen=True)
class Rate:
    """Who took part of those invited, over some activities."""

    percent: int
    n_activities: int


@dataclass(frozen=True)
class Lately:
    """The activities that were over by the moment, of the last half year, counted in one unit."""

    board: Board
    unit: Unit

    @cached_property
    def activities(self) -> Ints:
        """The activities, by position."""
        board = self.board
        over = over_by_now(board)
        recent = over[board.history.activities.starts[board.rows[over]]
                      >= board.as_of - HALF_A_YEAR]  # fmt: skip
        templates = board.template[recent]
        alike = {int(code): board.unit(int(recent[templates == code][0])) == self.unit
                 for code in np.unique(templates)}  # fmt: skip
        keep = np.array([alike[int(code)] for code in templates], dtype=bool)
        found: Ints = recent[keep]
        return found

    @cached_property
    def rows(self) -> Ints:
        """Each activity's row."""
        return self.board.rows[self.activities]

    @cached_property
    def starts(self) -> Ints:
        """When each started."""
        return self.board.history.activities.starts[self.rows]

    @cached_property
    def asked(self) -> Bools:
        """Who was invited to each by its start, activities x employees."""
        board = self.board
        counted = ~board.history.refuses(board.as_of)
        masks = [board.history.invited_by_start(int(one), int(starts)) & counted
                 for one, starts in zip(self.activities, self.starts, strict=True)]  # fmt: skip
        return np.array(masks, dtype=bool).reshape(len(masks), board.history.n_employees)

    @cached_property
    def came(self) -> Bools:
        """Who of them took part."""
        found = np.zeros_like(self.asked)
        place = np.full(self.board.history.n_activities, -1, dtype=np.int64)
        place[self.activities] = np.arange(len(self.activities))
        if self.unit == "attendance":
            records = self.board.history.answers.attended.before(self.board.as_of)
            at = place[records.activity]
            found[at[at >= 0], records.employee[at >= 0]] = True
        else:
            records = self.board.answers
            at = place[records.activity]
            # in the order in which they were given: the last one stays
            found[at[at >= 0], records.employee[at >= 0]] = records.code[at >= 0] == REGISTERED
        return found & self.asked

    def by_team(self, dimension: str) -> dict[str, Rate]:
        """The rate of each team of at least five people, by its name.

        People count to the team that they were in when the activity started.
        """
        people = self.board.history.people
        names = people.team_codes(dimension, self.board.as_of - 1)[1]
        asked, came, held = (np.zeros(len(names), dtype=np.int64) for _ in range(3))
        seen = np.zeros((len(names), self.board.history.n_employees), dtype=bool)
        for number, starts in enumerate(self.starts.tolist()):
            team = people.team_codes(dimension, starts - 1)[0]
            there = np.flatnonzero(self.asked[number] & (team >= 0))
            n = np.bincount(team[there], minlength=len(names))
            asked += n
            held += n > 0
            joined = np.flatnonzero(self.came[number] & (team >= 0))
            came += np.bincount(team[joined], minlength=len(names))
            seen[team[there], there] = True
        enough = (seen.sum(axis=1) >= MIN_PEOPLE) & (asked >= FEWEST_ASKED)
        return {str(names[one]): Rate(whole_percent(int(came[one]), int(asked[one])),
                                      int(held[one]))
                for one in np.flatnonzero(enough).tolist()}  # fmt: skip

    def rate(self, people: Bools, which: Bools) -> Rate | None:
        """How many of some people took part in some of the activities; None where few could."""
        asked, came = self.asked[which][:, people], self.came[which][:, people]
        held = int(asked.any(axis=1).sum())
        n_people = int(asked.any(axis=0).sum())
        if n_people < MIN_PEOPLE or held < FEWEST_ACTIVITIES or asked.sum() < FEWEST_ASKED:
            return None
        return Rate(whole_percent(int(came.sum()), int(asked.sum())), held)


def over_by_now(board: Board, since: int = 0) -> Ints:
    """The activities that were announced, not called off, and over so long before the moment."""
    activities = board.history.activities
    ends = activities.ends[board.rows]
    ends = np.where(ends == NEVER, activities.starts[board.rows] + USUAL_LENGTH, ends)
    return np.flatnonzero((ends < board.as_of - since) & board.announced & ~board.cancelled)


def notice_days(board: Board, some: Ints) -> Floats:
    """How many days before its start each was announced; of those of which that is known."""
    activities = board.history.activities
    announced, starts = activities.announced[board.rows[some]], activities.starts[board.rows[some]]
    known = announced != NEVER
    days: Floats = (starts[known] - announced[known]) / DAY
    return days[days >= 0]


_NEWEST: list[Lately] = []


def lately(board: Board, unit: Unit) -> Lately:
    """The last half year; of the newest boards computed once."""
    for one in _NEWEST:
        if one.board is board and one.unit == unit:
            return one
    found = Lately(board, unit)
    _NEWEST.insert(0, found)
    # one for each unit of the board in use
    del _NEWEST[2:]
    return found
