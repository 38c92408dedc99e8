"""What is usual: the features' means over training rows, and each team's workload of a year."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.history.columns import DAY, Floats, Ints
from features.history.history import History
from training.feature_groups import WORKLOAD
from training.rows import EmployeeFeatures, Rows

# of a person's teams, the first that something is known of
TEAMS = ("project_group", "function")
TEAM_KEYS = ("dimension", "team")
YEAR = 365 * DAY
# enough for a mean over a year's busy and quiet times
MOST_MOMENTS = 12
# a mean over fewer people would tell of them
FEWEST_PEOPLE = 5


def usual_values(rows: Rows) -> pd.Series:
    """The mean of each feature where it is known, rows weighing for those left out."""
    known = rows.features.notna().mul(rows.weight, axis=0)
    return (rows.features.fillna(0) * known).sum() / known.sum()


def usual_loads(
    history: History, employee_features: EmployeeFeatures, moments: Sequence[int], until: int
) -> pd.DataFrame:
    """Each team's mean WORKLOAD over the last year, at up to MOST_MOMENTS of the moments in it.

    Of all who were employed and do not refuse, in the team that they were in; a person counts once,
    by the mean over the moments. NaN where fewer than five people are known. Columns: dimension,
    team, and those of WORKLOAD that there are.
    """
    known = sorted({at for at in moments if until - YEAR <= at < until})
    chosen = np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_MOMENTS)).astype(int))
    blocks = [(known[number], readable(history, known[number])) for number in chosen.tolist()]
    if not blocks:
        return pd.DataFrame(columns=list(TEAM_KEYS))
    at = np.concatenate([np.full(len(who), moment) for moment, who in blocks])
    employee = np.concatenate([who for _, who in blocks])
    features = employee_features(pd.DataFrame({
        "employee_id": history.people.ids[employee],
        "event_timestamp": pd.to_datetime(at, unit="us", utc=True),
    }))  # fmt: skip
    features = features[[name for name in WORKLOAD if name in features]].astype(float)
    found = []
    for dimension in TEAMS:
        team = np.concatenate([history.teams(dimension, moment - 1)[who] for moment, who in blocks])
        means = _team_means(features.groupby([team, employee]).mean())
        means.insert(0, "dimension", dimension)
        found.append(means.rename_axis("team").reset_index())
    return pd.concat(found, ignore_index=True)


def readable(history: History, at: int) -> Ints:
    """Who is employed at a moment and does not refuse."""
    return np.flatnonzero(history.employed(at - 1) & ~history.refuses(at))


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


def _team_means(people: pd.DataFrame) -> pd.DataFrame:
    """Means by team of (team, person) rows, NaN where fewer than five people are known."""
    known = people.notna().groupby(level=0).sum()
    means = people.groupby(level=0).mean().where(known >= FEWEST_PEOPLE)
    return means.drop(index="", errors="ignore").dropna(how="all")
