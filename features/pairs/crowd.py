"""Who has registered so far for the activity itself: read in the stage "open" alone."""

import numpy as np

from features.history.answers import DECLINED, REGISTERED
from features.history.columns import DAY, Ints
from features.pairs.kernels import Columns
from features.pairs.moment import Moment


def crowd_columns(moment: Moment, activity: int, employees: Ints) -> Columns:
    """Days left; registrations so far: of everyone, of the own group, of correspondents."""
    answers = moment.answers.where(moment.answers.activity == activity)
    n = moment.history.n_employees
    yes = np.zeros(n, dtype=np.float32)
    declined = np.zeros(n, dtype=np.float32)
    yes[answers.employee] = answers.code == REGISTERED
    declined[answers.employee] = answers.code == DECLINED
    week = answers.occurred >= moment.as_of - 7 * DAY
    lately = float(((answers.code == REGISTERED) & week).sum())
    group_yes = np.append(moment.group_matrix @ yes, 0)
    ones = np.ones(n, dtype=np.float32)
    group_size = np.append(moment.group_matrix @ ones, 1)
    group = moment.main_group[employees]
    activities = moment.history.activities
    wait = (activities.starts[moment.activity_rows[activity]] - moment.as_of) / DAY
    full = np.full(len(employees), np.log1p(yes.sum()), dtype=np.float32)
    return {
        "days_to_start": np.full(len(employees), wait, dtype=np.float32),
        "registered_so_far": full,
        "registered_last_7d": np.full(len(employees), np.log1p(lately), dtype=np.float32),
        "declined_so_far": np.full(len(employees), np.log1p(declined.sum()), dtype=np.float32),
        "group_registered": np.log1p(group_yes[group]).astype(np.float32),
        "group_registered_share": (group_yes[group] / np.maximum(group_size[group], 1)).astype(
            np.float32
        ),
        "ties_registered": (moment.ties[employees] @ yes).astype(np.float32),
    }
