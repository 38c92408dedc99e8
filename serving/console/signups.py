"""How sign-ups of an activity came so far, and how those of past ones usually came.

Notices differ much in length: what past activities have in common is which share of their sign-ups
had come by which share of the time between announcement and start. Sign-ups are measured by how
many took part in the end, as a forecast counts them.
"""

from dataclasses import dataclass

import numpy as np

from features.history.answers import REGISTERED, Records
from features.history.columns import DAY, NEVER, Bools, Floats, Ints
from serving.answers import Unit
from serving.board import Board
from serving.console.lately import SETTLED, over_by_now

STEPS = 50
# a usual course rests on so many past activities, each of so many people
FEWEST_ACTIVITIES = 3
FEWEST_PEOPLE = 5
SPREAD = (5, 50, 95)


@dataclass(frozen=True)
class SignUps:
    """The count after each change, from the announcement to now; moments in microseconds."""

    began: int
    starts: int
    now: int
    moments: Ints
    counts: Ints

    def by(self, moment: int) -> int:
        """How many had signed up by a moment."""
        place = int(np.searchsorted(self.moments, moment, side="right"))
        return int(self.counts[place - 1]) if place else 0

    def passed(self, moment: int) -> float:
        """The share of the time between announcement and start that has passed by a moment."""
        return min(max((moment - self.began) / max(self.starts - self.began, 1), 0.0), 1.0)

    def day_of(self, moment: int) -> float:
        """Days since the announcement."""
        return (moment - self.began) / DAY


@dataclass(frozen=True)
class Course:
    """Sign-ups so far per person that took part in the end, over the share of time that passed.

    The median of `n` past activities, and the bounds in which 90 of 100 lie; `alike` where they
    are of the same template.
    """

    low: Floats
    median: Floats
    high: Floats
    n: int
    alike: bool

    def at(self, passed: float) -> tuple[float, float, float]:
        """(low, median, high) by a share of the time."""
        place = np.linspace(0, 1, len(self.median))
        low, median, high = (float(np.interp(passed, place, one))
                             for one in (self.low, self.median, self.high))  # fmt: skip
        return low, median, high


def sign_ups_of(board: Board, activity: int) -> SignUps:
    """The sign-ups for an activity, as far as they are known."""
    row = board.rows[activity]
    answers = board.answers.where(board.answers.activity == activity)
    change = changes(answers)
    moved = change != 0
    moments = answers.occurred[moved]
    announced = int(board.history.activities.announced[row])
    if announced == NEVER or announced > board.present:
        # nobody can say since when it could be joined: not later than the first who did
        announced = int(moments[0]) if len(moments) else board.present
    starts = int(board.history.activities.starts[row])
    return SignUps(announced, starts, board.present, moments, np.cumsum(change[moved]))


def changes(answers: Records) -> Ints:
    """By how much each answer moves the count of sign-ups: +1, 0 or -1.

    The answers stand in the order in which they were given; a person's last one counts.
    """
    order = np.lexsort((np.arange(len(answers.employee)), answers.employee, answers.activity))
    holds = (answers.code[order] == REGISTERED).astype(np.int64)
    same = (answers.employee[order][1:] == answers.employee[order][:-1]) & (
        answers.activity[order][1:] == answers.activity[order][:-1]
    )
    before = np.append(0, np.where(same, holds[:-1], 0))[: len(holds)]
    found = np.zeros(len(holds), dtype=np.int64)
    found[order] = holds - before
    return found


def taking_part(board: Board, activity: int, unit: Unit) -> Bools:
    """Who attended an activity, or holds a registration for it."""
    found = np.zeros(board.history.n_employees, dtype=bool)
    if unit == "attendance":
        attended = board.history.answers.attended.before(board.as_of)
        found[attended.employee[attended.activity == activity]] = True
        return found
    answers = board.answers.where(board.answers.activity == activity)
    # by occurrence: a later answer overwrites those before
    last = np.zeros(board.history.n_employees, dtype=np.int8)
    last[answers.employee] = answers.code
    held: Bools = last == REGISTERED
    return held


def usual_course(board: Board, activity: int, unit: Unit) -> Course | None:
    """How sign-ups usually come to activities of this template, else to any; None of too few."""
    past = _completed(board)
    alike = past[board.template[past] == board.template[activity]]
    for some, is_alike in ((alike, True), (past, False)):
        shares = _shares(board, some, unit)
        if len(shares) >= FEWEST_ACTIVITIES:
            low, median, high = np.percentile(shares, SPREAD, axis=0)
            return Course(low, median, high, len(shares), is_alike)
    return None


def _completed(board: Board) -> Ints:
    """The activities held of which the announcement is on record, and by now who came."""
    past, activities = over_by_now(board, SETTLED), board.history.activities
    starts, announced = activities.starts[board.rows[past]], activities.announced[board.rows[past]]
    found: Ints = past[(announced != NEVER) & (announced < starts)]
    return found


def _shares(board: Board, some: Ints, unit: Unit) -> Floats:
    """Per activity of which enough took part, sign-ups by each step of the time."""
    counts = np.array([board.took_part(one, unit) for one in some.tolist()], dtype=float)
    some, counts = some[counts >= FEWEST_PEOPLE], counts[counts >= FEWEST_PEOPLE]
    column = np.full(board.history.n_activities, -1, dtype=np.int64)
    column[some] = np.arange(len(some))
    answers = board.answers.where(column[board.answers.activity] >= 0)
    number, rows = column[answers.activity], board.rows[answers.activity]
    begun = board.history.activities.announced[rows]
    length = board.history.activities.starts[rows] - begun
    passed = np.clip((answers.occurred - begun) / np.maximum(length, 1), 0.0, 1.0)
    moved = np.zeros((len(some), STEPS + 1))
    np.add.at(moved, (number, np.ceil(passed * STEPS).astype(np.int64)), changes(answers))
    found: Floats = np.cumsum(moved, axis=1) / counts[:, None]
    return found
