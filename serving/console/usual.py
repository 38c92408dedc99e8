"""How many usually come: the rate of people over the half year before an activity."""

from collections.abc import Sequence

import numpy as np

from features.history.columns import DAY, Bools, Floats
from serving.board import Board
from serving.console.outcome import came_to
from serving.privacy import MIN_PEOPLE, whole_percent

HALF_YEAR = 182 * DAY


def usual_percents(
    board: Board, place: int, starts: int, masks: Sequence[Bools]
) -> list[int | None]:
    """Per group of people, in how many of their invitations of the half year before they came.

    Only what was known before the activity started counts, and nothing of whoever refuses
    profiling. None of groups of whom fewer than five
    were invited to anything then.
    """
    history = board.history
    then = Board(history, min(starts, board.as_of))
    at = history.activities.starts[then.rows]
    held = then.announced & ~then.cancelled & (at >= starts - HALF_YEAR) & (at < then.as_of)
    held[place] = False
    asked, came = np.zeros(history.n_employees), np.zeros(history.n_employees)
    counted = ~history.refuses(board.as_of)
    for other in np.flatnonzero(held).tolist():
        who = came_to(then, other, then.unit(other))
        # of one whose attendance came in later nothing was known yet
        if who.any():
            invited = history.invited_by_start(other) & counted
            asked += invited
            came += invited & who
    return [_percent(asked[mask], came[mask]) for mask in masks]


def _percent(asked: Floats, came: Floats) -> int | None:
    if np.count_nonzero(asked) < MIN_PEOPLE:
        return None
    return whole_percent(int(came.sum()), int(asked.sum()))
