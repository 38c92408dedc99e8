"""One activity under review, with what its pages read of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from features.history.columns import Bools, Strings, positions
from serving.answers import ForecastAnswer
from serving.board import Board
from serving.console.activity import Shown
from serving.console.lately import Lately, lately
from serving.console.rendering import zone_of
from serving.console.site import Visit


@dataclass(frozen=True)
class Case:
    """An activity that is ahead, its forecast in the reader's language, and the board."""

    visit: Visit
    activity: Shown
    answer: ForecastAnswer
    board: Board
    # the ids of whom the forecast is of: beside it, numbers of a few more or fewer would tell them
    people: Strings

    @cached_property
    def place(self) -> int:
        """The activity's position in the history."""
        return self.board.history.activity_index(self.activity.activity_id)

    @property
    def row(self) -> int:
        """Its row."""
        return int(self.board.rows[self.place])

    @cached_property
    def invited(self) -> Bools:
        """Whom the forecast is of."""
        at = positions(self.board.history.people.ids, self.people)
        found = np.zeros(self.board.history.n_employees, dtype=bool)
        found[at[at >= 0]] = True
        return found

    @cached_property
    def n_invited(self) -> int:
        """How many they are."""
        return int(np.count_nonzero(self.invited))

    @property
    def lately(self) -> Lately:
        """The last half year, in the unit of the forecast."""
        return lately(self.board, self.answer.unit)

    def usual_of_invited(self, by: str, team: str) -> int | None:
        """The usual rate of those of a team who are invited, in percent, to compare with alone."""
        codes, names = self.board.history.people.team_codes(by, self.board.as_of - 1)
        people = self.invited & (codes == list(map(str, names)).index(team))
        found = self.lately.rate(people, np.ones(len(self.lately.activities), dtype=bool))
        return found.percent if found else None

    @property
    def local_start(self) -> datetime:
        """When it starts, where it takes place."""
        return self.activity.starts.astimezone(zone_of(self.activity.zone))


def case_of(visit: Visit, activity: Shown) -> Case:
    """The case of an activity that is ahead.

    Raises:
        Problem: it cannot be forecast.
    """
    kept = visit.site.forecasts.kept(activity.activity_id)
    board = visit.desk.state.board
    return Case(visit, activity, kept.answers[visit.language], board, kept.invited)
