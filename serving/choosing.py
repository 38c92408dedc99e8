"""Whom to invite to an activity: the people of whom most come, within a size and teams' floors.

The choice is exact where floors are of at most two kinds of team, and else within a hundredth of a
percent of what is best: a linear program in whole people. Who refuses profiling counts at the
team's base rate, as in every forecast, and so is chosen as if nothing were known of that person.
"""

import hashlib
import threading
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
ALL_OF_THEM = _(
    "All who can be chosen are: leaving out fewer than {n} would tell who is least likely to come"
)
SHORT_OF_FLOOR = _("{team} has {invited} of the {at_least} asked for")
NEARLY_SAME = _(
    "It would differ by fewer than {n} people from an audience chosen for this activity in the "
    "last {days} days; that one is given, so that no difference tells of a person"
)
REMEMBERED_DAYS = 30
TOO_HARD = _("could not be met together in time; ask for fewer kinds of team at once")
SEARCH_SECONDS, GAP = 10.0, 1e-4
# scipy's status of a search that ended by its limit
OUT_OF_TIME = 1
# a search takes a core for seconds
_SEARCHING = threading.Lock()
# of equal chances, chance decides, the same each time
TIE = 1e-9


@dataclass(frozen=True)
class Floor:
    """A team of the candidates, as a mask over them, and how many of it are wanted."""

    mask: Bools
    at_least: int
    by: str = "function"


def candidates(subject: Subject, request: AudiencesRequest, gone: Collection[str] = ()) -> Ints:
    """Who can be chosen: those invited who have not answered, are not left out and not `gone`.

    Raises:
        Problem: 422, fewer than five are left.
    """
    board = subject.board
    people = board.history.people
    # whoever is unknown cannot be invited anyway: to say so would tell who was ever here
    excluded = [people.places[one] for one in request.exclude_ids or () if one in people.places]
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
        found.append(Floor(mask, floor.at_least, floor.by))
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
    """Whom to take.

    Floors of one kind part the people: the best of each team, then the best of all left. Floors of
    two kinds are a flow between two partitions, whose linear program has whole numbers at its
    corners. Only those of three need a search, which is bounded in time, one at a time.
    """
    from scipy.optimize import Bounds, LinearConstraint, linprog, milp

    kinds = {floor.by for floor in floors}
    for kind in kinds:
        if sum(floor.at_least for floor in floors if floor.by == kind) > size:
            raise Problem(422, FieldError("floors", FLOORS_TOO_MANY, {"size": size}))
    if len(kinds) == 1:
        return _best_of_each(worth, floors, size)
    rows = np.vstack([floor.mask for floor in floors]).astype(float)
    least = np.array([floor.at_least for floor in floors], dtype=float)
    if len(kinds) == 2:
        found = linprog(
            -worth, A_ub=-rows, b_ub=-least, A_eq=np.ones((1, len(worth))), b_eq=[size],
            bounds=(0, 1), method="highs-ds",
        )  # fmt: skip
    else:
        with _SEARCHING:
            found = milp(
                -worth, integrality=np.ones(len(worth)), bounds=Bounds(0, 1),
                constraints=[LinearConstraint(rows, least, np.inf),
                             LinearConstraint(np.ones((1, len(worth))), size, size)],
                options={"time_limit": SEARCH_SECONDS, "mip_rel_gap": GAP},
            )  # fmt: skip
    if found.x is None:
        if found.status == OUT_OF_TIME:
            raise Problem(503, FieldError("floors", TOO_HARD), retry_after=SEARCH_SECONDS)
        raise Problem(422, FieldError("floors", FLOORS_TOO_MANY, {"size": size}))
    return np.flatnonzero(found.x > 0.5)


def _best_of_each(worth: Floats, floors: Sequence[Floor], size: int) -> Ints:
    """The best of each team up to its floor, then the best of all who are left."""
    order, taken = np.argsort(-worth), np.zeros(len(worth), dtype=bool)
    for floor in floors:
        taken[order[floor.mask[order]][: floor.at_least]] = True
    others = order[~taken[order]]
    taken[others[: size - int(taken.sum())]] = True
    return np.flatnonzero(taken)


def _ties(n: int, key: str) -> Floats:
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    noise: Floats = TIE * np.random.default_rng(seed).random(n)
    return noise


def not_too_near(
    found: Sequence[str], earlier: Sequence[Sequence[str]], there: Collection[str]
) -> tuple[list[str], list[str]]:
    """The audience, or the newest earlier one that it differs from by one to four people.

    Of that one, who is `there` to choose from still. Who would have come in for somebody who is
    not is not told: the next in line would be known.

    Returns:
        (whom to tell of, the audience as it was first chosen): the second is what later ones are
        held against, so that nobody's leaving people out takes them from others' audiences too.

    >>> not_too_near(["a", "b", "c"], [["a", "b", "d"]], ["a", "b", "c"])
    (['a', 'b'], ['a', 'b', 'd'])
    """
    for other in earlier:
        if 0 < len(set(found) ^ set(other)) < MIN_PEOPLE:
            return sorted(set(other) & set(there)), list(other)
    return list(found), list(found)
