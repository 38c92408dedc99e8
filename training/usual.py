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
    """Each team's mean of the columns over the people who were in it and were asked in a year.

    A person counts once, by the mean over the moments at which the person was asked about anything.
    NaN where fewer than five people are known. Columns: dimension, team, and those asked for.
    """
    lately = rows.as_of >= until - YEAR
    asked = pd.DataFrame({"employee": rows.employee[lately], "as_of": rows.as_of[lately]})
    once = ~asked.duplicated().to_numpy()
    features = rows.features.loc[lately, list(columns)][once]
    employee, as_of = (asked[name].to_numpy()[once] for name in ("employee", "as_of"))
    found = []
    for dimension in TEAMS:
        team = np.full(len(employee), "", dtype=object)
        for at in np.unique(as_of).tolist():
            mine = as_of == at
            team[mine] = history.teams(dimension, at - 1)[employee[mine]]
        means = _team_means(features.groupby([team, employee]).mean(), dimension)
        found.append(means.rename_axis("team").reset_index())
    return pd.concat(found, ignore_index=True)


def as_usual(
    own: pd.DataFrame,
    everyone: pd.DataFrame,
    loads: pd.DataFrame,
    history: History,
    employees: Ints,
    at: int,
) -> Floats:
    """What the columns of `loads` would be for the employees in a usual time of their teams.

    Each person lies as far from the team's usual mean as from what its mean is now, and never below
    0. So people of a team that has as much to do as ever stand as they are; so do those of whose
    teams nothing usual is known, and what is not known of a person is not known then either. `own`
    and `everyone` have a row per employee of the history; the team's mean is over `everyone`, who
    need not be asked. Returns employees x columns.
    """
    columns = [name for name in loads.columns if name not in TEAM_KEYS]
    values = own[columns].to_numpy(dtype=float)
    moved = np.full_like(values, np.nan)
    for dimension in TEAMS:
        usual = loads[loads["dimension"] == dimension].set_index("team")[columns].astype(float)
        team = history.teams(dimension, at)
        present = everyone[columns].astype(float).groupby([team, np.arange(len(team))]).mean()
        now = _team_means(present)
        change = (usual.reindex(now.index) - now).to_numpy()
        change = np.vstack([change, np.full((1, len(columns)), np.nan)])
        # a team of which nothing is known is the last row
        of_team = change[now.index.get_indexer(pd.Index(team))]
        moved = np.where(np.isnan(moved), of_team, moved)
    found: Floats = np.maximum(values + np.nan_to_num(moved), 0.0)[employees]
    return found


def _team_means(people: pd.DataFrame, dimension: str | None = None) -> pd.DataFrame:
    """Means by team of (team, person) rows, NaN where fewer than five people are known."""
    known = people.notna().groupby(level=0).sum()
    means = people.groupby(level=0).mean().where(known >= FEWEST_PEOPLE)
    means = means.drop(index="", errors="ignore").dropna(how="all")
    if dimension is not None:
        means.insert(0, "dimension", dimension)
    return means
