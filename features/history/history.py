"""The one object that pair features, labels and serving read what happened from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from scipy import sparse

from features.history.activity import Activities, activities_from, with_draft
from features.history.answers import Answers, answers_from
from features.history.columns import (
    DAY,
    NEVER,
    Bools,
    Floats,
    Ints,
    Strings,
    instants,
    known_from,
    micros,
    numbers,
    positions,
    strings,
)
from features.history.people import People, people_from


@dataclass(frozen=True)
class Ties:
    """Messages of two people on a day, ordered by when the day was over everywhere."""

    employee: Ints
    other: Ints
    n_messages: Floats
    known: Ints


@dataclass(frozen=True)
class Surveys:
    """Answered questions, ordered by when they were known; `topic` is a position in `topics`."""

    employee: Ints
    topic: Ints
    rating: Floats
    known: Ints
    topics: Strings


@dataclass(frozen=True)
class Completions:
    """Courses completed, ordered by when that was known; each also under its enrolment's id."""

    employee: Ints
    course: Strings
    known: Ints

    @classmethod
    def none(cls) -> "Completions":
        """No course at all."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, np.zeros(0, dtype=object), nothing)

    def before(self, at: int) -> "Completions":
        """Those known strictly before `at`."""
        n = int(np.searchsorted(self.known, at, side="left"))
        return Completions(self.employee[:n], self.course[:n], self.known[:n])


@dataclass(frozen=True)
class History:
    """People, activities and what was done, up to `until` (microseconds, exclusive)."""

    until: int
    people: People
    activities: Activities
    answers: Answers
    ties: Ties
    surveys: Surveys
    completed: Completions = field(default_factory=Completions.none)
    _invited: dict[tuple[int, int], Bools] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_tables(
        cls, tables: Mapping[str, pa.Table], until: datetime | int | None = None
    ) -> "History":
        """Arrays of the canonical tables; what became known at or after `until` is left out."""
        limit = micros(until) if isinstance(until, datetime) else NEVER if until is None else until
        kept = {name: _before(table, limit) for name, table in tables.items()}
        people = people_from(kept)
        activities = activities_from(kept["activities"])
        answers = answers_from(kept["participations"], people.ids, activities.ids)
        answers = replace(
            answers, **{name: part.before(limit) for name, part in vars(answers).items()}
        )
        return cls(limit, people, activities, answers, _ties(kept["interactions"], people),
                   _surveys(kept["survey_answers"], people),
                   _completed(kept.get("trainings"), people, limit))  # fmt: skip

    @property
    def n_employees(self) -> int:
        """How many people there are or were."""
        return len(self.people.ids)

    @property
    def n_activities(self) -> int:
        """How many activities there are or were."""
        return len(self.activities.ids)

    def employee_index(self, employee_id: str) -> int:
        """The person's position; -1 where the id is unknown."""
        return int(positions(self.people.ids, np.array([employee_id], dtype=object))[0])

    def activity_index(self, activity_id: str) -> int:
        """The activity's position; -1 where the id is unknown."""
        return int(positions(self.activities.ids, np.array([activity_id], dtype=object))[0])

    def with_activity(self, record: Mapping[str, object]) -> tuple["History", int]:
        """This history with a draft added, and the draft's position; what it had is unchanged."""
        activities, position = with_draft(self.activities, record)
        moved = positions(activities.ids, self.activities.ids)
        answers = Answers(**{
            name: replace(part, activity=moved[part.activity])
            for name, part in vars(self.answers).items()
        })  # fmt: skip
        kept = {
            (int(moved[known]), starts): mask
            for (known, starts), mask in self._invited.items()
            if moved[known] != position
        }
        return replace(self, activities=activities, answers=answers, _invited=kept), position

    def with_answers(self, table: pa.Table, until: int) -> "History":
        """This history with more rows of the table participations, known before `until`.

        Rows of unknown ids are left out; people and activities stay the same objects.
        """
        more = answers_from(table, self.people.ids, self.activities.ids)
        more = replace(more, **{name: part.before(until) for name, part in vars(more).items()})
        return replace(self, until=until, answers=self.answers.and_later(more))

    def with_tables(self, tables: Mapping[str, pa.Table], until: int) -> "History":
        """This history over other tables employees, memberships and activities.

        They hold all ids of the former ones; what was done stays, and reaches up to `until`.
        """
        kept = {name: _before(table, until) for name, table in tables.items()}
        people, activities = people_from(kept), activities_from(kept["activities"])
        person = positions(people.ids, self.people.ids)
        moved = positions(activities.ids, self.activities.ids)
        answers = Answers(**{
            name: replace(part, employee=person[part.employee], activity=moved[part.activity])
            for name, part in vars(self.answers).items()
        })  # fmt: skip
        ties = replace(
            self.ties, employee=person[self.ties.employee], other=person[self.ties.other]
        )
        surveys = replace(self.surveys, employee=person[self.surveys.employee])
        completed = replace(self.completed, employee=person[self.completed.employee])
        return History(until, people, activities, answers, ties, surveys, completed)

    def invited(self, activity: int, at: int) -> Bools:
        """Who is invited to the activity as of `at`: its audience, and explicit invitations."""
        row = self.activities.rows_at(at)[activity]
        mask = self.people.in_audience(self.activities.audience_of(row), at)
        explicit = self.answers.invited.before(at + 1)
        mask[explicit.employee[explicit.activity == activity]] = True
        return mask & self.employed(at)

    def invited_by_start(self, activity: int, starts: int | None = None) -> Bools:
        """Who had been invited when the activity started; kept, as the past does not change.

        `starts` is its start as known at some moment; the last one known where none is given.
        """
        if starts is None:
            starts = int(self.activities.starts[self.activities.last_rows[activity]])
        if (activity, starts) not in self._invited:
            self._invited[activity, starts] = self.invited(activity, starts - 1)
        return self._invited[activity, starts]

    def employed(self, at: int) -> Bools:
        """Who is at the company at `at`."""
        return self.people.employed(at)

    def opted_out(self, at: int) -> Bools:
        """Who refuses profiling as of `at`."""
        return self.people.opted_out[self.people.rows_at(at)]

    def refuses(self, at: int) -> Bools:
        """Who refuses profiling as of `at` or by now: a refusal holds for what is past too."""
        return self.opted_out(at) | self.opted_out(NEVER)

    def teams(self, dimension: str, at: int) -> Strings:
        """Each person's team as of `at`, "" where unknown.

        `dimension` is function, city, level or project_group (the newest one).
        """
        team, names = self.people.team_codes(dimension, at)
        return np.append(names, "").astype(object)[team]

    def tie_strength(self, at: int, days: int = 90) -> sparse.csr_matrix:
        """Messages sent and received between people in the days before `at`, employees squared."""
        low, high = np.searchsorted(self.ties.known, (at - days * DAY, at))
        one_way = sparse.csr_matrix(
            (self.ties.n_messages[low:high],
             (self.ties.employee[low:high], self.ties.other[low:high])),
            shape=(self.n_employees, self.n_employees),
        )  # fmt: skip
        return (one_way + one_way.T).tocsr()


