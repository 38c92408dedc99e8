"""How far the effect of a change of design may lie from its forecast, given the past designs.

Activities' log-odds of turnout are taken as a Gaussian process over what an organiser decides:
alike designs draw alike. What past activities leave open of the difference between two designs is
the departure: little where the past has both, as with an hour; much where it has neither, or where
two things always went together, as a reward that each template always gave.
"""

from dataclasses import dataclass

import numpy as np

from features.history.activity import Activities, with_draft
from features.history.columns import positions
from features.history.history import History
from features.pairs.designs import designs_alike
from training.past_designs import design_kernel
from training.predicting import Now

# a departure worth a word, in log-odds; the share of the doubt that the past leaves
LARGE, UNTOLD = 0.3, 0.75
# what a change of audience does to the people whom both designs invite
OF_AUDIENCE = 0.1
OTHER = "\x00other"


@dataclass(frozen=True)
class Departure:
    """Standard deviations of the difference's log-odds: given the past, and before it."""

    sd: float
    prior: float

    @property
    def hardly_told(self) -> bool:
        """Whether the past leaves most of a difference open that may well be large."""
        return self.sd > max(LARGE, UNTOLD * self.prior)


def departure(now: Now, activity: int, history: History, other: int) -> Departure:
    """What is left open of the difference between an activity and another history's one.

    Of the people whom both invite: that others come instead, their own chances say.
    """
    past = now.past_designs
    both, ids = _together(now, activity, history, other)
    known = past.activity != activity
    rows = both.rows_at(now.as_of - 1)
    held = rows[positions(both.ids, past.ids[known])]
    pair = rows[[int(np.flatnonzero(both.ids == one)[0]) for one in ids]]
    own, alike = (designs_alike(both, some, pair) for some in (pair, held))
    elsewhere = OF_AUDIENCE**2 * (1 - own["audience"][0, 1])
    # the other design as if it had the same audience
    own["audience"][:] = 1.0
    alike["audience"][:, 1] = alike["audience"][:, 0]
    kernel, towards = design_kernel(own), np.subtract(*design_kernel(alike).T)
    prior = float(kernel[0, 0] + kernel[1, 1] - 2 * kernel[0, 1])
    told = 0.0
    if known.any():
        told = float(towards @ np.linalg.solve(past.covariance[np.ix_(known, known)], towards))
    left = max(prior - told, 0.0)
    return Departure(float(np.sqrt(left + elsewhere)), float(np.sqrt(max(prior, 0.0) + elsewhere)))


def _together(
    now: Now, activity: int, history: History, other: int
) -> tuple[Activities, tuple[str, str]]:
    """(activities with both, their ids)."""
    table, row = history.activities.table, history.activities.rows_at(now.as_of - 1)[other]
    (record,) = table.slice(int(row), 1).to_pylist()
    both, _ = with_draft(now.history.activities, record | {"activity_id": OTHER})
    return both, (str(now.history.activities.ids[activity]), OTHER)
