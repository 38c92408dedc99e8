"""Head counts of the teams among an activity's invited people, from the same draws as its total."""

import numpy as np
import pandas as pd

from features.history.columns import Bools, Ints
from features.history.history import History
from training.headcounts import Draws
from training.metrics import LEVELS
from training.plan import Block

TEAM_KINDS = ("function", "project_group", "city")
# fewer people are nobody's to read about
SMALLEST_TEAM = 5
TEAM_COLUMNS = ["activity_id", "as_of", "kind", "team", "size", "mean", *LEVELS, "count"]


def team_counts(
    history: History, took_part: Bools, draws: Draws, employees: Ints, block: Block
) -> list[dict[str, object]]:
    """A record of TEAM_COLUMNS per team of at least SMALLEST_TEAM invited people.

    `employees` are those of the draws, in their order; `took_part` has a value for everyone. Late
    joiners belong to no team.
    """
    came = took_part[employees]
    found = []
    for kind in TEAM_KINDS:
        teams = history.teams(kind, block.as_of - 1)[employees].astype(str)
        for team, size in zip(*np.unique(teams, return_counts=True), strict=True):
            if team == "" or size < SMALLEST_TEAM:
                continue
            mask = teams == team
            quantiles = draws.quantiles(list(LEVELS.values()), mask)
            found.append({
                "activity_id": history.activities.ids[block.activity],
                "as_of": pd.Timestamp(block.as_of, unit="us", tz="UTC"),
                "kind": kind, "team": str(team), "size": int(size), "mean": draws.expected(mask),
                **dict(zip(LEVELS, quantiles.tolist(), strict=True)),
                "count": int(came[mask].sum()),
            })  # fmt: skip
    return found
