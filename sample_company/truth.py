"""The true probabilities of a world, head counts drawn anew, and what-ifs; never in an export.

All are as of the launch: nothing of the activity's own sign-ups is known, and the luck of the
activity and of the teams and the pull of colleagues are averaged over. Who is hired, moves or
leaves between launch and start is as in the world.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from sample_company import model
from sample_company.activities import Activity
from sample_company.behaviour import Case, sigmoid
from sample_company.csv_files import words, write_csv
from sample_company.organisation import Bools, Floats, Ints
from sample_company.settings import CHINA, DAY, HOUR, seconds
from sample_company.signups import draw
from sample_company.world import World

CHUNK = 50
NODES, TEAM_NODES = 7, 3


@dataclass(frozen=True)
class Probabilities:
    """By invited person: `people` are positions in the organisation; `late`: hired after launch."""

    people: Ints
    late: Bools
    function: Ints
    register: Floats
    participate: Floats


def probabilities(world: World, activity_id: str) -> Probabilities:
    """P(sign up) and P(take part) of everyone invited to an activity of the world."""
    return _probabilities(world.case(world.activities[activity_id]))


def counterfactual(world: World, activity: Mapping[str, Any]) -> Probabilities:
    """The same for a hypothetical activity; see `hypothetical` for its terms."""
    return _probabilities(world.case(hypothetical(world, activity)))


def hypothetical(world: World, changes: Mapping[str, Any]) -> Activity:
    """An activity from the fields of `Activity`, instants also as datetimes.

    With `activity_id` of an activity of the world, that one with the other fields changed. Else
    `template`, `tags` are needed; it is announced at the end and starts at 12:00 local on the
    first working day at least twenty days later if nothing else is said.
    """
    given: dict[str, Any] = {
        name: seconds(value) if isinstance(value, datetime) else value
        for name, value in changes.items()
    }
    known = world.activities.get(str(given.get("activity_id")))
    if known is not None:
        return replace(known, **{"moved": None, "cancelled": None, **given})
    announced = given.get("announced", world.settings.end)
    starts = given.get("starts", _noon_of_a_working_day(announced // DAY + 20))
    usual: dict[str, Any] = {"activity_id": "what-if", "announced": announced, "starts": starts}
    return Activity(**{**usual, "ends": starts + 3_600, **given})


def _noon_of_a_working_day(day: int) -> int:
    """12:00 local of that day, or of the Monday after it."""
    weekday = (day + 3) % 7
    return (day + (7 - weekday if weekday > 4 else 0)) * DAY + 12 * HOUR - CHINA


def redraw(
    world: World, activity: str | Mapping[str, Any], n_draws: int, rng: np.random.Generator
) -> Ints:
    """Head counts of all who take part by or at the start, one a draw; see `redraw_people`."""
    counts = [part.sum(axis=0) for part in _parts(world, activity, n_draws, rng)]
    return np.concatenate(counts).astype(np.int64)


def redraw_by_function(
    world: World, activity: str | Mapping[str, Any], n_draws: int, rng: np.random.Generator
) -> Ints:
    """The same, functions x draws."""
    case = _case(world, activity)
    member = np.stack([case.function == number for number in range(3)]).astype(np.int64)
    parts = [member @ part for part in _parts(world, activity, n_draws, rng)]
    return np.concatenate(parts, axis=1)


def redraw_people(
    world: World, activity: str | Mapping[str, Any], n_draws: int, rng: np.random.Generator
) -> Bools:
    """Who takes part, invited people (ordered as in `Probabilities`) x draws.

    Each draw has its own luck, sign-ups, contagion, withdrawals and no-shows. An activity that
    was cancelled is drawn as if it had been held.
    """
    return np.concatenate(list(_parts(world, activity, n_draws, rng)), axis=1)


def _case(world: World, activity: str | Mapping[str, Any]) -> Case:
    if isinstance(activity, str):
        return world.case(world.activities[activity])
    return world.case(hypothetical(world, activity))


def _parts(
    world: World, activity: str | Mapping[str, Any], n_draws: int, rng: np.random.Generator
) -> list[Bools]:
    case = _case(world, activity)
    sizes = [min(CHUNK, n_draws - done) for done in range(0, n_draws, CHUNK)]
    return [draw(case, rng, size).took_part for size in sizes]


def _probabilities(case: Case) -> Probabilities:
    points, weights = hermegauss(NODES)
    weights = weights / weights.sum()
    register = sum(
        weight * _given_luck(case, model.ACTIVITY_LUCK * point)
        for point, weight in zip(points, weights, strict=True)
    )
    return Probabilities(
        people=case.people,
        late=case.late,
        function=case.function,
        register=np.asarray(register),
        participate=np.asarray(register) * case.taking_part,
    )


def _given_luck(case: Case, luck: float) -> Floats:
    """P(sign up) given the activity's luck; colleagues' choices by their mean and variance."""
    squared = case.shares.multiply(case.shares).tocsr()
    rounds = case.rounds
    so_far = np.zeros(len(case.people))
    for number in range(rounds.shape[1]):
        logit = case.logit + luck + model.CONTAGION * (case.shares @ so_far)
        spread = model.CONTAGION**2 * (squared @ (so_far * (1 - so_far)))
        chance = _smeared(logit, np.sqrt(model.TEAM_LUCK**2 + spread)) * case.stays
        so_far = so_far + rounds[:, number] * chance
    return so_far


def _smeared(logit: Floats, sd: Floats) -> Floats:
    """The mean of the sigmoid over a normal logit."""
    points, weights = hermegauss(TEAM_NODES)
    weights = weights / weights.sum()
    parts = [w * sigmoid(logit + sd * p) for p, w in zip(points, weights, strict=True)]
    return np.asarray(np.sum(parts, axis=0))


def write_truth(world: World, directory: Path) -> int:
    """Write `probabilities.csv`, one row per activity and invited person; returns the rows."""
    ids = sorted(world.activities)
    parts = [probabilities(world, activity_id) for activity_id in ids]
    number = np.repeat(np.arange(len(ids)), [len(part.people) for part in parts])
    growing = directory / ".probabilities.growing"
    n_rows = write_csv(growing, {
        "activity_id": words(ids, number),
        "employee_id": words(world.people.employee_ids, np.concatenate([p.people for p in parts])),
        "late": np.concatenate([part.late for part in parts]),
        "p_register": np.concatenate([part.register for part in parts]).round(6),
        "p_participate": np.concatenate([part.participate for part in parts]).round(6),
    })  # fmt: skip
    growing.replace(directory / "probabilities.csv")
    return n_rows
