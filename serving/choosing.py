"""Whom to invite to an activity: the people of whom most come, within a size and teams' floors.

The choice is exact: a linear program in whole people. Who refuses profiling counts at the team's
base rate, as in every forecast, and so is chosen as if nothing were known of that person.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from features.history.columns import Bools, Floats, Ints
from features.language import _
from serving.contract import AudiencesRequest
from serving.predictor import Pairs
from serving.privacy import MIN_PEOPLE
from serving.problems import FieldError, Problem
from serving.subject import Subject

NO_TEAM = _("names no team of those who can be invited")
FLOOR_TOO_HIGH = _("asks for {asked} of {there} who can be invited")
FLOORS_TOO_MANY = _("the floors ask for more people than size {size} allows")
NOBODY_LEFT = _("leaves fewer than {n} people to choose from")
NOBODY = _("names nobody at the company")
ALL_OF_THEM = _(
    "All who can be chosen are: leaving out fewer than {n} would tell who is least likely to come"
)
SHORT_OF_FLOOR = _("{team} has {invited} of the {at_least} asked for")
NEARLY_SAME = _(
    "It would differ by fewer than {n} people from an audience chosen for this activity in the "
    "last {days} days; that one is given, so that no difference tells of a person"
)
REMEMBERED_DAYS = 30
# of equal chances, chance decides, the same each time
TIE = 1e-9


@dataclass(frozen=True)
class Floor:
    """A team of the candidates, as a mask over them, and how many of it are wanted."""

    mask: Bools
    at_least: int


def candidates(subject: Subject, request: AudiencesRequest, gone: Collection[str] = ()) -> Ints:
    """Who can be chosen: those invited who have not answered, are not left out and not `gone`.

    Raises:
        Problem: 404 or 422, someone left out is unknown, or fewer than five are left.
    """
    board = subject.board
    people = board.history.people
    excluded = [people.places.get(one, -1) for one in request.exclude_ids or ()]
    errors = [FieldError(f"exclude_ids[{number}]", NOBODY)
              for number, place in enumerate(excluded) if place < 0]  # fmt: skip
    if errors:
        raise Problem(404, *errors)
    answers = board.history.answers.answers.before(board.as_of)
    out = np.zeros(len(people.ids), dtype=bool)
    out[answers.employee[answers.activity == subject.activity]] = True
    out[np.array(excluded, dtype=np.int64)] = True
    out[[people.places[one] for one in gone]] = True
    left = subject.invited[~out[subject.invited]]
    if len(left) < MIN_PEOPLE:
        raise Problem(422, FieldError("", NOBODY_LEFT, {"n": MIN_PEOPLE}))
    return left


def floors_of(subject: Subject, request: AudiencesRequest, employees: Ints) -> list[Floor]:
    """The floors over the candidates.

    Raises:
        Problem: 422, naming each floor that cannot be met by itself.
    """
    board, found, errors = subject.board, [], []
    teams = {by: board.history.teams(by, board.as_of - 1)[employees]
             for by in {floor.by for floor in request.floors}}  # fmt: skip
    for number, floor in enumerate(request.floors):
        mask = teams[floor.by] == floor.team
        there = int(mask.sum())
        if not there:
            errors.append(FieldError(f"floors[{number}].team", NO_TEAM))
        elif there < floor.at_least:
            values = {"asked": floor.at_least, "there": there}
            errors.append(FieldError(f"floors[{number}].at_least", FLOOR_TOO_HIGH, values))
        found.append(Floor(mask, floor.at_least))
    if errors:
        raise Problem(422, *errors)
    return found


def chosen(pairs: Pairs, floors: Sequence[Floor], size: int, key: str) -> Ints:
    """The people, ascending, of whom most are expected.

    They are `size`, or all where fewer or hardly more can be chosen.

    Raises:
        Problem: 422, the floors together ask for more than the size.
    """
    n = len(pairs.employee)
    # an audience that left out one to four would tell that they are the least likely
    if size > n - MIN_PEOPLE:
        return np.sort(pairs.employee)
    worth = pairs.probability + _ties(n, key)
    picked = _solved(worth, floors, size) if floors else np.argsort(-worth)[:size]
    return np.sort(pairs.employee[picked])


def _solved(worth: Floats, floors: Sequence[Floor], size: int) -> Ints:
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows = np.vstack([np.ones(len(worth)), *(floor.mask for floor in floors)]).astype(float)
    low = np.array([size, *(floor.at_least for floor in floors)], dtype=float)
    high = np.array([size, *(np.inf for _ in floors)], dtype=float)
    found = milp(-worth, integrality=np.ones(len(worth)), bounds=Bounds(0, 1),
                 constraints=LinearConstraint(rows, low, high))  # fmt: skip
    if found.x is None:
        raise Problem(422, FieldError("floors", FLOORS_TOO_MANY, {"size": size}))
    return np.flatnonzero(found.x > 0.5)


def _ties(n: int, key: str) -> Floats:
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    noise: Floats = TIE * np.random.default_rng(seed).random(n)
    return noise


def not_too_near(
    found: Sequence[str], earlier: Sequence[Sequence[str]], there: Collection[str]
) -> tuple[list[str], bool]:
    """The audience, or the newest earlier one that it differs from by one to four people.

    Of that one, who is `there` to choose from still. Who would have come in for somebody who is
    not is not told: the next in line would be known.

    >>> not_too_near(["a", "b", "c"], [["a", "b", "d"]], ["a", "b", "c"])
    (['a', 'b'], True)
    """
    for other in earlier:
        if 0 < len(set(found) ^ set(other)) < MIN_PEOPLE:
            return sorted(set(other) & set(there)), True
    return list(found), False
