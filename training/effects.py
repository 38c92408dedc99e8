"""How far the effect of a change of design may lie from its forecast, given the past designs.

Activities' log-odds of turnout are taken as a Gaussian process over what an organiser decides:
alike designs draw alike. What past activities leave open of the difference between two designs is
the departure: little where the past has both, as with an hour; much where it has neither, or where
two things always went together, as a reward that each template always gave.
"""

from dataclasses import dataclass

import numpy as np

from features.history.columns import DAY, Floats
from features.history.history import History
from features.pairs.designs import designs_alike
from features.pairs.moment import with_draft
from training.predicting import Now

# how far, in log-odds, turnout differs between activities wholly unlike in one thing alone; set
# so that forecast effects of changes lie inside their intervals on simulated companies
SPREAD = {"template": 1.1, "tags": 1.1, "text": 0.15, "mode": 0.3, "format": 0.3,
          "place_id": 0.3, "city": 0.3, "slot": 0.035, "reward": 0.07, "notice": 0.1,
          "audience": 0.4}  # fmt: skip
# what a theme draws, it draws of other people only half as surely
BY_AUDIENCE = ("template", "tags")
HALF_LIFE_DAYS = 730.0
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
    both, first, second = _together(now, activity, history, other)
    moment = with_draft(now.moment, both)
    counted = moment.held[moment.past] & (moment.past != first)
    held = moment.past[counted]
    rows = moment.activity_rows[np.append(held, [first, second])]
    alike, n = designs_alike(both.activities, rows), len(held)
    elsewhere = OF_AUDIENCE**2 * (1 - alike["audience"][n, n + 1])
    # the other design as if it had the same audience
    for side in (alike["audience"], alike["audience"].T):
        side[n + 1] = side[n]
    alike["audience"][n : n + 2, n : n + 2] = 1.0
    kernel = _kernel(alike)
    prior = kernel[n, n] + kernel[n + 1, n + 1] - 2 * kernel[n, n + 1]
    towards = kernel[:n, n] - kernel[:n, n + 1]
    yes, asked = (total[counted] for total in moment.totals)
    age = (now.as_of - both.activities.starts[rows[:n]]) / DAY
    noise = now.models.headcounts.luck**2 * 2.0 ** (age / HALF_LIFE_DAYS) + _sampling(yes, asked)
    told = towards @ np.linalg.solve(kernel[:n, :n] + np.diag(noise), towards) if n else 0.0
    left = max(float(prior - told), 0.0)
    return Departure(float(np.sqrt(left + elsewhere)), float(np.sqrt(max(prior, 0.0) + elsewhere)))


def _kernel(alike: dict[str, Floats]) -> Floats:
    half = 0.5 + 0.5 * alike["audience"]
    parts = [
        SPREAD[name] ** 2 * (likeness * half if name in BY_AUDIENCE else likeness)
        for name, likeness in alike.items()
    ]
    found: Floats = np.sum(parts, axis=0)
    return found


def _sampling(yes: Floats, asked: Floats) -> Floats:
    """How far the log-odds of a turnout lie off by chance alone: a variance."""
    p = (yes + 0.5) / (asked + 1)
    found: Floats = 1 / (asked * p * (1 - p) + 0.5)
    return found


def _together(now: Now, activity: int, history: History, other: int) -> tuple[History, int, int]:
    """(a history with both, their positions)."""
    table, row = history.activities.table, history.activities.rows_at(now.as_of - 1)[other]
    record = {name: table[name][int(row)].as_py() for name in table.schema.names}
    first = str(now.history.activities.ids[activity])
    both, second = now.history.with_activity(record | {"activity_id": OTHER})
    return both, both.activity_index(first), second
