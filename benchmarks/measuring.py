"""How far forecasts of a simulated company lie from the truth that its simulator knows.

A head count is compared with one drawn anew many times from the true probabilities, so that an
interval is judged by how often it would hold, and not by the one count that happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
import pandas as pd

from features.history.columns import Ints
from features.home import Home
from sample_company import truth
from sample_company.settings import Settings
from sample_company.world import World, simulate
from serving.board import Board
from serving.contract import ForecastsRequest
from serving.forecast import Forecast
from serving.predictor import Predictor
from serving.state import load_state
from serving.subject import Subject, subject_of
from training.baselines import count_quantiles, past_counts
from training.labels import Labels, labels_from

LEVELS = (0.05, 0.95)
N_DRAWS = 400
QUIZ, QUIZ_AUDIENCE = "knowledge_quiz", "R&D"
# how much of a quiz is about the company; the rest is technical
CORPORATE_SHARES = (1.0, 0.5, 0.0)


@dataclass(frozen=True)
class Company:
    """A trained home beside the world that its exports came from."""

    board: Board
    predictor: Predictor
    world: World

    @classmethod
    def of(cls, home: Home, settings: Settings) -> "Company":
        """The champion of the home over its tables, and the world simulated again."""
        # the company stands still at its end
        end = datetime.combine(settings.end_date, time(), UTC)
        state = load_state(home, now=end)
        if state.predictor is None:
            raise state.missing[0]
        return cls(state.board, state.predictor, simulate(settings))


def head_counts(
    company: Company, n_draws: int = N_DRAWS, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """Forecasts from before launch of the coming activities, beside counts drawn from the truth.

    Columns: activity_id, template, invited, and for each of `forecast`, `past` (counts of
    activities with the same audience lately) and `true` its _mean, _low, _high; `covered` and
    `past_covered` are the shares of drawn counts inside that 90% interval.
    """
    board, rng = company.board, rng or np.random.default_rng(0)
    rows = []
    for activity in coming(board).tolist():
        invited = np.flatnonzero(board.history.invited(activity, board.as_of - 1))
        activity_id = str(board.history.activities.ids[activity])
        if len(invited) < 5 or activity_id not in company.world.activities:
            continue
        forecast = _forecast(company, Subject(board, activity, "launch", invited, activity_id))
        drawn = truth.redraw(company.world, activity_id, n_draws, rng)
        past = count_quantiles(past_counts(board.history, activity, board.as_of))
        true = (drawn.mean(), *np.quantile(drawn, LEVELS))
        rows.append({
            "activity_id": activity_id,
            "template": company.world.activities[activity_id].template,
            "invited": len(invited),
            **_named("forecast", forecast),
            **_named("past", (past["mean"], past["p05"], past["p95"])),
            **_named("true", true),
            "covered": _share_inside(drawn, forecast),
            "past_covered": _share_inside(drawn, (past["mean"], past["p05"], past["p95"])),
        })  # fmt: skip
    return pd.DataFrame(rows)


def coming(board: Board) -> Ints:
    """The activities still to start, those that are only planned too; none that is called off."""
    activities = board.history.activities
    known = activities.first_known < board.as_of
    later = activities.starts[board.rows] > board.as_of
    found: Ints = np.flatnonzero(known & later & ~board.cancelled)
    return found


def interval_figures(counts: pd.DataFrame, method: str = "forecast") -> dict[str, float]:
    """Coverage, mean width over that of the truth, and mean error in people of one method.

    >>> one = {"forecast_mean": [5.0], "forecast_low": [2.0], "forecast_high": [8.0],
    ...        "true_mean": [4.0], "true_low": [1.0], "true_high": [7.0], "covered": [0.9]}
    >>> interval_figures(pd.DataFrame(one))
    {'coverage_90': 0.9, 'width_over_true': 1.0, 'mae_of_mean': 1.0}
    """
    covered = "covered" if method == "forecast" else f"{method}_covered"
    width = counts[f"{method}_high"] - counts[f"{method}_low"]
    true_width = counts["true_high"] - counts["true_low"]
    error = (counts[f"{method}_mean"] - counts["true_mean"]).abs()
    return {
        "coverage_90": float(counts[covered].mean()),
        "width_over_true": float(width.mean() / true_width.mean()),
        "mae_of_mean": float(error.mean()),
    }


def quiz_rates(company: Company) -> pd.DataFrame:
    """R&D's turnout at a knowledge quiz by its share of company topics.

    Columns: corporate_share, forecast, true, past (R&D's share at all former quizzes).
    """
    past = past_rate(company.board, QUIZ, QUIZ_AUDIENCE)
    rows = []
    for share in CORPORATE_SHARES:
        tags = {name: part for name, part in (("corporate", share), ("technical", 1 - share))
                if part}  # fmt: skip
        asked = {"template": QUIZ, "tags": tags, "audience": {"function": [QUIZ_AUDIENCE]}}
        subject = subject_of(
            company.board,
            ForecastsRequest.model_validate({"draft": draft_of(company.world, asked)}),
        )
        mean, _, _ = _forecast(company, subject)
        true = truth.counterfactual(company.world, asked)
        rows.append({
            "corporate_share": share, "forecast": mean / len(subject.invited),
            "true": float(true.participate.mean()), "past": past,
        })  # fmt: skip
    return pd.DataFrame(rows)


def past_rate(board: Board, template: str, function: str) -> float:
    """The share of a function's invitations to a template's past activities that were taken up."""
    labels: Labels = labels_from(board.history)
    codes, names = board.history.activities.coded["template"]
    of_template = codes[board.history.activities.last_rows] == list(names).index(template)
    n_invited = n_came = 0
    for activity in np.flatnonzero(of_template & (labels.starts < board.as_of)).tolist():
        teams = board.history.teams("function", int(labels.starts[activity]))
        asked = board.history.invited_by_start(activity) & (teams == function)
        n_invited += int(asked.sum())
        n_came += int(labels.participated[asked, activity].sum())
    return n_came / n_invited if n_invited else float("nan")


def _forecast(company: Company, subject: Subject) -> tuple[float, float, float]:
    """(mean, low, high) of the head count, as the service computes it."""
    counts = Forecast(subject, company.predictor).counts
    low, high = counts.quantiles(LEVELS)
    return counts.expected(), float(low), float(high)


def draft_of(world: World, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The draft that says the same as the simulator's what-if."""
    activity = truth.hypothetical(world, asked)
    return {
        "template": activity.template, "tags": activity.tags, "audience": activity.audience,
        "title": activity.title or "知识竞答", "mode": activity.mode, "format": activity.format,
        "timezone": "Asia/Shanghai", "reward_kind": "points",
        "reward_points": activity.reward_points,
        "announced_at": _iso(activity.announced), "starts_at": _iso(activity.starts),
        "ends_at": _iso(activity.ends),
    }  # fmt: skip


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _named(prefix: str, values: tuple[float, float, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": float(value)
            for name, value in zip(("mean", "low", "high"), values, strict=True)}  # fmt: skip


def _share_inside(drawn: np.ndarray, interval: tuple[float, float, float]) -> float:
    return float(((drawn >= interval[1]) & (drawn <= interval[2])).mean())
