"""The runs of a series beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engagement.answers import stored_forecast
from engagement.approvals import newest_approvals
from engagement.database import Database
from serving.answers import ForecastAnswer
from serving.board import Board
from serving.console.circumstances import held
from serving.console.lately import over_by_now
from serving.console.outcome import Outcome, Part, teams_of


@dataclass(frozen=True)
class Run:
    """One run: its turnout, and that of each function that can be shown, in percent."""

    activity_id: str
    title: str
    outcome: Outcome
    functions: Mapping[str, int]


def series_of(board: Board, place: int) -> list[Outcome]:
    """The runs held so far of an activity's series, in order; none where it is of none."""
    codes = board.history.activities.coded["series_id"][0][board.rows]
    if codes[place] < 0:
        return []
    return held(board, codes == codes[place])


def runs_of(board: Board, database: Database, outcomes: Sequence[Outcome]) -> list[Run]:
    """The runs with their functions, each in the groups that its own page shows.

    Of one that goes on there are none: they would tell what one person did since a moment ago.
    """
    approvals, over = newest_approvals(database), set(over_by_now(board).tolist())
    found = []
    for outcome in outcomes:
        activity_id = str(board.history.activities.ids[outcome.place])
        approval = approvals.get(activity_id)
        kept = stored_forecast(database, approval.forecast_id) if approval else None
        told = ForecastAnswer.model_validate(kept["answer"]) if kept else None
        functions: Mapping[str, int] = {}
        if outcome.place in over:
            functions = _functions(board, outcome, teams_of(board, outcome, told)["function"])
        found.append(Run(activity_id, board.title(outcome.place), outcome, functions))
    return found


def _functions(board: Board, outcome: Outcome, parts: Sequence[Part]) -> dict[str, int]:
    """The rate of each function; where all invited are of one, that of all."""
    if parts:
        return {part.team: part.percent for part in parts if not part.merged}
    teams = board.history.teams("function", outcome.starts - 1)[outcome.invited]
    names = np.unique(teams.astype(str))
    return {str(names[0]): outcome.percent} if len(names) == 1 and names[0] else {}


def functions_of(runs: Sequence[Run], most: int) -> list[str]:
    """The functions that most runs have, by name, so that each keeps its colour."""
    names = sorted({name for run in runs for name in run.functions})
    by_runs = sorted(names, key=lambda name: -sum(name in run.functions for run in runs))
    return sorted(by_runs[:most])
