"""How alike the designs of past activities make their turnout, and how far chance hides it."""

from dataclasses import dataclass

import numpy as np

from features.history.columns import DAY, Floats, Ints, Strings
from features.pairs.designs import designs_alike
from features.pairs.moment import Moment

# how far, in log-odds, turnout differs between activities wholly unlike in one thing alone; set
# so that forecast effects of changes lie inside their intervals on simulated companies
SPREAD = {"template": 1.1, "tags": 1.1, "text": 0.15, "mode": 0.3, "format": 0.3,
          "place_id": 0.3, "city": 0.3, "slot": 0.035, "reward": 0.07, "notice": 0.1,
          "audience": 0.4, "organiser": 0.1}  # fmt: skip
# what a theme draws, it draws of other people only half as surely
BY_AUDIENCE = ("template", "tags")
HALF_LIFE_DAYS = 730.0


@dataclass(frozen=True)
class PastDesigns:
    """The activities held so far, and the covariance of the log-odds of turnout seen of them."""

    activity: Ints
    ids: Strings
    covariance: Floats


def past_designs(moment: Moment, luck: float) -> PastDesigns:
    """Those held before the moment, `luck` being the spread of one activity's log-odds."""
    activities = moment.history.activities
    counted = moment.held[moment.past]
    held = moment.past[counted]
    rows = moment.activity_rows[held]
    yes, asked = (total[counted].astype(float) for total in moment.totals)
    age = (moment.as_of - activities.starts[rows]) / DAY
    noise = luck**2 * 2.0 ** (age / HALF_LIFE_DAYS) + _sampling(yes, asked)
    alike = design_kernel(designs_alike(activities, rows, rows))
    return PastDesigns(held, activities.ids[held], alike + np.diag(noise))


def design_kernel(alike: dict[str, Floats]) -> Floats:
    """The covariance of designs' log-odds, from how alike they are in each thing."""
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
