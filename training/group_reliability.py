"""Predicted beside observed shares of groups of people, none of them too small to be told of."""

import numpy as np
import pandas as pd

from features.history.columns import micros
from features.history.history import History
from training.paired import gains, mean_of
from training.size_classes import SIZE_EDGES, TENURE_EDGES, classes, lower_edge
from training.team_counts import SMALLEST_TEAM

# by what forecasts of pairs are told apart, in the report's order
DIMENSIONS = ("function", "city", "tenure", "group_size", "audience_size")
MOST_GROUPS = 12
N_DRAWS = 300
# stands for groups that are too small or too many to be shown alone
MERGED = "\N{HORIZONTAL ELLIPSIS}"


def with_groups(history: History, pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs and, as known at each one's moment, the groups of DIMENSIONS; "" where unknown."""
    employee = np.searchsorted(history.people.ids.astype(str), pairs["employee_id"].to_numpy(str))
    parts = []
    for as_of in pairs["as_of"].unique():
        place = np.flatnonzero(pairs["as_of"] == as_of)
        at = micros(as_of) - 1
        who = employee[place]
        group = history.teams("project_group", at).astype(str)
        names, number, sizes = np.unique(group, return_inverse=True, return_counts=True)
        in_group = np.where(names[number] == "", 0, sizes[number])[who]
        parts.append(pd.DataFrame({
            "function": history.teams("function", at)[who],
            "city": history.teams("city", at)[who],
            "tenure": history.people.tenure_days(at)[who],
            "group_size": in_group,
        }, index=place))  # fmt: skip
    known = pd.concat(parts).sort_index()
    known["tenure"] = classes(known["tenure"].to_numpy(float), TENURE_EDGES)
    known["group_size"] = classes(known["group_size"].to_numpy(float), SIZE_EDGES)
    known.loc[known["group_size"] == classes(np.zeros(1), SIZE_EDGES)[0], "group_size"] = ""
    audience = pairs.groupby("activity_id")["employee_id"].transform("size").to_numpy(float)
    known["audience_size"] = classes(audience, SIZE_EDGES)
    return pd.concat([pairs, known.set_axis(pairs.index)], axis=1)


def reliability_by(pairs: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Predicted and observed share of each group, the largest first or classes in their order.

    Columns group, people, activities, pairs, predicted, observed, and low and high, between which
    observed less predicted lies in 95 of 100 cases. Empty where nothing is on record. Groups that
    are small or many stand together as MERGED.
    """
    known = pairs.loc[(pairs[dimension] != "").to_numpy()]
    group = merged_groups(known[dimension], known["employee_id"])
    rows = [_reliability_row(name, part) for name, part in known.groupby(group, sort=False)]
    table = pd.DataFrame(rows, columns=["group", "people", "activities", "pairs", "predicted",
                                        "observed", "low", "high"])  # fmt: skip
    if dimension in ("function", "city"):
        by = [table["group"] == MERGED, -table["pairs"]]
    else:
        edges = [0 if name == MERGED else lower_edge(name) for name in table["group"]]
        by = [table["group"] == MERGED, pd.Series(edges)]
    return table.iloc[np.lexsort((by[1], by[0]))].reset_index(drop=True)


def _reliability_row(name: object, part: pd.DataFrame) -> dict[str, object]:
    outcome = part["outcome"].to_numpy(float)
    p = part["probability"].to_numpy(float)
    unit = part["activity_id"].to_numpy()
    gain = gains({"share": mean_of(outcome)}, {"share": mean_of(p)}, unit, N_DRAWS)[0]
    return {
        "group": name, "people": part["employee_id"].nunique(),
        "activities": part["activity_id"].nunique(), "pairs": len(part),
        "predicted": gain.baseline, "observed": gain.ours, "low": gain.low, "high": gain.high,
    }  # fmt: skip


def merged_groups(group: pd.Series, person: pd.Series) -> pd.Series:
    """The groups, those of few people and those beyond the MOST_GROUPS largest as MERGED.

    Were fewer than SMALLEST_TEAM people merged, the next smallest group joins them, so that what
    is shown of the others does not tell of them.
    """
    people = person.groupby(group).nunique().sort_values(ascending=False, kind="stable")
    shown = people.index[:MOST_GROUPS][people.to_numpy()[:MOST_GROUPS] >= SMALLEST_TEAM].tolist()
    while shown and len(shown) < len(people):
        if person[~group.isin(shown)].nunique() >= SMALLEST_TEAM:
            break
        shown.pop()
    if person.nunique() < SMALLEST_TEAM:
        return group.iloc[:0]
    return group.where(group.isin(shown), MERGED)
