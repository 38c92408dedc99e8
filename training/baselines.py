"""What a model must beat: base rate, a person's own rate, popularity, a group's own past counts."""

import numpy as np
import pandas as pd

from features.history.columns import DAY, Floats, Ints
from features.history.history import History
from training.labels import Labels
from training.metrics import LEVELS
from training.rows import Rows


def base_rate(rows: Rows, refits: list[int], asked: Rows | None = None) -> Floats:
    """The share of yes among rows of activities that had started by the last refit.

    For `asked`, or for the rows themselves.
    """
    asked = rows if asked is None else asked
    p = np.full(len(asked), np.nan)
    for at in refits:
        known = rows.starts < at
        if known.any():
            p[asked.as_of >= at] = np.average(rows.registered[known], weights=rows.weight[known])
    return p


def own_rate(rows: Rows) -> Floats:
    """A person's smoothed share of yes among past invitations."""
    return rows.features["rate_any"].to_numpy(float)


def own_group(rows: Rows) -> Floats:
    """The smoothed share of yes of a person's project group lately; the crowd's where unknown."""
    rate = rows.features["group_recent"].fillna(rows.features["crowd_recent"])
    return rate.to_numpy(float)


def popularity(rows: Rows) -> Floats:
    """Registrations so far for the activity: one order for all."""
    return rows.features["registered_so_far"].to_numpy(float)


def own_group_popularity(rows: Rows) -> Floats:
    """Registrations so far, activities whose audience the person is in first."""
    found: Floats = popularity(rows) + 100 * rows.features["in_audience"].to_numpy(float)
    return found


def past_counts(
    history: History, labels: Labels, activity: int, as_of: int, days: int = 180
) -> Floats:
    """Participants of activities with the same audience held lately: in `days`, or the last ten.

    Returns [1.0] where there were none.
    """
    activities = history.activities
    rows = activities.last_rows
    codes = activities.coded["audience"][0][rows]
    held = np.flatnonzero((codes == codes[activity]) & (labels.starts < as_of))
    held = held[np.argsort(labels.starts[held], kind="stable")]
    recent: Ints = held[labels.starts[held] >= as_of - days * DAY]
    chosen = recent if len(recent) >= 5 else held[-10:]
    if not len(chosen):
        return np.array([1.0])
    found: Floats = labels.participated[:, chosen].sum(axis=0).astype(float)
    return found


def count_quantiles(counts: Floats) -> pd.Series:
    """Mean and LEVELS of past counts, as a forecast."""
    return pd.Series({"mean": counts.mean(), **{
        name: np.quantile(counts, level) for name, level in LEVELS.items()
    }})  # fmt: skip
