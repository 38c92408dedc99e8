"""Sign-ups drawn in rounds: luck, colleagues who signed up before, withdrawals, no-shows."""

from dataclasses import dataclass

import numpy as np

from sample_company import model
from sample_company.behaviour import Case, sigmoid
from sample_company.organisation import Bools, Ints


@dataclass(frozen=True)
class Draws:
    """Outcomes, people x draws: the round in which each decides (0 to 2), and what they do."""

    round: Ints
    registered: Bools
    withdrew: Bools
    took_part: Bools


def draw(case: Case, rng: np.random.Generator, n_draws: int = 1) -> Draws:
    """Independent repetitions of the activity, each with luck of its own."""
    size = (len(case.people), n_draws)
    luck = rng.normal(0, model.ACTIVITY_LUCK, n_draws)
    teams, team = np.unique(case.team, return_inverse=True)
    logit = case.logit[:, None] + luck + rng.normal(0, model.TEAM_LUCK, (len(teams), n_draws))[team]
    deciding = (rng.random(size)[:, :, None] > np.cumsum(case.rounds, axis=1)[:, None, :2]).sum(2)
    dice = rng.random(size)
    registered = np.zeros(size, dtype=bool)
    for number in range(len(model.ROUNDS)):
        pull = case.shares @ registered.astype(np.float64)
        says_yes = dice < sigmoid(logit + model.CONTAGION * pull)
        registered |= says_yes & (deciding == number)
    registered &= case.stays[:, None]
    withdrew = registered & (rng.random(size) < model.WITHDRAWS)
    took_part = registered & ~withdrew & (rng.random(size) < case.comes[:, None])
    return Draws(deciding, registered, withdrew, took_part)
