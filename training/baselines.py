"""What a model must beat: base rate, a person's own rate, popularity, a group's own past counts."""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.history.columns import DAY, Bools, Floats, Ints
from features.history.history import History
from training.labels import labels_from
from training.metrics import LEVELS
from training.rows import Rows

# more than any activity has registrations
BEYOND = 1e7


def base_rate(rows: Rows, refits: list[int], asked: Rows | None = None) -> Floats:
    """The share that took part, on record at the last refit, of activities started by then.

    For `asked`, or for the rows themselves; NaN where nothing was on record.
    """
    asked = rows if asked is None else asked
    p = np.full(len(asked), np.nan)
    for at in refits:
        known = _on_record(rows, at)
        if len(known):
            p[asked.as_of >= at] = np.average(known.participated, weights=known.weight)
    return p


def kept_rate(rows: Rows, refits: list[int], asked: Rows | None = None) -> Floats:
    """The share of those registered that took part, on record at the last refit; at first 1.

    For `asked`, or for the rows themselves: rates of registering times this are of taking part.
    """
    asked = rows if asked is None else asked
    kept = np.ones(len(asked))
    for at in refits:
        known = _on_record(rows, at)
        if known.registered.any():
            came, registered = (yes @ known.weight for yes in (known.participated,
                                                               known.registered))  # fmt: skip
            kept[asked.as_of >= at] = came / registered
    return kept


def _on_record(rows: Rows, at: int) -> Rows:
    """The rows, without their features, of activities started before `at`, as known then."""
    known = replace(rows, features=rows.features[[]]).known_at(at)
    return known.where((known.starts < at) & known.told)


def own_rate(rows: Rows) -> Floats:
    """A person's smoothed share of yes among past invitations."""
    return rows.features["rate_any"].to_numpy(float)


def own_group(rows: Rows) -> Floats:
    """The smoothed share of yes of a person's project group lately; the crowd's where unknown."""
    rate = rows.features["group_recent"].fillna(rows.features["crowd_recent"])
    return rate.to_numpy(float)


def popularity(rows: Rows) -> Floats:
    """Registrations so far for the activity, a number: one order for all."""
    found: Floats = np.expm1(rows.features["registered_so_far"].to_numpy(float))
    return found


def own_group_popularity(rows: Rows) -> Floats:
    """Registrations so far, activities whose audience the person is in first."""
    found: Floats = popularity(rows) + BEYOND * rows.features["in_audience"].to_numpy(float)
    return found


def past_counts(
    history: History, activity: int, as_of: int, days: int = 180, people: Bools | None = None
) -> Floats:
    """Participants of activities with the same audience held lately: in `days`, or the last ten.

    Of those of a mask of the employees; None: of all. As on record before `as_of`. Returns [1.0]
    where there were none.
    """
    labels, activities = labels_from(history, as_of), history.activities
    rows = activities.rows_at(as_of - 1)
    starts, codes = activities.starts[rows], activities.coded["audience"][0][rows]
    was_held = (starts < as_of) & (activities.cancelled[rows] > starts)
    was_held &= activities.first_known < as_of
    held = np.flatnonzero((codes == codes[activity]) & was_held)
    held = held[np.argsort(starts[held], kind="stable")]
    recent: Ints = held[starts[held] >= as_of - days * DAY]
    chosen = recent if len(recent) >= 5 else held[-10:]
    if not len(chosen):
        return np.array([1.0])
    came = labels.participated[:, chosen]
    counted = came if people is None else came[people]
    found: Floats = counted.sum(axis=0).astype(float)
    return found


def count_quantiles(counts: Floats) -> pd.Series:
    """Mean and LEVELS of past counts, as a forecast."""
    return pd.Series({"mean": counts.mean(), **{
        name: np.quantile(counts, level) for name, level in LEVELS.items()
    }})  # fmt: skip
