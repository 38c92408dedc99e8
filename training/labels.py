"""What came of each invitation: who had registered by the start, and who attended."""

from dataclasses import dataclass

import numpy as np

from features.history.answers import REGISTERED
from features.history.columns import DAY, NEVER, Bools, Ints
from features.history.history import History
from features.pairs.moment import Moment

# attendance arrives within so many days, and of so many registered somebody comes: until then, and
# from so many on, none on record says that it is not recorded, not that nobody came
ARRIVES_DAYS, SOMEBODY_COMES = 14, 5


@dataclass(frozen=True)
class Labels:
    """Outcomes, employees x activities; to be read only for activities that have started."""

    starts: Ints
    registered: Bools
    attended: Bools

    @property
    def records_attendance(self) -> Bools:
        """Which activities have attendance on record."""
        found: Bools = np.asarray(self.attended.any(axis=0))
        return found

    def attendance_settled(self, at: int) -> Bools:
        """Which activities' attendance is known at a moment, where they record it at all."""
        few = self.registered.sum(axis=0) < SOMEBODY_COMES
        nobody: Bools = few & (self.starts < at - ARRIVES_DAYS * DAY)
        return self.records_attendance | nobody

    @property
    def participated(self) -> Bools:
        """Attendance where an activity has any on record, else registration."""
        return np.where(self.records_attendance, self.attended, self.registered)


def labels_from(history: History, at: int = NEVER) -> Labels:
    """Outcomes of all activities: the last answer up to the start, and any attendance.

    Attendance counts as registration too: some companies record nothing else.

    Those known before `at`.
    """
    activities, shape = history.activities, (history.n_employees, history.n_activities)
    starts = activities.starts[activities.last_rows]
    answers = history.answers.answers.before(at)
    answers = answers.where(answers.occurred <= starts[answers.activity])
    order = np.argsort(answers.occurred, kind="stable")
    registered = np.zeros(shape, dtype=bool)
    registered[answers.employee[order], answers.activity[order]] = answers.code[order] == REGISTERED
    attended = np.zeros(shape, dtype=bool)
    came = history.answers.attended.before(at)
    attended[came.employee, came.activity] = True
    # whoever came had taken the invitation up, on record or not
    registered |= attended
    return Labels(starts, registered, attended)


def counts_attendance(moment: Moment, activity: int) -> bool:
    """Whether participation in this activity means attendance, from its template's past."""
    codes = moment.history.activities.coded["template"][0]
    same = codes[moment.activity_rows[moment.past]] == codes[moment.activity_rows[activity]]
    others = moment.held[moment.past] & (moment.past != activity)
    return bool((moment.records_attendance & same & others).any())
