"""How good a pair's forecasts were, in figures that people know: heads, and cases of a hundred."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.language import _
from serving.console.model_cards import Card
from serving.console.site import Visit
from training.registry.pairs import Pair

LAST = 60
# (figure of the run, the same of the simple way, what it is, factor, digits)
MEASURES: tuple[tuple[str, str, str, float, int], ...] = (
    ("counts.mae_median", "counts_past.mae_median", _("Head counts are off by, in people"), 1, 0),
    ("counts.coverage_90", "counts_past.coverage_90",
     _("Of 100 activities, so many came within the range (90 are promised)"), 100, 0),
    ("counts.width_90", "counts_past.width_90",
     _("Width of the range, in people (narrower is better)"), 1, 0),
    ("launch.calibration_error", "launch_own_rate.calibration_error",
     _("Chances are off by, in points of 100"), 100, 1),
    ("launch.log_loss", "launch_own_rate.log_loss",
     _("Error of single chances (log-loss; lower is better)"), 1, 3),
    ("open.log_loss", "open_own_rate.log_loss",
     _("The same once sign-up has begun"), 1, 3),
    ("ranking.ndcg_at_10", "ranking_popularity.ndcg_at_10",
     _("How well the ten best suggestions fit, of 100"), 100, 1),
)  # fmt: skip
PARTS = (_("below the range"), _("in its lower half"), _("in its upper half"), _("above the range"))
LEVELS = ("p05", "p50", "p95")
PROMISED = (0.05, 0.45, 0.45, 0.05)


@dataclass(frozen=True)
class Inside:
    """Of the last activities, how many came within the range."""

    n: int
    inside: int

    @property
    def is_well(self) -> bool:
        """Whether that is about what was promised: less only as far as luck goes."""
        return self.inside >= 0.9 * self.n - 2 * math.sqrt(0.09 * self.n)


@dataclass(frozen=True)
class Side:
    """One of two pairs over the same activities."""

    off_by: float
    inside: int
    width: float


def inside_of(past: pd.DataFrame) -> Inside:
    """The last activities against their ranges."""
    lately = past.sort_values(["starts", "activity_id"]).tail(LAST)
    return Inside(len(lately), int(_is_inside(lately).sum()))


def fell(past: pd.DataFrame) -> list[float]:
    """The share of outcomes in each of PARTS."""
    count, low, middle, high = (past[name].to_numpy(float) for name in ("count", *LEVELS))
    place = (count >= low).astype(int) + (count > middle) + (count > high)
    return [float(np.mean(place == part)) for part in range(len(PARTS))]


def beside(champion: Card | None, challenger: Card | None) -> tuple[int, Side, Side] | None:
    """Both over the activities that both forecast; None where there are none."""
    if not champion or not challenger or champion.past is None or challenger.past is None:
        return None
    shared = champion.past.merge(challenger.past[["activity_id"]], on="activity_id")["activity_id"]
    if not len(shared):
        return None
    sides = [_side(card.past[card.past["activity_id"].isin(shared)])
             for card in (champion, challenger) if card.past is not None]  # fmt: skip
    return len(shared), sides[0], sides[1]


def measures(visit: Visit, pairs: Sequence[Pair]) -> list[tuple[str, list[str], str]]:
    """Per measure: what it is, its figure for each pair, and the simple way's beside the first."""
    found = []
    for name, simple, words, factor, digits in MEASURES:
        told = [_told(one.metrics, name, factor, digits) for one in pairs]
        if any(one != "–" for one in told):
            plain = _told(pairs[0].metrics, simple, factor, digits)
            found.append((visit.say(words), told, plain))
    return found


def _told(metrics: Mapping[str, float], name: str, factor: float, digits: int) -> str:
    return f"{factor * metrics[name]:,.{digits}f}" if name in metrics else "–"


def _side(past: pd.DataFrame) -> Side:
    off = (past["count"] - past["p50"]).abs().mean()
    width = (past["p95"] - past["p05"]).mean()
    return Side(float(off), int(_is_inside(past).sum()), float(width))


def _is_inside(past: pd.DataFrame) -> "pd.Series[bool]":
    return (past["count"] >= past["p05"]) & (past["count"] <= past["p95"])
