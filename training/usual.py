"""What is usual: the features' means over training rows, and each team's workload of a year."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.history.columns import DAY, Floats, Ints
from features.history.history import History
from training.rows import Rows

# of a person's teams, the first that something is known of
TEAMS = ("project_group", "function")
TEAM_KEYS = ("dimension", "team")
YEAR = 365 * DAY
# a mean over fewer people would tell of them
FEWEST_PEOPLE = 5


def usual_values(rows: Rows) -> pd.Series:
    """The mean of each feature where it is known, rows weighing for those left out."""
    known = rows.features.notna().mul(rows.weight, axis=0)
    return (rows.features.fillna(0) * known).sum() / known.sum()


def usual_loads(history: History, rows: Rows, until: int, columns: Sequence[str]) -> pd.DataFrame:
    """The mean of the columns over the last year's rows of each team of at least five people.

    Teams are those that people were in at the time. Columns: dimension, team, and those asked for.
    """
    lately = rows.as_of >= until - YEAR
    features, weight = rows.features.loc[lately, list(columns)], rows.weight[lately]
    employee, as_of = rows.employee[lately], rows.as_of[lately]
    found = []
    for dimension in TEAMS:
        team = np.full(len(employee), "", dtype=object)
        for at in np.unique(as_of).tolist():
            mine = as_of == at
            team[mine] = history.teams(dimension, at - 1)[employee[mine]]
        known = features.notna().mul(weight, axis=0)
        means = (features.fillna(0.0) * known).groupby(team).sum() / known.groupby(team).sum()
        n_people = pd.Series(employee).groupby(team).nunique()
        means = means[(n_people >= FEWEST_PEOPLE) & (n_people.index != "")]
        means.insert(0, "dimension", dimension)
        found.append(means.rename_axis("team").reset_index())
    return pd.concat(found, ignore_index=True)


def as_usual(
    own: pd.DataFrame, loads: pd.DataFrame, history: History, employees: Ints, at: int
) -> Floats:
    """What the columns of `loads` would be for the employees in a usual time of their teams.

    Each person lies as far from the team's usual mean as from what its mean is now, and never below
    0. So people of a team that has as much to do as ever stand as they are; so do those of whose
    teams nothing usual is known, and what is not known of a person is not known then either. `own`
    has a row per employee of the history; returns employees x columns.
    """
    columns = [name for name in loads.columns if name not in TEAM_KEYS]
    values = own[columns].to_numpy(dtype=float)
    moved, told = np.zeros_like(values), np.zeros(len(values), dtype=bool)
    for dimension in TEAMS:
        usual = loads[loads["dimension"] == dimension].set_index("team")[columns].astype(float)
        team = history.teams(dimension, at)
        now = pd.DataFrame(values, columns=columns).groupby(team).mean()
        change = (usual.reindex(now.index) - now).fillna(0.0).to_numpy()
        mine = ~told & np.isin(team, usual.index.to_numpy(dtype=object))
        moved[mine] = change[now.index.get_indexer(pd.Index(team[mine]))]
        told |= mine
    found: Floats = np.maximum(values + moved, 0.0)[employees]
    return found
