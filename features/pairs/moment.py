"""All that is known strictly before a moment, built once and shared by every activity asked about.

Answers count from when they were known. An activity is *held* once it has started: for it, an
invited person without a yes has said no by staying away. For one still to come only those who
answered count.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.history.activity import Activities
from features.history.answers import DECLINED, REGISTERED, Records
from features.history.columns import DAY, Bools, Floats, Ints, Strings, positions
from features.history.history import History
from features.pairs.turnout import OWN, Turnout, design, fit_turnout

Float32s = NDArray[np.float32]


# what hangs on people alone, and what also hangs on the activities held or answered
LONG_AGO = 3650 * DAY
OF_PEOPLE = ("main_group", "group_matrix", "function", "ties", "last_answers")
OF_THE_PAST = ("state", "came", "yes", "declined", "asked", "records_attendance",
               "registered_then", "attended", "attendance", "n_asked", "yes_by_activity", "surplus",
               "last_yes_to_held", "totals", "group_counts", "tie_counts", "group_surplus",
               "shared")  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """A history as of one instant; the arrays are computed when first asked for."""

    history: History
    as_of: int

    @cached_property
    def activity_rows(self) -> Ints:
        """Each activity's row, as known strictly before the moment."""
        return self.history.activities.rows_at(self.as_of - 1)

    @cached_property
    def answers(self) -> Records:
        """Answers known before the moment, in the order in which they were given."""
        return self.history.answers.answers.before(self.as_of).by_occurrence()

    @cached_property
    def held(self) -> Bools:
        """Which activities had started, uncancelled, and were known, before the moment."""
        activities, rows = self.history.activities, self.activity_rows
        started = activities.starts[rows] < self.as_of
        called_off = activities.cancelled[rows] <= activities.starts[rows]
        return started & ~called_off & (activities.first_known < self.as_of)

    @cached_property
    def past(self) -> Ints:
        """The activities that were held or that anyone has answered, in order."""
        seen = self.held.copy()
        seen[self.answers.activity] = True
        seen &= self.history.activities.first_known < self.as_of
        return np.flatnonzero(seen)

    @cached_property
    def likenesses(self) -> dict[int, dict[str, Floats]]:
        """How much each past activity resembles those that were asked about so far."""
        return {}

    @cached_property
    def state(self) -> NDArray[np.int8]:
        """The last answer of each person about each past activity, employees x past."""
        column = np.full(self.history.n_activities, -1, dtype=np.int64)
        column[self.past] = np.arange(len(self.past))
        state = np.zeros((self.history.n_employees, len(self.past)), dtype=np.int8)
        known = column[self.answers.activity] >= 0
        # assignment in order of time: the last answer wins
        state[self.answers.employee[known], column[self.answers.activity[known]]] = (
            self.answers.code[known]
        )
        return state

    @cached_property
    def came(self) -> Bools:
        """Who attended which past activity, employees x past."""
        column = np.full(self.history.n_activities, -1, dtype=np.int64)
        column[self.past] = np.arange(len(self.past))
        records = self.history.answers.attended.before(self.as_of)
        known = column[records.activity] >= 0
        came = np.zeros(self.state.shape, dtype=bool)
        came[records.employee[known], column[records.activity[known]]] = True
        return came

    @cached_property
    def yes(self) -> Float32s:
        """1 where a person registered for, or attended, a past activity; employees x past."""
        found: Float32s = ((self.state == REGISTERED) | self.came).astype(np.float32)
        return found

    @cached_property
    def declined(self) -> Float32s:
        """1 where a person said no; employees x past."""
        found: Float32s = (self.state == DECLINED).astype(np.float32)
        return found

    @cached_property
    def asked(self) -> Float32s:
        """1 where a person's silence counts: invited to a held activity, or answered."""
        asked = (self.state != 0) | self.came
        starts = self.history.activities.starts[self.activity_rows[self.past]]
        for column in np.flatnonzero(self.held[self.past]):
            asked[:, column] |= self.history.invited_by_start(
                int(self.past[column]), int(starts[column])
            )
        found: Float32s = asked.astype(np.float32)
        return found

    @cached_property
    def records_attendance(self) -> Bools:
        """Which past activities have attendance on record."""
        found: Bools = np.asarray(self.came.any(axis=0))
        return found

    @cached_property
    def registered_then(self) -> Float32s:
        """1 where a person registered and attendance was recorded: no-shows can be told."""
        counted = self.held[self.past] & self.records_attendance
        return self.yes * counted.astype(np.float32)

    @cached_property
    def attended(self) -> Float32s:
        """1 where a person attended a past activity; employees x past."""
        return self.came.astype(np.float32)

    @cached_property
    def attendance(self) -> tuple[Float32s, Float32s]:
        """(attended, registered where attendance was recorded) of each past activity."""
        return self.attended.sum(axis=0), self.registered_then.sum(axis=0)

    @cached_property
    def n_asked(self) -> Ints:
        """How many past activities each person was asked about."""
        found: Ints = self.asked.sum(axis=1).astype(np.int64)
        return found

    @cached_property
    def yes_by_activity(self) -> Bools:
        """Who said yes, past x employees: an activity's answers stand together."""
        return np.ascontiguousarray(self.yes.T > 0)

    @cached_property
    def main_group(self) -> Ints:
        """Each person's newest project group; the last position stands for none."""
        return self.history.people.main_group(self.as_of - 1)

    @cached_property
    def group_matrix(self) -> sparse.csr_matrix:
        """Groups x employees; ones for a person's newest project group."""
        members = np.flatnonzero(self.main_group >= 0)
        shape = (len(self.history.people.group_ids), self.history.n_employees)
        ones = np.ones(len(members), dtype=np.float32)
        return sparse.csr_matrix((ones, (self.main_group[members], members)), shape=shape)

    @cached_property
    def function(self) -> Ints:
        """Each person's function as a number; the last one stands for none."""
        codes, names = self.history.people.team_codes("function", self.as_of - 1)
        return np.where(codes < 0, len(names), codes)

    @cached_property
    def described(self) -> tuple[Floats, int]:
        """(what describes every activity, how many columns functions differ in)."""
        return design(self.history.activities, self.activity_rows)

    @cached_property
    def elsewhere(self) -> Bools:
        """Who lives in another city than the one an activity is in, employees x all activities.

        False where either is unknown, as with online ones.
        """
        city, city_names = self.history.people.team_codes("city", self.as_of - 1)
        codes, names = self.history.activities.coded["city"]
        place = np.append(positions(city_names, names), -1)[codes[self.activity_rows]]
        known = (codes[self.activity_rows] >= 0) & (city >= 0)[:, None]
        found: Bools = known & (city[:, None] != place)
        return found

    @cached_property
    def turnout(self) -> Turnout:
        """What functions' turnouts at held activities say of turnout, at home and elsewhere."""
        held = self.past[self.held[self.past]]
        counted = np.isin(self.past, held)
        names = self.history.people.fields["function"][1]
        of_function = np.eye(len(names) + 1, dtype=np.float32)[:, self.function]
        age = self.as_of - self.history.activities.starts[self.activity_rows[held]]
        described, n_own = self.described
        away = self.elsewhere[:, self.past]
        # each activity twice: as those saw it who live there, and as all others did
        yes, asked = (
            np.hstack([(of_function @ (counts * of))[:, counted] for of in (~away, away)])
            for counts in (self.yes, self.asked)
        )
        twice = np.vstack([described[held]] * 2)
        is_away = np.repeat([0.0, 1.0], len(held))[:, None]
        return fit_turnout(np.hstack([twice, is_away]), n_own, yes, asked, np.tile(age / DAY, 2))

    @cached_property
    def expected(self) -> Float32s:
        """Log-odds of turnout expected of each function at each activity, functions x all.

        That of people who live where it is; `away` is added for others.
        """
        described = self.described[0]
        at_home = np.hstack([described, np.zeros((len(described), 1))])
        return self.turnout.expected(at_home).astype(np.float32)

    @cached_property
    def away(self) -> float:
        """What living in another city adds to the log-odds of turnout."""
        return float(self.turnout.common[-1])

    @cached_property
    def surplus(self) -> tuple[Float32s, Float32s]:
        """(yes less what was expected of the person's function, its variance), held activities.

        Employees x past; zero where a person was not asked.
        """
        away = np.float32(self.away) * self.elsewhere[:, self.past]
        odds = self.expected[:, self.past][self.function] + away
        p: Float32s = (1 / (1 + np.exp(-odds))).astype(np.float32)
        counted: Float32s = self.asked * self.held[self.past].astype(np.float32)
        return (self.yes - p) * counted, p * (1 - p) * counted

    @cached_property
    def ties(self) -> sparse.csr_matrix:
        """How much people write to each other, employees squared; a row sums to one or zero."""
        strength = self.history.tie_strength(self.as_of)
        strength.data = np.log1p(strength.data)
        total = np.asarray(strength.sum(axis=1)).ravel()
        scale = sparse.diags(1 / np.where(total > 0, total, 1))
        return (scale @ strength).astype(np.float32).tocsr()

    @cached_property
    def weighted_words(self) -> sparse.csr_matrix:
        """TF-IDF of every activity's row; words weigh by the activities held before the moment."""
        return self._weighted(self.history.activities.words)

    @cached_property
    def weighted_titles(self) -> sparse.csr_matrix:
        """The same, of the words of titles alone."""
        return self._weighted(self.history.activities.title_words)

    @cached_property
    def rare_words(self) -> sparse.csr_matrix:
        """Which words every activity's row has; what all activities have weighs next to nothing."""
        return self._rare(self.history.activities.words)

    @cached_property
    def rare_titles(self) -> sparse.csr_matrix:
        """The same, of the words of titles alone."""
        return self._rare(self.history.activities.title_words)

    def _rare(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        n, n_with = self._held_with(counts)
        idf = np.log((1 + n) / (0.5 + n_with))
        return (counts.sign() @ sparse.diags(idf)).tocsr()

    def _weighted(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        n, n_with = self._held_with(counts)
        weighted = counts.copy()
        weighted.data = 1 + np.log(weighted.data)
        idf = np.log((1 + n) / (1 + n_with)) + 1
        return (weighted @ sparse.diags(idf)).tocsr()

    def _held_with(self, counts: sparse.csr_matrix) -> tuple[int, Ints]:
        """How many activities were held, and how many of them have each word."""
        known = counts[self.activity_rows[self.held]]
        return known.shape[0], np.asarray((known > 0).sum(axis=0)).ravel()

    @cached_property
    def last_answers(self) -> tuple[Ints, Ints]:
        """When each person last said yes, and last answered."""
        return last_of(self, self.answers)

    @cached_property
    def last_yes_to_held(self) -> Ints:
        """When the newest activity held started that each person said yes to."""
        everyone = np.arange(self.history.n_employees)
        return last_held(self, np.ones(len(self.past), dtype=bool), everyone)

    @cached_property
    def totals(self) -> tuple[Float32s, Float32s]:
        """(yes, asked) of each past activity, over all people."""
        return self.yes.sum(axis=0), self.asked.sum(axis=0)

    @cached_property
    def group_counts(self) -> tuple[Float32s, Float32s]:
        """(yes, asked) of each project group, groups x past."""
        return self.group_matrix @ self.yes, self.group_matrix @ self.asked

    @cached_property
    def group_surplus(self) -> tuple[Float32s, Float32s]:
        """(surplus, its variance) of each project group, groups x past."""
        surplus, variance = self.surplus
        return self.group_matrix @ surplus, self.group_matrix @ variance

    @cached_property
    def shared(self) -> tuple[Float32s, Float32s]:
        """How many said yes to one past activity and (said yes to, were asked to) another.

        Past x past: whole numbers, exact in any order of adding.
        """
        return self.yes.T @ self.yes, self.yes.T @ self.asked

    @cached_property
    def tie_counts(self) -> tuple[Float32s, Float32s]:
        """(yes, asked) of each person's correspondents, weighted by tie, employees x past."""
        return self.ties @ self.yes, self.ties @ self.asked


def last_of(moment: Moment, answers: Records) -> tuple[Ints, Ints]:
    """When each person last said yes, and last answered; ten years ago where there is nothing."""
    found = []
    for some in (answers.where(answers.code == REGISTERED), answers):
        last = np.full(moment.history.n_employees, moment.as_of - LONG_AGO, dtype=np.int64)
        np.maximum.at(last, some.employee, some.occurred)
        found.append(last)
    return found[0], found[1]


def still_to_come(moment: Moment, activities: Ints) -> Bools:
    """Which of the activities start later, as known by now, and are not called off."""
    table, rows = moment.history.activities, moment.activity_rows[activities]
    called_off = table.cancelled[rows] < moment.as_of
    found: Bools = (table.starts[rows] >= moment.as_of) & ~called_off
    return found


def last_held(moment: Moment, counted: Bools, employees: Ints) -> Ints:
    """When the newest held activity that counts started, of those that each said yes to.

    Ten years ago where there is none.
    """
    starts = moment.history.activities.starts[moment.activity_rows[moment.past]]
    columns = np.flatnonzero(counted & (starts < moment.as_of))
    newest_first = columns[np.argsort(-starts[columns], kind="stable")]
    last = np.full(len(employees), moment.as_of - LONG_AGO, dtype=np.int64)
    left = np.arange(len(last))
    for column in newest_first.tolist():
        said_yes = moment.yes_by_activity[column, employees[left]]
        last[left[said_yes]] = starts[column]
        left = left[~said_yes]
    return last


def with_draft(moment: Moment, history: History) -> Moment:
    """The same moment of a history to which `History.with_activity` added a draft.

    What the draft cannot change is taken over and not computed anew: all about people, and, unless
    the draft stands in for an activity that was held, all about the past.
    """
    found = Moment(history, moment.as_of)
    place = positions(history.activities.ids, moment.history.activities.ids)
    answers = moment.answers
    shared = {"answers": replace(answers, activity=place[answers.activity])}
    shared |= {name: getattr(moment, name) for name in OF_PEOPLE}
    vars(found).update(shared)
    if np.array_equal(found.past, place[moment.past]) and np.array_equal(
        found.held[place], moment.held
    ):
        vars(found).update({name: getattr(moment, name) for name in OF_THE_PAST})
        # the same columns: the same regression
        before, now = moment.history.activities, history.activities
        if all(np.array_equal(*names) for names in _described_by(before, now)):
            vars(found)["turnout"] = moment.turnout
    return found


def without_answers(moment: Moment, activity: int) -> Moment:
    """The same moment with nothing that anyone did about the activity, which is still to come."""
    mine = moment.answers.activity == activity
    if not mine.any():
        return moment
    found = Moment(moment.history, moment.as_of)
    kept = {name: getattr(moment, name) for name in OF_PEOPLE if name != "last_answers"}
    kept |= {name: getattr(moment, name) for name in ("held", "elsewhere", "turnout")}
    vars(found).update(kept, answers=moment.answers.where(~mine))
    return found


def _described_by(one: Activities, other: Activities) -> list[tuple[Strings, Strings]]:
    """The names that make the columns of `design`, of both."""
    coded = [(one.coded[name][1], other.coded[name][1]) for name in OWN]
    return [(one.tag_names, other.tag_names), *coded]