def _before(table: pa.Table, limit: int) -> pa.Table:
    """The rows of an employee or activity known before the limit; logs are cut elsewhere."""
    if "valid_from" not in table.schema.names or limit == NEVER:
        return table
    known = known_from(table, instants(table, "valid_from", np.iinfo(np.int64).min))
    return table.filter(pa.array(known < limit))


def _ties(table: pa.Table, people: People) -> Ties:
    # a local day is over everywhere 36 hours after it began in UTC
    known = known_from(table, np.asarray(table["day"].cast("int32"), dtype=np.int64) * DAY
                       + 3 * DAY // 2)  # fmt: skip
    employee = positions(people.ids, strings(table, "employee_id"))
    other = positions(people.ids, strings(table, "other_employee_id"))
    order = np.argsort(known, kind="stable")
    # what people send to themselves ties them to nobody
    order = order[((employee >= 0) & (other >= 0) & (employee != other))[order]]
    return Ties(employee[order], other[order], numbers(table, "n_messages")[order], known[order])


def _surveys(table: pa.Table, people: People) -> Surveys:
    known = known_from(table, instants(table, "answered_at", 0))
    employee = positions(people.ids, strings(table, "employee_id"))
    topics = np.unique(strings(table, "topic").astype(str)).astype(object)
    topic = positions(topics, strings(table, "topic"))
    order = np.argsort(known, kind="stable")
    order = order[employee[order] >= 0]
    return Surveys(
        employee[order], topic[order], numbers(table, "rating")[order], known[order], topics
    )


def _completed(table: pa.Table | None, people: People, limit: int) -> Completions:
    if table is None:
        return Completions.none()
    known = np.tile(known_from(table, instants(table, "completed_at", NEVER)), 2)
    employee = np.tile(positions(people.ids, strings(table, "employee_id")), 2)
    course = np.concatenate([strings(table, "course_id"), strings(table, "training_id")])
    order = np.argsort(known, kind="stable")
    order = order[((employee >= 0) & (known < min(limit, NEVER)) & (course != ""))[order]]
    return Completions(employee[order], course[order], known[order])
