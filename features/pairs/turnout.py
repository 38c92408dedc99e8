"""The turnout to expect of each function, by ridge logistic regression on past turnouts.

A kernel answers "how did it go when it was like this"; this answers "what if it were half like
this and half like that": the log-odds of turnout are linear in the shares of tags, so that a
mixture never seen lies between its parts. Everyone's coefficients carry each function's own, which
lean on none (partial pooling). People share an activity's luck, so that a function of a thousand
tells of an activity no more than 1 / LUCK_VARIANCE units of information would.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.history.activity import Activities
from features.history.columns import DAY, NEVER, Floats, Ints

Counts = NDArray[np.floating[Any]]
LUCK_VARIANCE = 0.1
HALF_LIFE_DAYS = 730.0
# of the coefficients: precision of everyone's and of a function's own, around none
PRECISION, OWN_PRECISION = 0.3, 0.6
N_STEPS = 4
HOURS_A_SLOT = 3
USUAL_NOTICE_DAYS, NOTICE_DAYS = 10.0, (1.0, 60.0)
# the first columns of a design, for which a function has coefficients of its own
OWN = ("template", "mode", "format")
LARGEST = 6.0


@dataclass(frozen=True)
class Turnout:
    """Coefficients over the columns of `design`: everyone's, and each team's beside them.

    Everyone's have one more at the end: for people who live in another city than the activity's.
    """

    common: Floats
    own: Floats

    def expected(self, described: Floats) -> Floats:
        """Log-odds of turnout, teams x activities, of a design's rows and who lives elsewhere."""
        shared = described @ self.common
        own = described[:, : self.own.shape[1]] @ self.own.T
        return np.clip(shared[:, None] + own, -LARGEST, LARGEST).T

    def parts(self, described: Floats) -> dict[str, Floats]:
        """What theme, time, reward and notice each add to the log-odds, teams x activities."""
        n_own, n_teams = self.own.shape[1], len(self.own)
        of_all = described[:, n_own:] * self.common[n_own:-1]
        found = {"theme": (described[:, :n_own] @ (self.common[:n_own] + self.own).T).T}
        for group, odds in (("time", of_all[:, :-2].sum(axis=1)), ("reward", of_all[:, -2]),
                            ("notice", of_all[:, -1])):  # fmt: skip
            found[group] = np.tile(odds, (n_teams, 1))
        return found


def design(activities: Activities, rows: Ints) -> tuple[Floats, int]:
    """(one row per activity's row, how many of its first columns teams differ in).

    Intercept, shares of tags, template, mode and format; then weekday, time of day, reward, notice.
    """
    n = len(rows)
    own = [np.ones((n, 1)), activities.tags[rows].toarray()]
    own += [_one_hot(*activities.coded[name], rows) for name in OWN]
    slot = (activities.local_hour[rows] // HOURS_A_SLOT).astype(np.int64)
    reward = np.log1p(np.nan_to_num(activities.reward_points[rows]))[:, None]
    others = [np.eye(7)[activities.weekday[rows]], np.eye(24 // HOURS_A_SLOT)[slot], reward / 3]
    others += [_notice(activities, rows)[:, None]]
    own_columns = np.hstack(own)
    return np.hstack([own_columns, *others]), own_columns.shape[1]


def fit_turnout(
    described: Floats, n_own: int, yes: Counts, asked: Counts, age_days: Floats
) -> Turnout:
    """The regression on past turnouts.

    Args:
        described: Of `design`, a row per past activity.
        n_own: How many of its first columns teams differ in.
        yes: Who took part, teams x activities.
        asked: Of how many.
        age_days: How long ago each activity was.
    """
    teams = np.flatnonzero(asked.sum(axis=1) > 0)
    team, activity = np.nonzero(asked[teams] > 0)
    n, k = (part[teams][team, activity].astype(float) for part in (asked, yes))
    x = _columns(described[activity], n_own, team, len(teams))
    precision = np.full(x.shape[1], OWN_PRECISION)
    precision[: described.shape[1]] = PRECISION
    weight = 0.5 ** (age_days[activity] / HALF_LIFE_DAYS)
    beta = _fitted(x, n, k, weight, precision)
    own = np.zeros((len(asked), n_own))
    own[teams] = (
        beta[described.shape[1] :].reshape(-1, n_own)[: len(teams)] if len(teams) > 1 else 0
    )
    return Turnout(beta[: described.shape[1]], own)


def _columns(described: Floats, n_own: int, team: Ints, n_teams: int) -> Floats:
    """Everyone's columns, then each team's own; none of the latter for a single team."""
    if n_teams < 2:
        return described
    own = np.zeros((len(team), n_teams, n_own))
    own[np.arange(len(team)), team] = described[:, :n_own]
    return np.hstack([described, own.reshape(len(team), -1)])


def _fitted(x: Floats, n: Floats, k: Floats, weight: Floats, precision: Floats) -> Floats:
    """Coefficients by iterated weighted least squares, each turnout with its luck's variance."""
    penalty = np.diag(precision)
    beta = np.zeros(x.shape[1])
    odds = np.log((k + 0.5) / (n - k + 0.5))
    for _ in range(N_STEPS):
        p = 1 / (1 + np.exp(-np.clip(odds, -LARGEST, LARGEST)))
        information = n * p * (1 - p)
        target = np.clip(odds, -LARGEST, LARGEST) + (k - n * p) / np.maximum(information, 1e-6)
        w = weight / (1 / np.maximum(information, 1e-6) + LUCK_VARIANCE)
        beta = np.linalg.solve(x.T @ (x * w[:, None]) + penalty, x.T @ (w * target))
        odds = x @ beta
    return beta


def _notice(activities: Activities, rows: Ints) -> Floats:
    """Log of the days of notice over the usual ones, within bounds; 0 where unknown."""
    announced = activities.announced[rows]
    days = (activities.starts[rows] - announced) / DAY
    found: Floats = np.log(np.clip(days, *NOTICE_DAYS) / USUAL_NOTICE_DAYS)
    return np.where(announced == NEVER, 0.0, found)


def _one_hot(codes: Ints, names: NDArray[np.object_], rows: Ints) -> Floats:
    """A column per name; unknown ones have none."""
    found = np.zeros((len(rows), len(names) + 1))
    found[np.arange(len(rows)), codes[rows]] = 1
    return found[:, :-1]
