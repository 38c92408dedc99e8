"""What can be joined at a moment: open activities, who may join them, who has answered."""

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.history.answers import REGISTERED, Records
from features.history.columns import (
    DAY,
    FIRST,
    HOUR,
    NEVER,
    Bools,
    Floats,
    Ints,
    moment,
    utc_offsets,
)
from features.history.history import History
from serving.answers import Unit

HORIZON_DAYS = 60
# local hours between which people are asked to something online
FIRST_HOUR, LAST_HOUR = 7, 22
# how many invitations of all activities a template's own past weighs against
PRIOR_INVITATIONS = 50.0


@dataclass(frozen=True)
class Board:
    """A history as of one instant (microseconds), as those see it who choose what to join.

    What was done is known up to `as_of`; what the clock alone decides, as that an activity begins
    or that a person leaves, is as of `now`, which is the same where it is not given.
    """

    history: History
    as_of: int
    horizon_days: int = HORIZON_DAYS
    now: int | None = None

    @property
    def present(self) -> int:
        """The instant by which it is decided what can still be joined, and by whom."""
        return self.as_of if self.now is None else max(self.now, self.as_of)

    @property
    def day(self) -> str:
        """The present as people read it."""
        return f"{moment(self.present):%Y-%m-%d %H:%M} UTC"

    @cached_property
    def next_change(self) -> int:
        """When the clock will next change what can be joined or by whom, if nothing else does."""
        activities, people, rows = self.history.activities, self.history.people, self.rows
        starts = activities.starts[rows]
        at = np.concatenate([
            starts, starts - self.horizon_days * DAY, activities.announced[rows],
            activities.cancelled[rows], people.hired, people.left, people.valid_from,
            people.started, people.ended,
        ])  # fmt: skip
        return int(np.min(at[at >= self.present], initial=NEVER))

    @cached_property
    def rows(self) -> Ints:
        """Each activity's row, as known strictly before the moment."""
        return self.history.activities.rows_at(self.as_of - 1)

    @cached_property
    def known(self) -> Bools:
        """Which activities were known before the moment."""
        return self.history.activities.first_known < self.as_of

    @cached_property
    def drafts(self) -> Bools:
        """Which activities came in as drafts and are not announced: of others nobody can say."""
        activities = self.history.activities
        unsaid = activities.announced[self.rows] == NEVER
        out: Bools = self.known & unsaid & (activities.first_known > FIRST)
        return out

    @cached_property
    def announced_drafts(self) -> dict[int, tuple["Board", int]]:
        """By stored draft that was asked about, a board that has it announced, and its place."""
        return {}

    @cached_property
    def announced(self) -> Bools:
        """Which activities are announced, or of which nobody can say whether they are."""
        activities = self.history.activities
        announced = activities.announced[self.rows]
        out: Bools = self.known & ~self.drafts & ((announced < self.present) | (announced == NEVER))
        return out

    @cached_property
    def cancelled(self) -> Bools:
        """Which activities were called off before the moment."""
        return self.history.activities.cancelled[self.rows] < self.present

    @cached_property
    def open(self) -> Ints:
        """The activities that can be joined: announced, not called off, soon to start."""
        starts = self.history.activities.starts[self.rows]
        soon = (starts > self.present) & (starts <= self.present + self.horizon_days * DAY)
        return np.flatnonzero(self.announced & ~self.cancelled & soon)

    def moved(self, history: History, as_of: int, now: int) -> "Board":
        """The same activities and people later, with what was answered since.

        What cannot have changed is taken over.
        """
        found = Board(history, as_of, self.horizon_days, now)
        if history.people is not self.history.people:
            return found
        if history.activities is not self.history.activities:
            return found
        # the clock has changed nothing, nor has anyone been invited by name
        same = all(np.array_equal(getattr(found, name), getattr(self, name))
                   for name in ("rows", "known", "n_named"))  # fmt: skip
        if same and now <= self.next_change:
            kept = ("announced", "cancelled", "open", "invited", "employed", "opted_out", "awake")
            vars(found).update({name: getattr(self, name) for name in kept})
            found._count_since(self)
        if same and np.array_equal(found.held, self.held):
            vars(found)["_past_asked"] = self._past_asked
        return found

    def _count_since(self, former: "Board") -> None:
        """Take over what was counted of answers, with those given since; the open are the same."""
        before, now = (one.history.answers.answers.before(one.as_of) for one in (former, self))
        n = len(before.known)
        if not np.array_equal(now.employee[:n], before.employee) or not np.array_equal(
            now.occurred[:n], before.occurred
        ):
            return
        column = np.full(self.history.n_activities, -1, dtype=np.int64)
        column[self.open] = np.arange(len(self.open))
        about = column[now.activity[n:]]
        answered = former.answered.copy()
        answered[now.employee[n:][about >= 0], about[about >= 0]] = True
        touched = np.zeros(self.history.n_activities, dtype=bool)
        touched[now.activity[n:]] = True
        counted = registrations(now.where(touched[now.activity]).by_occurrence(), len(touched))
        counts = np.where(touched, counted, former._registrations)
        vars(self).update(answered=answered, _registrations=counts)

    @cached_property
    def n_named(self) -> int:
        """How many invitations by name are known."""
        return len(self.history.answers.invited.before(self.as_of).known)

    @cached_property
    def invited(self) -> Bools:
        """Who may join which open activity, employees x open."""
        masks = [self.history.invited(int(activity), self.present - 1) for activity in self.open]
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
        return self.invited & ~self.answered & ~self.full & self.awake & self.prepared

    @cached_property
    def awake(self) -> Bools:
        """Whose day it is when an open activity starts, employees x open.

        From 7 to 22 o'clock where the person works. Whoever's zone is unknown is not judged, nor
        is what takes place at one place alone, by the hours of which people go there.
        """
        codes, names = self.history.people.team_codes("timezone", self.present - 1)
        rows = self.rows[self.open]
        starts = self.history.activities.starts[rows]
        modes = self.history.activities.table["mode"]
        at_a_place = np.array([modes[row].as_py() == "onsite" for row in rows.tolist()], dtype=bool)
        found = np.ones((self.history.n_employees, len(rows)), dtype=bool)
        for code, name in enumerate(names):
            hour = (starts + utc_offsets([name] * len(rows), starts)) % DAY / HOUR
            found[codes == code] = at_a_place | ((hour >= FIRST_HOUR) & (hour < LAST_HOUR))
        return found

    @cached_property
    def prepared(self) -> Bools:
        """Who has what an open activity asks for beforehand, employees x open."""
        found = np.ones((self.history.n_employees, len(self.open)), dtype=bool)
        texts = self.history.activities.table["prerequisites"]
        for column, row in enumerate(self.rows[self.open].tolist()):
            text = texts[row].as_py()
            for needed in json.loads(text) if text else ():
                found[:, column] &= self._has_done(str(needed))
        return found

    def _has_done(self, needed: str) -> Bools:
        """Who attended an activity, or completed a course or an enrolment of it."""
        done = np.zeros(self.history.n_employees, dtype=bool)
        activity = self.history.activity_index(needed)
        if activity >= 0:
            attended = self.history.answers.attended.before(self.as_of)
            done[attended.employee[attended.activity == activity]] = True
        completed = self.history.completed.before(self.as_of)
        done[completed.employee[completed.course == needed]] = True
        return done

    @cached_property
    def full(self) -> Bools:
        """Which open activities have no place left; one without a limit never is."""
        places = self.history.activities.capacity[self.rows[self.open]]
        return self._registrations[self.open] >= np.where(np.isnan(places), np.inf, places)

    @cached_property
    def employed(self) -> Bools:
        """Who is at the company."""
        return self.history.employed(self.present - 1)

    @cached_property
    def opted_out(self) -> Bools:
        """Who refuses profiling; a refusal counts from its own moment on."""
        return self.history.opted_out(self.present)

    @cached_property
    def template(self) -> Ints:
        """Each activity's template as a number, -1 without one."""
        return self.history.activities.coded["template"][0][self.rows]

    @cached_property
    def held(self) -> Ints:
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
        return registrations(self.answers, self.history.n_activities)

    def took_part(self, activity: int, unit: Unit) -> int:
        """How many attended an activity, or hold a registration for it."""
        counts = self._attendance if unit == "attendance" else self._registrations
        return int(counts[activity])

    def unit(self, activity: int) -> Unit:
        """What taking part means: attendance where activities of this template record it."""
        alike = self.held[self.template[self.held] == self.template[activity]]
        return "attendance" if self._attendance[alike].any() else "registration"

    @cached_property
    def turnout(self) -> Floats:
        """How many of those invited take part in each open activity, judged by no one's record.

        The template's past; more where more have already registered.
        """
        found: Floats = np.maximum(self.past_turnout, self._registered_share)
        return found

    @cached_property
    def past_turnout(self) -> Floats:
        """Of activities of each open one's template the share that took part, leaning on all."""
        past = self.held
        came, asked = self._past_counts(past)
        overall = (came.sum() + 1) / (asked.sum() + 2)
        return np.array([
            self._past_share(int(activity), past, came, asked, overall) for activity in self.open
        ])  # fmt: skip

    @property
    def knows_turnout(self) -> bool:
        """Whether anybody was invited to anything held."""
        return bool(self._past_asked.any())

    def _past_counts(self, past: Ints) -> tuple[Floats, Floats]:
        """(took part, were invited) of each past activity."""
        attended, registered = self._attendance[past], self._registrations[past]
        came = np.where(attended > 0, attended, registered)
        asked = self._past_asked
        return np.minimum(came, asked).astype(float), asked

    @cached_property
    def _past_asked(self) -> Floats:
        """How many were invited to each activity held."""
        masks = (self.history.invited_by_start(int(one)) for one in self.held)
        return np.array([np.count_nonzero(mask) for mask in masks], dtype=float)

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


def registrations(answers: Records, n_activities: int) -> Ints:
    """How many hold a registration for each activity, by answers in the order they were given.

    Of a person's answers to an activity the last one alone counts.
    """
    pair = answers.employee.astype(np.int64) * n_activities + answers.activity
    newest_first = pair[::-1]
    _, last = np.unique(newest_first, return_index=True)
    holds = answers.code[::-1][last] == REGISTERED
    return np.bincount(answers.activity[::-1][last[holds]], minlength=n_activities)
