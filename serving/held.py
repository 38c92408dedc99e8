"""Activities that were held: of what kind each was, who was invited, and who came."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from features.history.answers import REGISTERED
from features.history.columns import DAY, HOUR, NEVER, Bools, Ints
from features.history.history import History
from serving.board import Board

Kind = Literal["template", "topic", "slot", "mode", "notice"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# of one whose end is not on record
USUAL_HOURS = 2
# a tag of less than this share does not make an activity one of that topic
TOPIC_SHARE = 0.25
# local hours at which lunch, the afternoon and the evening begin
LUNCH, AFTERNOON, EVENING = 11.0, 14.0, 17.5
FIRST_DAY_OFF = 5
Trait = tuple[Kind, str]


@dataclass(frozen=True)
class Held:
    """Some activities that are over, as a board knows them: one column each."""

    history: History
    activity: Ints
    rows: Ints
    starts: Ints
    ends: Ints
    by_registration: Bools

    @cached_property
    def traits(self) -> dict[Trait, Bools]:
        """Which activities are of which kind, by (kind, name)."""
        activities = self.history.activities
        found: dict[Trait, Bools] = {}
        kinds: tuple[Kind, ...] = ("template", "mode")
        for kind in kinds:
            code, names = activities.coded[kind]
            found |= {(kind, str(name)): code[self.rows] == number
                      for number, name in enumerate(names)}  # fmt: skip
        shares = activities.tags[self.rows].toarray()
        for number, name in enumerate(activities.tag_names):
            found["topic", str(name)] = shares[:, number] >= TOPIC_SHARE
        found |= self._slots() | self._notices()
        return {trait: mask for trait, mask in found.items() if mask.any()}

    def _slots(self) -> dict[Trait, Bools]:
        """When they start, by the clock of where they take place."""
        hour = self.history.activities.local_hour[self.rows]
        off = self.history.activities.weekday[self.rows] >= FIRST_DAY_OFF
        return {
            ("slot", "morning"): ~off & (hour < LUNCH),
            ("slot", "lunch"): ~off & (hour >= LUNCH) & (hour < AFTERNOON),
            ("slot", "afternoon"): ~off & (hour >= AFTERNOON) & (hour < EVENING),
            ("slot", "evening"): ~off & (hour >= EVENING),
            ("slot", "weekend"): off,
        }

    def _notices(self) -> dict[Trait, Bools]:
        """How long before they were announced; of some nobody knows."""
        announced = self.history.activities.announced[self.rows]
        known = announced < self.starts
        days = np.where(known, self.starts - announced, 0) // DAY
        return {
            ("notice", "short"): known & (days < 7),
            ("notice", "usual"): known & (days >= 7) & (days < 14),
            ("notice", "long"): known & (days >= 14),
        }

    @cached_property
    def invited(self) -> Bools:
        """Who was invited to which, people x activities."""
        masks = [self.history.invited_by_start(int(one), int(starts))
                 for one, starts in zip(self.activity, self.starts, strict=True)]  # fmt: skip
        shape = (self.history.n_employees, 0)
        return np.column_stack(masks) if masks else np.zeros(shape, dtype=bool)

    def came(self, known_by: Ints) -> Bools:
        """Who took part in which, as far as that was known before a moment of each activity."""
        attended = self.history.answers.attended
        column = self._column[attended.activity]
        kept = (column >= 0) & (attended.known < np.append(known_by, 0)[column])
        found = np.zeros((self.history.n_employees, len(self.activity)), dtype=bool)
        found[attended.employee[kept], column[kept]] = True
        return np.where(self.by_registration, self._registered(known_by), found)

    def _registered(self, known_by: Ints) -> Bools:
        """Whose last answer is a registration."""
        answers = self.history.answers.answers
        column = self._column[answers.activity]
        kept = (column >= 0) & (answers.known < np.append(known_by, 0)[column])
        kept &= np.append(self.by_registration, False)[column]
        found = np.zeros((self.history.n_employees, len(self.activity)), dtype=bool)
        records = answers.where(kept).by_occurrence()
        # a later one overrules those before
        found[records.employee, self._column[records.activity]] = records.code == REGISTERED
        return found

    @cached_property
    def _column(self) -> Ints:
        column = np.full(self.history.n_activities, -1, dtype=np.int64)
        column[self.activity] = np.arange(len(self.activity))
        return column


def held(board: Board, since: int, ended_by: int) -> Held:
    """The activities that began at `since` or later and were over by then; none called off."""
    activities = board.history.activities
    starts = activities.starts[board.rows]
    ends = activities.ends[board.rows]
    # one of which nobody knows when it began has no end either
    ends = np.where(ends == NEVER, np.maximum(starts, 0) + USUAL_HOURS * HOUR, ends)
    past = board.announced & ~board.cancelled & (starts >= max(since, 0)) & (ends <= ended_by)
    found = np.flatnonzero(past & (starts < board.as_of))
    by_registration = [board.unit(int(one)) == "registration" for one in found]
    return Held(board.history, found, board.rows[found], starts[found], ends[found],
                np.array(by_registration, dtype=bool))  # fmt: skip
