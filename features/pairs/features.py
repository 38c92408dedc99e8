"""The one function for what ties employees to an activity, in training and in serving."""

from typing import Literal

import numpy as np

from features.history.columns import Ints
from features.pairs.crowd import crowd_columns
from features.pairs.kernels import (
    Columns,
    colleague_columns,
    companion_columns,
    kernel_columns,
    kernel_weights,
    lift_columns,
)
from features.pairs.moment import Moment
from features.pairs.person import activity_columns, person_columns
from features.pairs.plain import plain_columns
from features.pairs.similarity import similarities

Stage = Literal["launch", "open"]


def pair_features(moment: Moment, activity: int, employees: Ints, stage: Stage) -> Columns:
    """Feature columns of the pairs (employee, activity) as of the moment, by name.

    Args:
        moment: What is known strictly before `as_of`.
        activity: Position of the activity in the history.
        employees: Positions of the employees; one row each, in this order.
        stage: "launch" reads nothing that anyone did about this activity; "open" reads what was
            done before `as_of`.

    Returns:
        float32 columns; NaN where something is unknown. Those of the stage "open" come on top.
    """
    like = moment.likenesses.get(activity)
    if like is None:
        like = moment.likenesses[activity] = similarities(moment, activity)
    weights = kernel_weights(moment, activity, like)
    columns = kernel_columns(moment, weights, employees)
    columns |= colleague_columns(moment, weights, employees)
    columns |= companion_columns(moment, activity, weights, employees)
    columns |= lift_columns(moment, activity, weights, employees)
    columns |= person_columns(moment, activity, employees, own_answers=stage == "open")
    columns |= activity_columns(moment, activity, len(employees))
    columns |= plain_columns(moment, activity, like, employees)
    invited = moment.history.invited(activity, moment.as_of - 1)
    columns["in_audience"] = invited[employees].astype(np.float32)
    columns["audience_size"] = np.full(len(employees), np.log1p(invited.sum()), dtype=np.float32)
    if stage == "open":
        columns |= crowd_columns(moment, activity, employees, int(invited.sum()))
    return {name: np.asarray(column, dtype=np.float32) for name, column in columns.items()}
