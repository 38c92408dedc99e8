"""Deadlines of project groups, and how loaded each person is in each week."""

from dataclasses import dataclass

import numpy as np

from sample_company.organisation import Floats, Groups, Ints, Organisation
from sample_company.settings import CHINA, DAY, WEEK, Settings

DEADLINE, PERSONAL, NOISE, MEMORY = 1.0, 0.6, 0.55, 0.6
WEEKS_BETWEEN = (4, 9)


@dataclass(frozen=True)
class Milestones:
    """Due dates and the days on which they were met, as local days since 1970, by group."""

    group: Ints
    due: Ints
    done: Ints


@dataclass(frozen=True)
class Workload:
    """Load per person and week (mean 0, sd about 1); weeks begin on Mondays, local time."""

    first_week: int
    load: Floats

    def at(self, moment: int) -> Floats:
        """Everyone's load in the week of that moment; the first or last week outside the period."""
        week = week_of(moment) - self.first_week
        return self.load[:, min(max(week, 0), self.load.shape[1] - 1)]


def week_of(moment: int) -> int:
    """The number of the local week, Monday to Sunday.

    >>> week_of(4 * DAY) - week_of(3 * DAY)
    1
    """
    return (moment + CHINA + 3 * DAY) // WEEK


def make_milestones(settings: Settings, groups: Groups) -> Milestones:
    """Due dates on Fridays every few weeks while a group stands; some are met late."""
    rng = settings.rng("milestones")
    rows: list[tuple[int, int, int]] = []
    for group in range(len(groups.names)):
        first = max(settings.begin, int(groups.founded[group]))
        last = min(settings.horizon, int(groups.dissolved[group]))
        week = week_of(first) + int(rng.integers(0, WEEKS_BETWEEN[1]))
        while week * 7 - 3 + 4 < (last + CHINA) // DAY:
            due = week * 7 - 3 + 4
            delay = int(rng.integers(-3, 1)) if rng.random() < 0.7 else int(rng.geometric(0.15))
            rows.append((group, due, due + delay))
            week += int(rng.integers(*WEEKS_BETWEEN))
    return Milestones(*(np.ascontiguousarray(c) for c in np.array(rows, np.int64).T))


def make_workload(settings: Settings, people: Organisation, milestones: Milestones) -> Workload:
    """A person's own level, the group's deadlines, and noise that lasts for some weeks."""
    rng = settings.rng("workload")
    first, last = week_of(settings.begin), week_of(settings.horizon)
    n_weeks = last - first + 1
    pressure = np.zeros((len(people.groups.names) + 1, n_weeks))
    due = (milestones.due + 3) // 7 - first
    for before, share in ((0, 1.0), (1, 0.6)):
        weeks = due - before
        inside = (weeks >= 0) & (weeks < n_weeks)
        pressure[milestones.group[inside], weeks[inside]] = share
    pressure -= pressure.mean()
    own = rng.normal(0, PERSONAL, people.n_people)
    noise = np.zeros(people.n_people)
    load = np.empty((people.n_people, n_weeks))
    for week in range(n_weeks):
        noise = MEMORY * noise + rng.normal(0, NOISE, people.n_people)
        group = people.group_at((first + week) * WEEK - CHINA)
        load[:, week] = own + noise + DEADLINE * pressure[group, week]
    return Workload(first, load)
