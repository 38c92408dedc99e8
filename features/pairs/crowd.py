"""Who has registered so far for the activity itself: read in the stage "open" alone."""

import numpy as np

from features.history.answers import DECLINED, REGISTERED
from features.history.columns import DAY, NEVER, Ints
from features.pairs.kernels import Columns
from features.pairs.moment import Moment


def crowd_columns(moment: Moment, activity: int, employees: Ints, n_invited: int) -> Columns:
    """Days left and gone; registrations so far: of everyone, of the own group, of correspondents.

    Few by the second day mean another thing than few by the second week: NaN where people answer
    and it is not known since when they can.
    """
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
    row = moment.activity_rows[activity]
    wait = (activities.starts[row] - moment.as_of) / DAY
    announced = int(activities.announced[row])
    gone = np.log1p(max(moment.as_of - announced, 0) / DAY)
    if announced == NEVER:
        gone = np.nan if len(answers.employee) else 0.0
    full = np.full(len(employees), np.log1p(yes.sum()), dtype=np.float32)
    return {
        "days_to_start": np.full(len(employees), wait, dtype=np.float32),
        "days_since_announced": np.full(len(employees), gone, dtype=np.float32),
        "registered_so_far": full,
        "registered_share": np.full(len(employees), yes.sum() / max(n_invited, 1)),
        "registered_last_7d": np.full(len(employees), np.log1p(lately), dtype=np.float32),
        "declined_so_far": np.full(len(employees), np.log1p(declined.sum()), dtype=np.float32),
        "group_registered": np.log1p(group_yes[group]).astype(np.float32),
        "group_registered_share": (group_yes[group] / np.maximum(group_size[group], 1)).astype(
            np.float32
        ),
        "ties_registered": (moment.ties[employees] @ yes).astype(np.float32),
    }
