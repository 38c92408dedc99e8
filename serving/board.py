"""What can be joined at a moment: open activities, who may join them, who has answered."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.history.answers import REGISTERED, Records
from features.history.columns import DAY, FIRST, NEVER, Bools, Floats, Ints, moment
from features.history.history import History
from serving.answers import Unit

HORIZON_DAYS = 60
# how many invitations of all activities a template's own past weighs against
PRIOR_INVITATIONS = 50.0


@dataclass(frozen=True)
class Board:
    """A history as of one instant (microseconds), as those see it who choose what to join."""

    history: History
    as_of: int
    horizon_days: int = HORIZON_DAYS

    @property
    def day(self) -> str:
        """The moment as people read it."""
        return f"{moment(self.as_of):%Y-%m-%d %H:%M} UTC"

    @cached_property
    def rows(self) -> Ints:
        """Each activity's row, as known strictly before the moment."""
        return self.history.activities.rows_at(self.as_of - 1)

    @cached_property
    def announced(self) -> Bools:
        """Which activities are announced, or of which nobody can say whether they are."""
        activities = self.history.activities
        announced = activities.announced[self.rows]
        draft = (announced == NEVER) & (activities.first_known > FIRST)
        known = activities.first_known < self.as_of
        out: Bools = known & ~draft & ((announced < self.as_of) | (announced == NEVER))
        return out

    @cached_property
    def cancelled(self) -> Bools:
        """Which activities were called off before the moment."""
        return self.history.activities.cancelled[self.rows] < self.as_of

    @cached_property
    def open(self) -> Ints:
        """The activities that can be joined: announced, not called off, soon to start."""
        starts = self.history.activities.starts[self.rows]
        soon = (starts > self.as_of) & (starts <= self.as_of + self.horizon_days * DAY)
        return np.flatnonzero(self.announced & ~self.cancelled & soon)

    @cached_property
    def invited(self) -> Bools:
        """Who may join which open activity, employees x open."""
        masks = [self.history.invited(int(activity), self.as_of - 1) for activity in self.open]
        shape = (self.history.n_employees, len(self.open))
        return np.column_stack(masks) if masks else np.zeros(shape, dtype=bool)

    @cached_property
    def answers(self) -> Records:
        """All answers known before the moment, in the order in which they were given."""
        return self.history.answers.answers.before(self.as_of).by_occurrence()

    @cached_property
    def answered(self) -> Bools:
        """Who has answered which open activity, in whatever sense; employees x open."""
        column = np.full(self.history.n_activities, -1, dtype=np.int64)
        column[self.open] = np.arange(len(self.open))
        answered = np.zeros(self.invited.shape, dtype=bool)
        about = column[self.answers.activity]
        answered[self.answers.employee[about >= 0], about[about >= 0]] = True
        return answered

    @cached_property
    def joinable(self) -> Bools:
        """Which open activities can be suggested to whom, employees x open."""
        return self.invited & ~self.answered

    @cached_property
    def employed(self) -> Bools:
        """Who is at the company."""
        return self.history.employed(self.as_of - 1)

    @cached_property
    def opted_out(self) -> Bools:
        """Who refuses profiling; a refusal counts from its own moment on."""
        return self.history.opted_out(self.as_of)

    @cached_property
    def template(self) -> Ints:
        """Each activity's template as a number, -1 without one."""
        return self.history.activities.coded["template"][0][self.rows]

    @cached_property
    def _started(self) -> Ints:
        """The held activities, all but those called off."""
        starts = self.history.activities.starts[self.rows]
        return np.flatnonzero((starts < self.as_of) & self.announced & ~self.cancelled)

    @cached_property
    def _attendance(self) -> Ints:
        """How many attended each activity."""
        records = self.history.answers.attended.before(self.as_of)
        return np.bincount(records.activity, minlength=self.history.n_activities)

    @cached_property
    def _registrations(self) -> Ints:
        """How many hold a registration for each activity: whose last answer it is."""
        n = self.history.n_activities
        last = np.zeros((self.history.n_employees, n), dtype=np.int8)
        last[self.answers.employee, self.answers.activity] = self.answers.code
        n_registered: Ints = (last == REGISTERED).sum(axis=0)
        return n_registered

    def unit(self, activity: int) -> Unit:
        """What taking part means: attendance where activities of this template record it."""
        alike = self._started[self.template[self._started] == self.template[activity]]
        return "attendance" if self._attendance[alike].any() else "registration"

    @cached_property
    def turnout(self) -> Floats:
        """How many of those invited take part in each open activity, judged by no one's record.

        The template's past, leaning on that of all activities; more where more have already
        registered.
        """
        past = self._started
        came, asked = self._past_counts(past)
        overall = (came.sum() + 1) / (asked.sum() + 2)
        return np.array([
            max(self._past_share(int(activity), past, came, asked, overall), so_far)
            for activity, so_far in zip(self.open, self._registered_share, strict=True)
        ])  # fmt: skip

    def _past_counts(self, past: Ints) -> tuple[Floats, Floats]:
        """(took part, were invited) of each past activity."""
        attended, registered = self._attendance[past], self._registrations[past]
        came = np.where(attended > 0, attended, registered)
        asked = np.array([self.history.invited_by_start(int(a)).sum() for a in past], dtype=float)
        return np.minimum(came, asked).astype(float), asked

    def _past_share(
        self, activity: int, past: Ints, came: Floats, asked: Floats, overall: float
    ) -> float:
        alike = self.template[past] == self.template[activity]
        weight = PRIOR_INVITATIONS
        share = (came[alike].sum() + weight * overall) / (asked[alike].sum() + weight)
        return float(share)

    @cached_property
    def _registered_share(self) -> Floats:
        n_invited = np.maximum(self.invited.sum(axis=0), 1)
        share: Floats = np.minimum(self._registrations[self.open] / n_invited, 1.0)
        return share

    @cached_property
    def popular(self) -> Ints:
        """The columns of `open` by turnout, the sooner first among equals: one order for all."""
        starts = self.history.activities.starts[self.rows[self.open]]
        return np.lexsort((starts, -self.turnout.round(2)))

    def starts_at(self, activity: int) -> str:
        """When the activity starts, ISO 8601 in UTC."""
        return moment(int(self.history.activities.starts[self.rows[activity]])).isoformat()

    def title(self, activity: int) -> str:
        """The activity's title."""
        return str(self.history.activities.table["title"][int(self.rows[activity])].as_py())
