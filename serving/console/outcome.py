"""What came of an activity: who took part, as a whole and by team.

Teams are shown in the groups of the forecast that was approved, so that what came stands beside
what was expected, and by the same care: groups of five or more, and none that a difference tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.history.answers import REGISTERED
from features.history.columns import Bools, Ints, Strings
from serving.answers import ForecastAnswer, TeamCount, Unit
from serving.board import Board
from serving.forecast import BREAKDOWNS
from serving.privacy import MIN_PEOPLE, shown_groups, whole_percent


@dataclass(frozen=True)
class Outcome:
    """Turnout of one activity; `invited` and `came_mask` are over everyone.

    `came` counts those invited alone, as forecasts do. So does `registered` where that is what
    `came` counts; else it has all who signed up.
    """

    place: int
    unit: Unit
    starts: int
    invited: Bools
    came_mask: Bools
    came: int
    registered: int

    @property
    def n_invited(self) -> int:
        """How many were invited."""
        return int(np.count_nonzero(self.invited))

    @property
    def percent(self) -> int:
        """The share of those invited who came, in whole percent."""
        return whole_percent(self.came, self.n_invited)

    @property
    def uninvited(self) -> int:
        """How many came without an invitation; none of one to four, whom that would tell."""
        n = int(np.count_nonzero(self.came_mask & ~self.invited))
        return n if n >= MIN_PEOPLE else 0

    @property
    def is_recorded(self) -> bool:
        """Whether anybody's taking part is on record."""
        return bool(self.came_mask.any())


@dataclass(frozen=True)
class Part:
    """One team, or several merged: how many of those invited came. `mask` is over everyone."""

    team: str
    merged: bool
    mask: Bools
    invited: int
    came: int

    @property
    def percent(self) -> int:
        """The share that came, in whole percent."""
        return whole_percent(self.came, self.invited)


def outcome_of(board: Board, place: int, unit: Unit | None = None) -> Outcome:
    """The turnout of an activity, in the sense of `unit`, or of the board where none is given."""
    starts = int(board.history.activities.starts[board.rows[place]])
    if starts < board.as_of:
        invited = board.history.invited_by_start(place)
    else:
        invited = board.history.invited(place, board.as_of - 1)
    unit = unit or board.unit(place)
    who = came_to(board, place, unit)
    came = int(np.count_nonzero(who & invited))
    registered = came if unit == "registration" else board.took_part(place, "registration")
    return Outcome(place, unit, starts, invited, who, came, registered)


def came_to(board: Board, place: int, unit: Unit) -> Bools:
    """Who attended an activity, or holds a registration for it: whom `Board.took_part` counts.

    Invited or not.
    """
    found = np.zeros(board.history.n_employees, dtype=bool)
    if unit == "attendance":
        records = board.history.answers.attended.before(board.as_of)
        found[records.employee[records.activity == place]] = True
        return found
    about = board.answers.activity == place
    # in the order in which they were given, so that each one's last answer stands
    found[board.answers.employee[about]] = board.answers.code[about] == REGISTERED
    return found


def teams_of(
    board: Board, outcome: Outcome, told: ForecastAnswer | None
) -> Mapping[str, Sequence[Part]]:
    """Per breakdown the teams that can be shown: those that the forecast told of, where one did."""
    people = np.flatnonzero(outcome.invited)
    at = min(outcome.starts, board.as_of) - 1
    teams = {}
    for name in BREAKDOWNS:
        of_person = board.history.teams(name, at)[people]
        teams[name] = _as_told(of_person, told_teams(told, name)) if told else of_person
    return {
        name: [_part(group.team, group.merged, people[group.mask], outcome) for group in groups]
        for name, groups in shown_groups(teams, ~board.opted_out[people]).items()
    }


def told_teams(told: ForecastAnswer, breakdown: str) -> Sequence[TeamCount]:
    """The teams of one breakdown of a forecast."""
    found: Sequence[TeamCount] = getattr(told, f"by_{breakdown}")
    return found


def _as_told(of_person: Strings, told: Sequence[TeamCount]) -> Strings:
    """Each person's team where the forecast told of it alone, else none."""
    names = [one.team for one in told if not one.merged]
    found: Strings = np.where(np.isin(of_person.astype(str), names), of_person, "")
    return found


def _part(team: str, merged: bool, people: Ints, outcome: Outcome) -> Part:
    mask = np.zeros(len(outcome.invited), dtype=bool)
    mask[people] = True
    came = int(np.count_nonzero(outcome.came_mask & mask))
    return Part(team, merged, mask, len(people), came)
